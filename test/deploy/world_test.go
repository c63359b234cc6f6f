package deploy_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

func resources(role *rbacv1.ClusterRole) (n int) {
	for _, r := range role.Rules {
		n += len(r.Resources)
	}
	return n
}

// without is the role's rules without one resource of one group.
func without(t *testing.T, role *rbacv1.ClusterRole, k *informers.Kind) []rbacv1.PolicyRule {
	t.Helper()
	less := role.DeepCopy()
	for i, r := range less.Rules {
		if slices.Contains(r.APIGroups, k.Group) {
			less.Rules[i].Resources = slices.DeleteFunc(r.Resources, func(resource string) bool { return resource == k.Plural() })
		}
	}
	if resources(less) != resources(role)-1 {
		t.Fatalf("the role does not list %s exactly once", k)
	}
	return slices.DeleteFunc(less.Rules, func(r rbacv1.PolicyRule) bool { return len(r.Resources) == 0 })
}

// grant makes an account with a ClusterRole of its own.
func (c *cluster) grant(t *testing.T, account string, rules []rbacv1.PolicyRule) {
	t.Helper()
	ctx, options, object := context.Background(), metav1.CreateOptions{}, metav1.ObjectMeta{Name: account}
	must[*corev1.ServiceAccount](t)(c.Client().CoreV1().ServiceAccounts(namespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: object}, options))
	must[*rbacv1.ClusterRole](t)(c.Client().RbacV1().ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: object, Rules: rules}, options))
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: object, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: account},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: account, Namespace: namespace}},
	}
	must[*rbacv1.ClusterRoleBinding](t)(c.Client().RbacV1().ClusterRoleBindings().Create(ctx, binding, options))
}

// populate makes what every family needs to have samples: a node with pods, a network that enforces policies, and objects of each kind.
func (c *cluster) populate(t *testing.T) {
	t.Helper()
	c.CreateNamespace(t, "shop", nil)
	for _, o := range decode(t, world) {
		if err := c.create(t, o, false); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", identify(t, o), err))
		}
	}
}

const world = `
apiVersion: v1
kind: Node
metadata: {name: node-a}
status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}, capacity: {cpu: "4", memory: 8Gi, pods: "110"}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: calico-node}}
  template:
    metadata: {labels: {k8s-app: calico-node}}
    spec: {containers: [{name: calico-node, image: calico/node}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  nodeName: node-a
  containers: [{name: web, image: web}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: shop}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: once, image: once}]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits, namespace: shop}
spec: {limits: [{type: Container, default: {memory: 1Gi}}]}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: shop}
spec: {hard: {pods: "10"}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
`
