package posture_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// adminWorld binds cluster-admin by each binding.
func adminWorld(version string, bindings ...*model.Binding) *posture.Snapshot {
	s := &posture.Snapshot{KubernetesVersion: version, Bindings: bindings, Roles: []*model.Role{{
		Namespaced: model.Namespaced{Meta: model.NewMeta("", "cluster-admin")},
		Rules:      []model.Rule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}},
	}}}
	for _, k := range []model.Kind{model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings} {
		s.Have[k], s.Versions[k] = true, "1"
	}
	return s
}

func adminBinding(name string, bootstrap bool, subjects ...model.Subject) *model.Binding {
	return &model.Binding{
		Namespaced: model.Namespaced{Meta: model.NewMeta("", name)}, RoleKind: "ClusterRole", RoleName: "cluster-admin",
		Subjects: subjects, Bootstrap: bootstrap,
	}
}

// TestOriginOfEachBinding: the row of a default or a provider's binding keeps its origin when
// another binding names the subject.
func TestOriginOfEachBinding(t *testing.T) {
	masters := model.Subject{Kind: model.Group, Name: "system:masters"}
	manager := model.Subject{Kind: model.User, Name: "eks:addon-manager"}
	s := adminWorld("v1.33.4-eks-113cf36", adminBinding("cluster-admin", true, masters), adminBinding("more", false, masters),
		adminBinding("eks:addon-cluster-admin", false, manager), adminBinding("again", false, manager))
	var got []string
	for _, a := range posture.Compute(s, defaults(newSet(t)), time.Now(), noPanic(t)).Admins {
		got = append(got, fmt.Sprintf("%s by %s: %s", a.Subject.Name, a.Binding, a.Origin))
	}
	slices.Sort(got)
	want := []string{
		"eks:addon-manager by again: custom", "eks:addon-manager by eks:addon-cluster-admin: provider",
		"system:masters by cluster-admin: builtin", "system:masters by more: custom",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPlatformIsNotRemembered: what is remembered of RBAC is forgotten when the platform shows to
// be another.
func TestPlatformIsNotRemembered(t *testing.T) {
	var e posture.Engine
	binding := adminBinding("eks:addon-cluster-admin", false, model.Subject{Kind: model.User, Name: "eks:addon-manager"})
	for _, step := range []struct {
		version string
		want    model.Origin
	}{
		{"v1.33.4-eks-113cf36", model.ProviderOrigin}, {"v1.33.4", model.CustomOrigin}, {"v1.34.0-eks-113cf36", model.ProviderOrigin},
	} {
		r := e.Compute(adminWorld(step.version, binding), defaults(newSet(t)), time.Now(), noPanic(t))
		if len(r.Admins) != 1 || r.Admins[0].Origin != step.want {
			t.Errorf("%s: got %+v, want the origin %s", step.version, r.Admins, step.want)
		}
	}
}
