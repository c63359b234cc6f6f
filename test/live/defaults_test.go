package live_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// TestDefaultsOfTheAPIServer: the exporter's list of default bindings is the API server's own for
// its version, no more and no less, and what the roles behind them grant is in the exporter's
// table.
func TestDefaultsOfTheAPIServer(t *testing.T) {
	cluster := startCluster(t)
	source := must[*informers.Cluster](t)(informers.NewCluster(cluster.Config()))
	checks := must[*check.Set](t)(check.NewSet(check.Catalog()))
	snap, err := informers.Read(t.Context(), source, informers.NewProjector(checks, panicsFail(t)))
	if err != nil {
		t.Fatal(err)
	}
	platform := rbac.PlatformOf(snap.KubernetesVersion, snap.Groups, snap.Nodes)
	m := rbac.Build(rbac.Input{Roles: snap.Roles, Bindings: snap.Bindings, Platform: platform})
	var made []string
	for _, b := range snap.Bindings {
		if !b.Bootstrap {
			continue
		}
		made = append(made, b.Namespace()+"/"+b.Name())
		if m.Widened(b) || m.Origin(b) != model.BuiltInOrigin {
			t.Errorf("%s/%s: origin %s, widened %t", b.Namespace(), b.Name(), m.Origin(b), m.Widened(b))
		}
		for _, s := range b.Subjects {
			if m.OriginOf(b, s) != model.BuiltInOrigin {
				t.Errorf("%s/%s: the subject %s %s is not a default", b.Namespace(), b.Name(), s.Kind, s.Name)
			}
		}
		if m.EmptyByDesign(b) != (len(b.Subjects) == 0) {
			t.Errorf("%s/%s: has %d subjects", b.Namespace(), b.Name(), len(b.Subjects))
		}
	}
	slices.Sort(made)
	if diff := cmp.Diff(rbac.DefaultBindings(platform.Minor), made); diff != "" {
		t.Errorf("default bindings of %s (-exporter +API server):\n%s", snap.KubernetesVersion, diff)
	}
	for _, b := range snap.Bindings {
		if role := m.RoleOf(b); b.Bootstrap && role != nil {
			known := policyRules(rbac.DefaultRules(role.Namespace(), role.Name()))
			if ok, missing := validation.Covers(known, policyRules(role.Rules)); !ok {
				t.Errorf("the table lacks rules of the role %s/%s: %v", role.Namespace(), role.Name(), missing)
			}
		}
	}
}

func policyRules(rules []model.Rule) []rbacv1.PolicyRule {
	out := make([]rbacv1.PolicyRule, len(rules))
	for i, r := range rules {
		out[i] = rbacv1.PolicyRule{
			Verbs: r.Verbs, APIGroups: r.APIGroups, Resources: r.Resources, ResourceNames: r.ResourceNames, NonResourceURLs: r.NonResourceURLs,
		}
	}
	return out
}
