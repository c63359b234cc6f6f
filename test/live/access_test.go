package live_test

import (
	"context"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// listAndWatch allows both for every kind of the table but those named.
func listAndWatch(but ...model.Kind) []rbacv1.PolicyRule {
	var rules []rbacv1.PolicyRule
	for _, k := range informers.Table() {
		allowed := true
		for _, b := range but {
			allowed = allowed && k.Kind != b
		}
		if allowed {
			rules = append(rules, rbacv1.PolicyRule{Verbs: []string{"list", "watch"}, APIGroups: []string{k.Group}, Resources: []string{k.Plural()}})
		}
	}
	return rules
}

// grant gives a user the rules by a ClusterRole and a ClusterRoleBinding of the user's name.
func grant(t *testing.T, cluster *testcluster.Cluster, name string, rules []rbacv1.PolicyRule) {
	t.Helper()
	api := cluster.Client().RbacV1()
	role := &rbacv1.ClusterRole{ObjectMeta: history.Named(name), Rules: rules}
	must[*rbacv1.ClusterRole](t)(api.ClusterRoles().Create(context.Background(), role, create))
	bind(t, cluster, name)
}

// bind gives a user the ClusterRole of the user's name.
func bind(t *testing.T, cluster *testcluster.Cluster, name string) {
	t.Helper()
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: history.Named(name), RoleRef: history.RoleRef("ClusterRole", name), Subjects: []rbacv1.Subject{history.User(name)}}
	must[*rbacv1.ClusterRoleBinding](t)(cluster.Client().RbacV1().ClusterRoleBindings().Create(context.Background(), binding, create))
}

// unbind is the reverse of bind.
func unbind(t *testing.T, cluster *testcluster.Cluster, name string) {
	t.Helper()
	noError(t, cluster.Client().RbacV1().ClusterRoleBindings().Delete(context.Background(), name, atOnce()))
}
