package differential_test

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// refused proves that what the random worlds do not have is what the API server does not accept. The Model must survive it all the
// same, in files, but has nobody to agree with.
func (h *harness) refused(t *testing.T) {
	someone := rbacv1.Subject{Kind: "User", Name: "alice"}
	toView := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"}
	toRole := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "view"}
	for name, err := range map[string]error{
		"a ClusterRoleBinding to a Role":                               h.tryClusterBinding(t, toRole, someone),
		"a ServiceAccount without a namespace in a ClusterRoleBinding": h.tryClusterBinding(t, toView, rbacv1.Subject{Kind: "ServiceAccount", Name: "default"}),
		"a ServiceAccount whose name is not one":                       h.tryClusterBinding(t, toView, rbacv1.Subject{Kind: "ServiceAccount", Namespace: "blue", Name: "X:y"}),
		"a User of another API group":                                  h.tryClusterBinding(t, toView, rbacv1.Subject{Kind: "User", Name: "alice", APIGroup: "example.com"}),
		"a subject of an unknown kind":                                 h.tryClusterBinding(t, toView, rbacv1.Subject{Kind: "Robot", Name: "alice", APIGroup: rbacv1.GroupName}),
		"a subject without a name":                                     h.tryClusterBinding(t, toView, rbacv1.Subject{Kind: "Group"}),
		"a Role with nonResourceURLs":                                  h.tryRole(t, rbacv1.PolicyRule{Verbs: []string{"get"}, NonResourceURLs: []string{"/metrics"}}),
		"a rule without verbs":                                         h.tryRole(t, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}}),
		"a rule without API groups":                                    h.tryRole(t, rbacv1.PolicyRule{Verbs: []string{"get"}, Resources: []string{"pods"}}),
		"a rule without resources":                                     h.tryRole(t, rbacv1.PolicyRule{Verbs: []string{"get"}, APIGroups: []string{""}}),
	} {
		if !apierrors.IsInvalid(err) {
			t.Errorf("%s: %v, want it refused as invalid; if it is accepted, let the random worlds have it", name, err)
		}
	}
}

var dryRun = metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}

func (h *harness) tryClusterBinding(t *testing.T, ref rbacv1.RoleRef, s rbacv1.Subject) error {
	b := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "tried"}, RoleRef: ref, Subjects: []rbacv1.Subject{s}}
	_, err := h.client.RbacV1().ClusterRoleBindings().Create(t.Context(), b, dryRun)
	return err
}

func (h *harness) tryRole(t *testing.T, rule rbacv1.PolicyRule) error {
	r := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "tried"}, Rules: []rbacv1.PolicyRule{rule}}
	_, err := h.client.RbacV1().Roles("blue").Create(t.Context(), r, dryRun)
	return err
}
