package e2e

import (
	"context"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

// worker is the node that the pods are on. No kubelet runs there.
const worker = "worker-1"

func prepare(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	ctx := context.Background()
	for _, ns := range []*corev1.Namespace{
		{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "payments", "pod-security.kubernetes.io/enforce": "baseline"}}},
		{ObjectMeta: metav1.ObjectMeta{Name: "tools", Labels: map[string]string{"team": "platform"}}},
	} {
		_, err := client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
		noError(t, err)
	}
	createDeny(t, client)
	// What is wrong already on the first day, and what is right.
	old := deployment("old")
	for ns, d := range map[string]*appsv1.Deployment{"tools": old, "shop": modest("web")} {
		_, err := client.AppsV1().Deployments(ns).Create(ctx, d, metav1.CreateOptions{})
		noError(t, err)
	}
	prepareResources(t, client)
	giveExporter(t, client)
}

// giveExporter gives the user exporter what it needs.
func giveExporter(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	ctx := context.Background()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "exporter"}}
	for _, k := range informers.Table() {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{Verbs: []string{"list", "watch"}, APIGroups: []string{k.Group}, Resources: []string{k.Plural()}})
	}
	_, err := client.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{})
	noError(t, err)
	_, err = client.RbacV1().ClusterRoleBindings().Create(ctx, bindingTo("exporter", "exporter", "exporter"), metav1.CreateOptions{})
	noError(t, err)
}

func deployment(name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{NodeName: worker, TerminationGracePeriodSeconds: new(int64(0)), Containers: []corev1.Container{
			{Name: "app", Image: "registry.example/app:1.0", SecurityContext: &corev1.SecurityContext{Privileged: new(true)}},
		}}},
	}}
}

// modest is a Deployment with little to say against it.
func modest(name string) *appsv1.Deployment {
	d := deployment(name)
	pod := &d.Spec.Template.Spec
	pod.AutomountServiceAccountToken = new(false)
	c := &pod.Containers[0]
	c.SecurityContext = &corev1.SecurityContext{
		RunAsNonRoot: new(true), RunAsUser: new(int64(1000)), AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
		Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	c.Resources = corev1.ResourceRequirements{
		Requests: corev1.ResourceList{"cpu": resource.MustParse("100m"), "memory": resource.MustParse("256Mi")},
		Limits:   corev1.ResourceList{"cpu": resource.MustParse("1"), "memory": resource.MustParse("512Mi")},
	}
	return d
}

// prepareResources makes the nodes that the pods are on, and what bounds a namespace.
func prepareResources(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	ctx := context.Background()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: worker}, Status: corev1.NodeStatus{
		Allocatable: corev1.ResourceList{"cpu": resource.MustParse("2"), "memory": resource.MustParse("4Gi"), "pods": resource.MustParse("110")},
	}}
	_, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
	noError(t, err)
	limits := &corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Name: "defaults"}, Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
		{Type: corev1.LimitTypeContainer, Default: corev1.ResourceList{"memory": resource.MustParse("512Mi")}},
	}}}
	_, err = client.CoreV1().LimitRanges("shop").Create(ctx, limits, metav1.CreateOptions{})
	noError(t, err)
	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "bounds"}, Spec: corev1.ResourceQuotaSpec{
		Hard: corev1.ResourceList{"limits.memory": resource.MustParse("16Gi")},
	}}
	_, err = client.CoreV1().ResourceQuotas("shop").Create(ctx, quota, metav1.CreateOptions{})
	noError(t, err)
}

func bindingTo(name, role, user string) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}
}

func createMiner(t *testing.T, c kubernetes.Interface) {
	_, err := c.AppsV1().Deployments("tools").Create(context.Background(), deployment("miner"), metav1.CreateOptions{})
	noError(t, err)
}

func deleteMiner(t *testing.T, c kubernetes.Interface) {
	background := metav1.DeletePropagationBackground
	noError(t, c.AppsV1().Deployments("tools").Delete(context.Background(), "miner", metav1.DeleteOptions{PropagationPolicy: &background}))
}

func createAdmin(t *testing.T, c kubernetes.Interface) {
	_, err := c.RbacV1().ClusterRoleBindings().Create(context.Background(), bindingTo("debug", "cluster-admin", "mallory"), metav1.CreateOptions{})
	noError(t, err)
}

func deleteAdmin(t *testing.T, c kubernetes.Interface) {
	noError(t, c.RbacV1().ClusterRoleBindings().Delete(context.Background(), "debug", metav1.DeleteOptions{}))
}

func createDeny(t *testing.T, c kubernetes.Interface) {
	policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "deny-all"}, Spec: networkingv1.NetworkPolicySpec{
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
	}}
	_, err := c.NetworkingV1().NetworkPolicies("shop").Create(context.Background(), policy, metav1.CreateOptions{})
	noError(t, err)
}

func deleteDeny(t *testing.T, c kubernetes.Interface) {
	noError(t, c.NetworkingV1().NetworkPolicies("shop").Delete(context.Background(), "deny-all", metav1.DeleteOptions{}))
}

func label(value string) func(t *testing.T, c kubernetes.Interface) {
	return func(t *testing.T, c kubernetes.Interface) {
		body := `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":` + value + `}}}`
		_, err := c.CoreV1().Namespaces().Patch(context.Background(), "shop", types.MergePatchType, []byte(body), metav1.PatchOptions{})
		noError(t, err)
	}
}
