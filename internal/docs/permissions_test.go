package docs

import (
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

// TestClusterRoleIsTheTable decodes the role that people are told to apply, as strictly as the API server can.
func TestClusterRoleIsTheTable(t *testing.T) {
	fences := fencesOf(t, "docs/permissions.md", "yaml")
	if len(fences) != 1 {
		t.Fatalf("%d YAML examples, want 1", len(fences))
	}
	var role *rbacv1.ClusterRole
	var binding *rbacv1.ClusterRoleBinding
	for _, doc := range documents(fences[0].text) {
		switch o := decode(t, doc).(type) {
		case *rbacv1.ClusterRole:
			role = o
		case *rbacv1.ClusterRoleBinding:
			binding = o
		}
	}
	if role == nil || binding == nil || binding.RoleRef.Name != role.Name || len(binding.Subjects) != 1 {
		t.Fatalf("want a ClusterRole and its binding to one subject, got %v and %v", role, binding)
	}
	allowed := map[string]bool{}
	for _, rule := range role.Rules {
		if !slices.Equal(rule.Verbs, []string{"list", "watch"}) {
			t.Errorf("verbs %q, want list and watch", rule.Verbs)
		}
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				allowed[resource+"."+group] = true
			}
		}
	}
	for _, k := range informers.Table() {
		if name := k.Plural() + "." + k.Group; !allowed[name] {
			t.Errorf("%s may not be listed", name)
		} else {
			delete(allowed, name)
		}
	}
	for name := range allowed {
		t.Errorf("%s is allowed and in no table", name)
	}
}

func decode(t *testing.T, manifest string) runtime.Object {
	t.Helper()
	codecs := serializer.NewCodecFactory(clientgoscheme.Scheme, serializer.EnableStrict)
	o, _, err := codecs.UniversalDeserializer().Decode([]byte(manifest), nil, nil)
	if err != nil {
		t.Fatalf("%v:\n%s", err, manifest)
	}
	return o
}
