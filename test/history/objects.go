package history

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Operate does one thing to one object of a random kind. Writes that the API server must refuse are no error.
func (h *History) Operate(ctx context.Context) error {
	namespace, n := Namespace(h.rng.IntN(Namespaces)), h.rng.IntN(names)
	core, rbac := h.client.CoreV1(), h.client.RbacV1()
	switch h.rng.IntN(18) {
	default:
		return h.putPod(ctx, namespace, h.pod(ctx, namespace, fmt.Sprintf("pod-%d", h.rng.IntN(3*names))))
	case 0:
		return h.namespace(ctx)
	case 1:
		return put(ctx, h, core.Nodes(), h.node(n))
	case 2:
		account := &corev1.ServiceAccount{ObjectMeta: Named(fmt.Sprintf("account-%d", n)), AutomountServiceAccountToken: h.maybe()}
		return put(ctx, h, core.ServiceAccounts(namespace), account)
	case 3:
		return put(ctx, h, core.LimitRanges(namespace), h.limitRange(n))
	case 4:
		return put(ctx, h, core.ResourceQuotas(namespace), h.quota(n))
	case 5:
		return put(ctx, h, h.client.NetworkingV1().NetworkPolicies(namespace), h.policy(n))
	case 6:
		return put(ctx, h, rbac.Roles(namespace), &rbacv1.Role{ObjectMeta: Named(fmt.Sprintf("role-%d", n)), Rules: h.rules()})
	case 7:
		return put(ctx, h, rbac.ClusterRoles(), &rbacv1.ClusterRole{ObjectMeta: Named(fmt.Sprintf("role-%d", n)), Rules: h.rules()})
	case 8:
		b := &rbacv1.RoleBinding{ObjectMeta: Named(fmt.Sprintf("binding-%d", n)), Subjects: h.subjects()}
		b.RoleRef = RoleRef([]string{"Role", "ClusterRole"}[n%2], fmt.Sprintf("role-%d", n)) // a binding cannot change its role
		return put(ctx, h, rbac.RoleBindings(namespace), b)
	case 9:
		b := &rbacv1.ClusterRoleBinding{ObjectMeta: Named(fmt.Sprintf("binding-%d", n)), Subjects: h.subjects()}
		b.RoleRef = RoleRef("ClusterRole", fmt.Sprintf("role-%d", n))
		return put(ctx, h, rbac.ClusterRoleBindings(), b)
	case 10:
		return put(ctx, h, h.client.AppsV1().ReplicaSets(namespace), h.replicaSet(n))
	case 11:
		return put(ctx, h, h.client.BatchV1().Jobs(namespace), h.job(n))
	case 12:
		return put(ctx, h, h.client.AppsV1().DaemonSets(namespace), h.daemonSet(n))
	}
}

// maybe is nil, true or false.
func (h *History) maybe() *bool {
	if h.one(3) {
		return nil
	}
	return new(h.one(2))
}

func (h *History) pod(ctx context.Context, namespace, name string) *corev1.Pod {
	p := PlainPod(name)
	p.Labels = map[string]string{"app": fmt.Sprintf("app-%d", h.rng.IntN(3)), "pod-template-hash": "5d4f8"}
	p.Spec.AutomountServiceAccountToken = h.maybe()
	p.Spec.HostNetwork = h.one(5)
	c := &p.Spec.Containers[0]
	if h.one(2) {
		c.SecurityContext = &corev1.SecurityContext{RunAsNonRoot: h.maybe(), ReadOnlyRootFilesystem: h.maybe()}
	}
	if h.one(2) {
		p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: h.maybe(), RunAsUser: new(int64(h.rng.IntN(2) * 1000))}
	}
	if h.one(2) {
		c.Resources.Limits = Quantities("1", "1Gi")
	}
	if h.one(3) {
		p.Spec.NodeName = fmt.Sprintf("node-%d", h.rng.IntN(names))
	}
	owner := []string{"", "ReplicaSet", "Job", "DaemonSet"}[h.rng.IntN(4)]
	if owner != "" {
		name := fmt.Sprintf("owner-%d", h.rng.IntN(names))
		p.OwnerReferences = ControlledBy(owner, name, h.uidOf(ctx, namespace, owner, name))
		if h.one(5) {
			p.OwnerReferences[0].APIVersion = []string{"no.such.group/v1", "apps/v7", "v1"}[h.rng.IntN(3)]
		}
	}
	return p
}

// uidOf is the uid of a controller that is there, sometimes; empty otherwise.
func (h *History) uidOf(ctx context.Context, namespace, kind, name string) types.UID {
	var found metav1.Object
	var err error
	switch kind {
	case "ReplicaSet":
		found, err = h.client.AppsV1().ReplicaSets(namespace).Get(ctx, name, metav1.GetOptions{})
	case "Job":
		found, err = h.client.BatchV1().Jobs(namespace).Get(ctx, name, metav1.GetOptions{})
	default:
		found, err = h.client.AppsV1().DaemonSets(namespace).Get(ctx, name, metav1.GetOptions{})
	}
	if err != nil || h.one(4) {
		return ""
	}
	return found.GetUID()
}

// namespace gives a namespace other labels. One of them is deleted once, which nobody finishes.
func (h *History) namespace(ctx context.Context) error {
	api := h.client.CoreV1().Namespaces()
	name := Namespace(h.rng.IntN(Namespaces))
	if name == Namespace(0) && h.one(20) {
		h.Done["delete *v1.Namespace"]++
		return api.Delete(ctx, name, atOnce())
	}
	h.Done["update *v1.Namespace"]++
	level := []string{`null`, `"baseline"`, `"restricted"`, `"privileged"`}[h.rng.IntN(4)]
	// Not enforced: it would refuse the pods. What is warned of and audited is shown as well.
	change := fmt.Sprintf(`{"metadata":{"labels":{"team":"team-%d","pod-security.kubernetes.io/audit":%s}}}`, h.rng.IntN(3), level)
	_, err := api.Patch(ctx, name, types.MergePatchType, []byte(change), metav1.PatchOptions{})
	return err
}

func (h *History) node(n int) *corev1.Node {
	return &corev1.Node{ObjectMeta: Named(fmt.Sprintf("node-%d", n)), Status: corev1.NodeStatus{
		Capacity: Quantities("4", "8Gi"), Allocatable: Quantities(fmt.Sprint(1+h.rng.IntN(4)), "8Gi"),
	}}
}

func (h *History) limitRange(n int) *corev1.LimitRange {
	item := corev1.LimitRangeItem{Type: corev1.LimitTypeContainer}
	name := []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}[h.rng.IntN(2)]
	list := corev1.ResourceList{name: resource.MustParse("4Gi")}
	switch h.rng.IntN(3) {
	case 0:
		item.Default = list
	case 1:
		item.Max = list
	default:
		item.DefaultRequest = corev1.ResourceList{name: resource.MustParse("1m")}
	}
	return &corev1.LimitRange{ObjectMeta: Named(fmt.Sprintf("limits-%d", n)), Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{item}}}
}

// quota bounds what nobody here creates, or nothing: the API server would refuse pods until a controller has counted them.
func (h *History) quota(n int) *corev1.ResourceQuota {
	q := &corev1.ResourceQuota{ObjectMeta: Named(fmt.Sprintf("quota-%d", n))}
	if h.one(2) {
		q.Spec.Hard = corev1.ResourceList{"count/configmaps": resource.MustParse("10")}
	}
	return q
}

func (h *History) policy(n int) *networkingv1.NetworkPolicy {
	p := &networkingv1.NetworkPolicy{ObjectMeta: Named(fmt.Sprintf("policy-%d", n))}
	if !h.one(4) {
		p.Spec.PodSelector.MatchLabels = map[string]string{"app": fmt.Sprintf("app-%d", h.rng.IntN(4))}
	}
	if h.one(2) {
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
	}
	if h.one(2) {
		p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{}}
	}
	return p
}

func (h *History) rules() []rbacv1.PolicyRule {
	pick := func(from ...string) []string { return []string{from[h.rng.IntN(len(from))]} }
	var rules []rbacv1.PolicyRule
	for range h.rng.IntN(3) {
		rules = append(rules, rbacv1.PolicyRule{Verbs: pick("*", "get", "list"), APIGroups: pick("*", ""), Resources: pick("*", "secrets", "configmaps")})
	}
	return rules
}

func (h *History) subjects() []rbacv1.Subject {
	var subjects []rbacv1.Subject
	for range h.rng.IntN(3) {
		switch n := h.rng.IntN(names); h.rng.IntN(3) {
		case 0:
			subjects = append(subjects, rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: Namespace(h.rng.IntN(Namespaces + 1)), Name: fmt.Sprintf("account-%d", n)})
		case 1:
			subjects = append(subjects, User([]string{"eve", "system:anonymous"}[h.rng.IntN(2)]))
		default:
			subjects = append(subjects, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: fmt.Sprintf("group-%d", n)})
		}
	}
	return subjects
}

func (h *History) replicaSet(n int) *appsv1.ReplicaSet {
	labels := map[string]string{"app": fmt.Sprint(n)}
	set := &appsv1.ReplicaSet{ObjectMeta: Named(fmt.Sprintf("owner-%d", n)), Spec: appsv1.ReplicaSetSpec{
		Replicas: new(int32), Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: PlainPod("").Spec},
	}}
	if h.one(2) {
		set.OwnerReferences = ControlledBy("Deployment", fmt.Sprintf("deployment-%d", h.rng.IntN(2)), "")
	}
	return set
}

// daemonSet is called like one that enforces network policies, or is another one. No namespace of
// the history is one where that is believed, so that it never enforces.
func (h *History) daemonSet(n int) *appsv1.DaemonSet {
	name := []string{"cilium", "calico-node", "owner-0"}[n%3]
	labels := map[string]string{"app": name}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: PlainPod("").Spec}
	c := &template.Spec.Containers[0]
	c.Name = []string{"cilium-agent", "calico-node", "kube-router", "main"}[h.rng.IntN(4)]
	c.Image = []string{Image, "registry.example/" + c.Name + ":1"}[h.rng.IntN(2)]
	c.SecurityContext = &corev1.SecurityContext{Privileged: new(h.one(2))}
	template.Spec.HostNetwork = h.one(2)
	return &appsv1.DaemonSet{ObjectMeta: Named(name), Spec: appsv1.DaemonSetSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template}}
}

func (h *History) job(n int) *batchv1.Job {
	template := PlainPod("").Spec
	template.RestartPolicy = corev1.RestartPolicyNever
	job := &batchv1.Job{ObjectMeta: Named(fmt.Sprintf("owner-%d", n)), Spec: batchv1.JobSpec{
		Suspend: new(true), ManualSelector: new(true), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"job": fmt.Sprint(n)}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"job": fmt.Sprint(n)}}, Spec: template},
	}}
	if h.one(2) {
		job.OwnerReferences = ControlledBy("CronJob", fmt.Sprintf("cron-%d", h.rng.IntN(2)), "")
	}
	return job
}
