package live_test

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/test/history"
)

// bindingSteps reach a pod's token from three kinds away: the role, the binding and the account are each changed.
func bindingSteps() []step {
	const admins = "cluster_admin_subjects"
	custom := sample(admins, "subject_kind", "User", "origin", "custom")
	info := sample("cluster_admin_subject_info", "subject_kind", "User", "subject_namespace", "", "subject_name", "eve",
		"binding", "eve", "role", "power", "origin", "custom")
	account := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: "shop", Name: "robot"}
	return []step{
		{"a pod with an account that may do nothing", func(ctx context.Context, c kubernetes.Interface) error {
			if _, err := c.CoreV1().ServiceAccounts("shop").Create(ctx, &corev1.ServiceAccount{ObjectMeta: history.Named("robot")}, create); err != nil {
				return err
			}
			p := history.PlainPod("robot")
			p.Spec.ServiceAccountName = "robot"
			_, err := c.CoreV1().Pods("shop").Create(ctx, p, create)
			return err
		}, expect{inShop("pods_with_unneeded_api_token"): 1, inShop("pods_with_powerful_api_token"): 0}},
		{"a binding to a role that does not exist", func(ctx context.Context, c kubernetes.Interface) error {
			_, err := c.RbacV1().RoleBindings("shop").Create(ctx, binding("robot", "power", account), create)
			return err
		}, expect{inShop("rbac_bindings_stale", "reason", "missing_role"): 1, inShop("pods_with_unneeded_api_token"): 1, custom: 0}},
		{"the role appears", func(ctx context.Context, c kubernetes.Interface) error {
			everything := []rbacv1.PolicyRule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}
			_, err := c.RbacV1().ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: history.Named("power"), Rules: everything}, create)
			return err
		}, expect{
			inShop("rbac_bindings_stale", "reason", "missing_role"): 0, inShop("pods_with_unneeded_api_token"): 0,
			inShop("pods_with_powerful_api_token"): 1, inShop("namespace_admin_subjects", "subject_kind", "ServiceAccount"): 1,
			sample("finding", "check", "rbac_roles_with_wildcards", "namespace", "", "kind", "ClusterRole", "name", "power"): 1,
		}},
		{"a user is bound to it everywhere", func(ctx context.Context, c kubernetes.Interface) error {
			b := &rbacv1.ClusterRoleBinding{ObjectMeta: history.Named("eve"), RoleRef: history.RoleRef("ClusterRole", "power"), Subjects: []rbacv1.Subject{history.User("eve")}}
			_, err := c.RbacV1().ClusterRoleBindings().Create(ctx, b, create)
			return err
		}, expect{custom: 1, info: 1}},
		{"the role loses its power", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["configmaps"]}]}`)
			_, err := c.RbacV1().ClusterRoles().Patch(ctx, "power", patchType, body, options)
			return err
		}, expect{custom: 0, info: absent, inShop("pods_with_powerful_api_token"): 0, inShop("pods_with_unneeded_api_token"): 0}},
		{"the binding is to anonymous users instead", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"system:unauthenticated"}]}`)
			_, err := c.RbacV1().RoleBindings("shop").Patch(ctx, "robot", patchType, body, options)
			return err
		}, expect{inShop("rbac_bindings_to_anonymous"): 1, inShop("pods_with_unneeded_api_token"): 1}},
		{"everything is deleted", func(ctx context.Context, c kubernetes.Interface) error {
			return firstError(
				c.RbacV1().RoleBindings("shop").Delete(ctx, "robot", atOnce()), c.RbacV1().ClusterRoleBindings().Delete(ctx, "eve", atOnce()),
				c.RbacV1().ClusterRoles().Delete(ctx, "power", atOnce()), c.CoreV1().Pods("shop").Delete(ctx, "robot", atOnce()),
				c.CoreV1().ServiceAccounts("shop").Delete(ctx, "robot", atOnce()))
		}, expect{inShop("rbac_bindings_to_anonymous"): absent, inShop("pods_with_unneeded_api_token"): absent}},
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func accountSteps() []step {
	automounting := inShop("service_accounts_automounting_token")
	account := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: "shop", Name: "late"}
	return []step{
		{"a binding names an account that does not exist", func(ctx context.Context, c kubernetes.Interface) error {
			_, err := c.RbacV1().RoleBindings("shop").Create(ctx, binding("late", builtinRole, account), create)
			return err
		}, expect{inShop("rbac_bindings_stale", "reason", "missing_service_account"): 1, automounting: 1}},
		{"the account is created", func(ctx context.Context, c kubernetes.Interface) error {
			_, err := c.CoreV1().ServiceAccounts("shop").Create(ctx, &corev1.ServiceAccount{ObjectMeta: history.Named("late")}, create)
			return err
		}, expect{inShop("rbac_bindings_stale", "reason", "missing_service_account"): 0, automounting: 2}},
		{"it stops automounting", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"automountServiceAccountToken":false}`)
			_, err := c.CoreV1().ServiceAccounts("shop").Patch(ctx, "late", patchType, body, options)
			return err
		}, expect{automounting: 1, finding("service_accounts_automounting_token", "ServiceAccount", "late"): absent}},
		{"the default account is granted something", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"subjects":[{"kind":"ServiceAccount","name":"default"}]}`)
			_, err := c.RbacV1().RoleBindings("shop").Patch(ctx, "late", patchType, body, options)
			return err
		}, expect{inShop("default_service_accounts_with_grants"): 1}},
		{"the binding and the account are deleted", func(ctx context.Context, c kubernetes.Interface) error {
			return firstError(c.RbacV1().RoleBindings("shop").Delete(ctx, "late", atOnce()), c.CoreV1().ServiceAccounts("shop").Delete(ctx, "late", atOnce()))
		}, expect{inShop("default_service_accounts_with_grants"): 0, automounting: 1}},
	}
}

func namespaceSteps() []step {
	level := func(level string) string {
		return sample("namespace_pod_security_level", "namespace", "team-a", "mode", "enforce", "level", level, "version", "latest")
	}
	below := func(level string) string {
		return sample("namespaces_without_pod_security", "namespace", "team-a", "level", level)
	}
	info := func(team string) string {
		return sample("namespace_info", "namespace", "team-a", "team", team, "system", "false")
	}
	return []step{
		{"a namespace is created", func(ctx context.Context, c kubernetes.Interface) error {
			_, err := c.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: history.Named("team-a")}, create)
			return err
		}, expect{level("privileged"): 1, below("baseline"): 1, below("restricted"): 1, info(""): 1}},
		{"it gets an owner and a level", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"metadata":{"labels":{"team":"a","pod-security.kubernetes.io/enforce":"baseline"}}}`)
			_, err := c.CoreV1().Namespaces().Patch(ctx, "team-a", patchType, body, options)
			return err
		}, expect{level("baseline"): 1, level("privileged"): absent, below("baseline"): 0, below("restricted"): 1, info("a"): 1, info(""): absent}},
		{"the level is a word that does not exist", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":null}}}`)
			_, err := c.CoreV1().Namespaces().Patch(ctx, "team-a", patchType, body, options)
			return err
		}, expect{level("privileged"): 1, below("baseline"): 1}},
		{"it is being deleted, and nothing finishes that", func(ctx context.Context, c kubernetes.Interface) error {
			return c.CoreV1().Namespaces().Delete(ctx, "team-a", atOnce())
		}, expect{below("baseline"): absent, info("a"): 1, sample("namespace_pod_security_ready", "namespace", "team-a", "level", "baseline"): absent}},
	}
}

func nodeSteps() []step {
	ratio := func(resource string) string {
		return sample("node_limit_overcommit_ratio", "node", "node-1", "resource", resource)
	}
	unbounded := func(resource string) string {
		return sample("node_unbounded_pods", "node", "node-1", "resource", resource)
	}
	bounded := history.PlainPod("bounded")
	bounded.Spec.NodeName = "node-1"
	bounded.Spec.Containers[0].Resources.Limits = history.Quantities("3", "2Gi")
	free := history.PlainPod("free")
	free.Spec.NodeName = "node-1"
	return []step{
		{"a node that says nothing of itself", func(ctx context.Context, c kubernetes.Interface) error {
			_, err := c.CoreV1().Nodes().Create(ctx, &corev1.Node{ObjectMeta: history.Named("node-1")}, create)
			return err
		}, expect{ratio("cpu"): absent, unbounded("cpu"): 0}},
		{"it says what it has", func(ctx context.Context, c kubernetes.Interface) error {
			patchType, body, options := patch(`{"status":{"allocatable":{"cpu":"2","memory":"8Gi"}}}`)
			_, err := c.CoreV1().Nodes().Patch(ctx, "node-1", patchType, body, options, "status")
			return err
		}, expect{ratio("cpu"): 0, ratio("memory"): 0}},
		{"a pod with limits and one without run on it", func(ctx context.Context, c kubernetes.Interface) error {
			if _, err := c.CoreV1().Pods("shop").Create(ctx, bounded, create); err != nil {
				return err
			}
			_, err := c.CoreV1().Pods("shop").Create(ctx, free, create)
			return err
		}, expect{ratio("cpu"): 1.5, ratio("memory"): 0.25, unbounded("cpu"): 1, unbounded("memory"): 1}},
		{"the node and the pods are deleted", func(ctx context.Context, c kubernetes.Interface) error {
			return firstError(c.CoreV1().Nodes().Delete(ctx, "node-1", atOnce()), c.CoreV1().Pods("shop").Delete(ctx, "bounded", atOnce()),
				c.CoreV1().Pods("shop").Delete(ctx, "free", atOnce()))
		}, expect{ratio("cpu"): absent, unbounded("cpu"): absent}},
	}
}
