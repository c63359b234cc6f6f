package live_test

import (
	"context"
	"testing"

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

// step is something that happens in the cluster, and what the gauges must say then.
type step struct {
	name  string
	do    func(ctx context.Context, client kubernetes.Interface) error
	gauge expect
}

// TestGaugesFollow creates, changes and deletes objects of every kind that is judged, one by one.
func TestGaugesFollow(t *testing.T) {
	cluster := startCluster(t)
	cluster.CreateNamespace(t, "shop", nil)
	e := startExporter(t, cluster.Config())
	e.awaitWhole(t)
	for name, steps := range map[string][]step{
		"pods": podSteps(), "network policies": policySteps(), "bindings": bindingSteps(), "service accounts": accountSteps(),
		"namespaces": namespaceSteps(), "limits and quotas": limitSteps(), "nodes": nodeSteps(),
	} {
		t.Run(name, func(t *testing.T) { follow(t, cluster, e, steps) })
	}
}

func follow(t *testing.T, cluster *testcluster.Cluster, e *exporter, steps []step) {
	for _, s := range steps {
		if err := s.do(context.Background(), cluster.Client()); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		e.await(t, s.name, s.gauge)
	}
	e.awaitTruth(t, cluster)
}

// patch changes an object by a merge patch.
func patch(change string) (types.PatchType, []byte, metav1.PatchOptions) {
	return types.MergePatchType, []byte(change), metav1.PatchOptions{}
}

func inShop(name string, labels ...string) string {
	return sample(name, append(labels, "namespace", "shop")...)
}

func finding(check, kind, name string) string {
	return inShop("finding", "check", check, "kind", kind, "name", name)
}

func podSteps() []step {
	return []step{
		{"a privileged pod is created", func(ctx context.Context, c kubernetes.Interface) error {
			_, err := c.CoreV1().Pods("shop").Create(ctx, privilegedPod("web"), create)
			return err
		}, expect{
			inShop("pods_privileged"): 1, inShop("pods_running_as_root", "evidence", "possible"): 1, inShop("pods_with_api_token"): 1,
			inShop("containers_without_limit", "resource", "cpu"): 1, inShop("pods_best_effort"): 1,
			inShop("pods_violating_pod_security", "level", "baseline"): 1, finding("pods_privileged", "Pod", "web"): 1,
			inShop("namespace_pod_security_ready", "level", "baseline"): 0,
		}},
		{"it turns out to run as root", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"status":{"phase":"Running","containerStatuses":[{"name":"main","image":"i","imageID":"i","restartCount":0,` +
				`"ready":true,"state":{"running":{}},"user":{"linux":{"uid":0,"gid":0}}}]}}`)
			_, err := c.CoreV1().Pods("shop").Patch(ctx, "web", patchType, body, options, "status")
			return err
		}, expect{inShop("pods_running_as_root", "evidence", "observed"): 1, inShop("pods_running_as_root", "evidence", "possible"): 0}},
		{"a harmless pod is created", func(ctx context.Context, c kubernetes.Interface) error {
			_, err := c.CoreV1().Pods("shop").Create(ctx, restrictedPod("safe"), create)
			return err
		}, expect{
			inShop("pods_privileged"): 1, sample("check_resources", "check", "pods_privileged", "result", "pass"): 1,
			inShop("pods_with_api_token"): 1, inShop("pods_violating_pod_security", "level", "restricted"): 1,
		}},
		{"the privileged pod ends", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"status":{"phase":"Succeeded"}}`)
			_, err := c.CoreV1().Pods("shop").Patch(ctx, "web", patchType, body, options, "status")
			return err
		}, expect{
			inShop("pods_privileged"): 0, finding("pods_privileged", "Pod", "web"): absent,
			inShop("namespace_pod_security_ready", "level", "restricted"): 1,
		}},
		{"both pods are deleted", func(ctx context.Context, c kubernetes.Interface) error {
			if err := c.CoreV1().Pods("shop").Delete(ctx, "web", atOnce()); err != nil {
				return err
			}
			return c.CoreV1().Pods("shop").Delete(ctx, "safe", atOnce())
		}, expect{inShop("pods_privileged"): absent, inShop("pods_with_api_token"): absent}},
	}
}

// restrictedPod is what the restricted standard allows, with nothing to complain of in its limits and its token.
func restrictedPod(name string) *corev1.Pod {
	p := history.PlainPod(name)
	p.Spec.AutomountServiceAccountToken = new(bool)
	p.Spec.SecurityContext = &corev1.PodSecurityContext{
		RunAsNonRoot: new(true), RunAsUser: new(int64(1000)), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(bool), ReadOnlyRootFilesystem: new(true), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
	p.Spec.Containers[0].Resources.Limits = history.Quantities("1", "1Gi")
	return p
}

func policySteps() []step {
	policy := &networkingv1.NetworkPolicy{ObjectMeta: history.Named("policy"), Spec: networkingv1.NetworkPolicySpec{
		PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Ingress: []networkingv1.NetworkPolicyIngressRule{{}},
	}}
	return []step{
		{"a pod and a policy that does not select it", func(ctx context.Context, c kubernetes.Interface) error {
			if _, err := c.CoreV1().Pods("shop").Create(ctx, history.PlainPod("web"), create); err != nil {
				return err
			}
			_, err := c.NetworkingV1().NetworkPolicies("shop").Create(ctx, policy, create)
			return err
		}, expect{
			inShop("pods_without_network_policy", "direction", "ingress"): 1, inShop("pods_without_network_policy", "direction", "egress"): 1,
			inShop("network_policies_selecting_nothing"): 1, inShop("namespaces_without_default_deny", "direction", "ingress"): 1,
		}},
		{"the pod gets the label that the policy selects", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"metadata":{"labels":{"app":"web"}}}`)
			_, err := c.CoreV1().Pods("shop").Patch(ctx, "web", patchType, body, options)
			return err
		}, expect{
			inShop("pods_without_network_policy", "direction", "ingress"): 0, inShop("pods_without_network_policy", "direction", "egress"): 1,
			inShop("network_policies_selecting_nothing"): 0,
		}},
		{"the policy becomes a default deny in both directions", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"spec":{"podSelector":{"matchLabels":null},"ingress":null,"policyTypes":["Ingress","Egress"]}}`)
			_, err := c.NetworkingV1().NetworkPolicies("shop").Patch(ctx, "policy", patchType, body, options)
			return err
		}, expect{
			inShop("pods_without_network_policy", "direction", "egress"): 0, inShop("namespaces_without_default_deny", "direction", "ingress"): 0,
			inShop("namespaces_without_default_deny", "direction", "egress"): 0,
		}},
		{"the policy is deleted", func(ctx context.Context, c kubernetes.Interface) error {
			return c.NetworkingV1().NetworkPolicies("shop").Delete(ctx, "policy", atOnce())
		}, expect{
			inShop("pods_without_network_policy", "direction", "ingress"): 1, inShop("network_policies_selecting_nothing"): absent,
			inShop("namespaces_without_default_deny", "direction", "egress"): 1,
		}},
		{"the pod is deleted", func(ctx context.Context, c kubernetes.Interface) error {
			return c.CoreV1().Pods("shop").Delete(ctx, "web", atOnce())
		}, expect{inShop("pods_without_network_policy", "direction", "ingress"): absent}},
	}
}

func limitSteps() []step {
	limits := &corev1.LimitRange{ObjectMeta: history.Named("limits"), Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
		{Type: corev1.LimitTypeContainer, Max: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}},
	}}}
	quota := &corev1.ResourceQuota{ObjectMeta: history.Named("quota"), Spec: corev1.ResourceQuotaSpec{
		Hard: corev1.ResourceList{"count/configmaps": resource.MustParse("10")},
	}}
	cpu, memory := inShop("namespaces_without_limit_range", "resource", "cpu"), inShop("namespaces_without_limit_range", "resource", "memory")
	return []step{
		{"a limit range with nothing but a maximum", func(ctx context.Context, c kubernetes.Interface) error {
			_, err := c.CoreV1().LimitRanges("shop").Create(ctx, limits, create)
			return err
		}, expect{cpu: 1, memory: 0}},
		{"it changes to CPU", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"spec":{"limits":[{"type":"Container","default":{"cpu":"1"}}]}}`)
			_, err := c.CoreV1().LimitRanges("shop").Patch(ctx, "limits", patchType, body, options)
			return err
		}, expect{cpu: 0, memory: 1}},
		{"it is deleted and a quota is created", func(ctx context.Context, c kubernetes.Interface) error {
			if err := c.CoreV1().LimitRanges("shop").Delete(ctx, "limits", atOnce()); err != nil {
				return err
			}
			_, err := c.CoreV1().ResourceQuotas("shop").Create(ctx, quota, create)
			return err
		}, expect{cpu: 1, memory: 1, inShop("namespaces_without_resource_quota"): 0}},
		{"the quota bounds nothing any more", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"spec":{"hard":null}}`)
			_, err := c.CoreV1().ResourceQuotas("shop").Patch(ctx, "quota", patchType, body, options)
			return err
		}, expect{inShop("namespaces_without_resource_quota"): 1}},
		{"the quota is deleted", func(ctx context.Context, c kubernetes.Interface) error {
			return c.CoreV1().ResourceQuotas("shop").Delete(ctx, "quota", atOnce())
		}, expect{inShop("namespaces_without_resource_quota"): 1}},
	}
}

func binding(name, role string, subject rbacv1.Subject) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{ObjectMeta: history.Named(name), RoleRef: history.RoleRef("ClusterRole", role), Subjects: []rbacv1.Subject{subject}}
}
