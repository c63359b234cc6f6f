package live_test

import (
	"context"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// shop makes a world in which every gauge has something to say, and in which an object of each kind changes what some gauge says.
func shop(t *testing.T, cluster *testcluster.Cluster) {
	t.Helper()
	cluster.CreateNamespace(t, "shop", map[string]string{"team": "payments", "pod-security.kubernetes.io/warn": "baseline"})
	cluster.CreateNamespace(t, "empty", map[string]string{"pod-security.kubernetes.io/enforce": "restricted"})
	client := cluster.Client()
	createNode(t, client, "node-1", "4", "8Gi")
	shopPods(t, client)
	shopPolicies(t, client)
	shopAccess(t, client)
}

func createNode(t *testing.T, client kubernetes.Interface, name, cpu, memory string) {
	t.Helper()
	node := must[*corev1.Node](t)(client.CoreV1().Nodes().Create(context.Background(), &corev1.Node{ObjectMeta: history.Named(name)}, create))
	node.Status.Allocatable = history.Quantities(cpu, memory)
	must[*corev1.Node](t)(client.CoreV1().Nodes().UpdateStatus(context.Background(), node, update))
}

// shopPods makes pods behind every kind of owner: names that follow the rules of the controllers, and names that do not.
func shopPods(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	sets := map[string]string{"web-5d4f8": "web", "odd-set": "odd"}
	uids := make(map[string]types.UID)
	for name, deployment := range sets {
		set := &appsv1.ReplicaSet{ObjectMeta: history.Named(name), Spec: appsv1.ReplicaSetSpec{
			Replicas: new(int32), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": name}}, Spec: history.PlainPod("").Spec},
		}}
		set.OwnerReferences = history.ControlledBy("Deployment", deployment, "")
		uids[name] = must[*appsv1.ReplicaSet](t)(client.AppsV1().ReplicaSets("shop").Create(context.Background(), set, create)).UID
	}
	labels := map[string]string{"app": "node-agent"}
	agents := &appsv1.DaemonSet{ObjectMeta: history.Named("node-agent"), Spec: appsv1.DaemonSetSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: history.PlainPod("").Spec},
	}}
	uids["node-agent"] = must[*appsv1.DaemonSet](t)(client.AppsV1().DaemonSets("shop").Create(context.Background(), agents, create)).UID
	for _, name := range []string{"nightly-29384710", "nightly-manual"} {
		job := &batchv1.Job{ObjectMeta: history.Named(name), Spec: batchv1.JobSpec{Suspend: new(true), Template: corev1.PodTemplateSpec{Spec: history.PlainPod("").Spec}}}
		job.OwnerReferences = history.ControlledBy("CronJob", "nightly", "")
		job.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
		uids[name] = must[*batchv1.Job](t)(client.BatchV1().Jobs("shop").Create(context.Background(), job, create)).UID
	}
	owned := func(name, kind, owner string) *corev1.Pod {
		p := history.PlainPod(name)
		p.Labels = map[string]string{"app": owner, "pod-template-hash": "5d4f8"}
		p.OwnerReferences = history.ControlledBy(kind, owner, uids[owner])
		p.Spec.NodeName = "node-1"
		return p
	}
	web := owned("web-5d4f8-1", "ReplicaSet", "web-5d4f8")
	web.Spec.Containers[0].Resources.Limits = history.Quantities("1", "1Gi")
	agent := owned("node-agent-x", "DaemonSet", "node-agent")
	agent.Spec.HostNetwork = true
	agent.Spec.ServiceAccountName = "builder"
	createEach(t, client, "shop", web, owned("odd-set-1", "ReplicaSet", "odd-set"), owned("nightly-29384710-1", "Job", "nightly-29384710"),
		owned("nightly-manual-1", "Job", "nightly-manual"), privilegedPod("bare"))
	must[*corev1.ServiceAccount](t)(client.CoreV1().ServiceAccounts("shop").Create(context.Background(), &corev1.ServiceAccount{ObjectMeta: history.Named("builder")}, create))
	createEach(t, client, "shop", agent)
}

func createEach(t *testing.T, client kubernetes.Interface, namespace string, pods ...*corev1.Pod) {
	t.Helper()
	for _, p := range pods {
		must[*corev1.Pod](t)(client.CoreV1().Pods(namespace).Create(context.Background(), p, create))
	}
}

func shopPolicies(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	ctx := context.Background()
	deny := &networkingv1.NetworkPolicy{ObjectMeta: history.Named("deny"), Spec: networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}}}
	nobody := deny.DeepCopy()
	nobody.Name, nobody.Spec.PodSelector.MatchLabels = "nobody", map[string]string{"app": "nobody"}
	for _, p := range []*networkingv1.NetworkPolicy{deny, nobody} {
		must[*networkingv1.NetworkPolicy](t)(client.NetworkingV1().NetworkPolicies("shop").Create(ctx, p, create))
	}
	limits := &corev1.LimitRange{ObjectMeta: history.Named("limits"), Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
		{Type: corev1.LimitTypeContainer, Default: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}},
	}}}
	must[*corev1.LimitRange](t)(client.CoreV1().LimitRanges("empty").Create(ctx, limits, create))
	quota := &corev1.ResourceQuota{ObjectMeta: history.Named("quota"), Spec: corev1.ResourceQuotaSpec{
		Hard: corev1.ResourceList{"count/configmaps": resource.MustParse("10")},
	}}
	must[*corev1.ResourceQuota](t)(client.CoreV1().ResourceQuotas("empty").Create(ctx, quota, create))
}

// builtinRole is a role that every cluster has and that grants something. The better known view is filled by a controller that the
// tests do not run.
const builtinRole = "system:kube-dns"

// shopAccess grants the account builder everything in its namespace, an outsider everything everywhere, and leaves stale bindings.
func shopAccess(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	ctx := context.Background()
	everything := []rbacv1.PolicyRule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}
	must[*rbacv1.Role](t)(client.RbacV1().Roles("shop").Create(ctx, &rbacv1.Role{ObjectMeta: history.Named("owner"), Rules: everything}, create))
	must[*rbacv1.ClusterRole](t)(client.RbacV1().ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: history.Named("outsider"), Rules: everything}, create))
	account := func(name string) []rbacv1.Subject {
		return []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: "shop", Name: name}}
	}
	for _, b := range []*rbacv1.RoleBinding{
		{ObjectMeta: history.Named("owner"), RoleRef: history.RoleRef("Role", "owner"), Subjects: account("builder")},
		{ObjectMeta: history.Named("no-role"), RoleRef: history.RoleRef("Role", "gone"), Subjects: account("builder")},
		{ObjectMeta: history.Named("no-account"), RoleRef: history.RoleRef("ClusterRole", builtinRole), Subjects: account("gone")},
		{ObjectMeta: history.Named("default"), RoleRef: history.RoleRef("ClusterRole", builtinRole), Subjects: account("default")},
		{ObjectMeta: history.Named("anonymous"), RoleRef: history.RoleRef("ClusterRole", builtinRole), Subjects: []rbacv1.Subject{history.User("system:anonymous")}},
	} {
		must[*rbacv1.RoleBinding](t)(client.RbacV1().RoleBindings("shop").Create(ctx, b, create))
	}
	outsider := &rbacv1.ClusterRoleBinding{ObjectMeta: history.Named("outsider"), RoleRef: history.RoleRef("ClusterRole", "outsider"), Subjects: []rbacv1.Subject{history.User("outsider")}}
	must[*rbacv1.ClusterRoleBinding](t)(client.RbacV1().ClusterRoleBindings().Create(ctx, outsider, create))
}
