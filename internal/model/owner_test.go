package model_test

import (
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// notObjects are registered in every group, and are no kinds of objects that could own one.
var notObjects = []string{"WatchEvent", "APIGroup", "APIVersions", "Status", "SerializedReference", "PodStatusResult", "NodeProxyOptions", "PodProxyOptions", "ServiceProxyOptions"}

// TestBuiltInKinds compares the kinds that stand alone with those that Kubernetes has in these
// versions.
func TestBuiltInKinds(t *testing.T) {
	var want []string
	for _, gv := range []schema.GroupVersion{{Version: "v1"}, {Group: "apps", Version: "v1"}, {Group: "batch", Version: "v1"}} {
		for kind := range scheme.Scheme.KnownTypes(gv) {
			if strings.HasSuffix(kind, "List") || strings.HasSuffix(kind, "Options") || slices.Contains(notObjects, kind) {
				continue
			}
			want = append(want, kind)
			if got, ok := model.KindName(gv.String(), kind); !ok || got != kind {
				t.Errorf("%s of %s is %q, %t", kind, gv, got, ok)
			}
		}
		if !model.BuiltInGroupVersion(gv.String()) {
			t.Errorf("%s is not built in", gv)
		}
	}
	slices.Sort(want)
	if got := model.BuiltInKinds(); !slices.Equal(got, want) {
		t.Errorf("the kinds are\n%q, Kubernetes has\n%q", got, want)
	}
}

func TestKindName(t *testing.T) {
	for _, tc := range []struct{ apiVersion, kind, want string }{
		{"apps/v1", "DaemonSet", "DaemonSet"},
		{"batch.volcano.sh/v1alpha1", "Job", "Job.batch.volcano.sh"},
		{"example/v1", "Widget", "Widget.example"},
		{"extensions/v1beta1", "DaemonSet", "DaemonSet.extensions"},
		{"apps/v1beta1", "DaemonSet", ""},
		{"apps/v7", "DaemonSet", ""},
		{"apps/v1", "Job", ""},
		{"batch/v1", "DaemonSet", ""},
		{"v1", "DaemonSet", ""},
		{"v2", "Pod", ""},
		{"", "Pod", ""},
		{"apps/v1", "", ""},
		{"example.com/v1", "", ""},
		{"example.com/v1", "Wid.get", ""},
		{"example.com/v1", "Wid get", ""},
		{"example.com/v1", "Widget\x00", ""},
		{"example_com/v1", "Widget", ""},
		{"Example.com/v1", "Widget", ""},
		{"example.com/", "Widget", ""},
		{"/v1", "DaemonSet", ""},
		{"a/b/c", "Widget", ""},
	} {
		if got, ok := model.KindName(tc.apiVersion, tc.kind); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s of %q is %q, %t, want %q", tc.kind, tc.apiVersion, got, ok, tc.want)
		}
	}
}

func TestUID(t *testing.T) {
	a, b, none := model.NewUID("a"), model.NewUID("b"), model.NewUID("")
	for _, tc := range []struct {
		one, other model.UID
		want       bool
	}{{a, b, true}, {a, a, false}, {a, none, false}, {none, a, false}, {none, none, false}, {a, model.NewUID("a"), false}} {
		if got := tc.one.Differs(tc.other); got != tc.want {
			t.Errorf("%x and %x differ: %t, want %t", tc.one, tc.other, got, tc.want)
		}
	}
}

// TestNewOwner: what a reference is worth before anything is looked up.
func TestNewOwner(t *testing.T) {
	ref := func(apiVersion, kind, name string) *metav1.OwnerReference {
		return &metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: name, UID: types.UID("u")}
	}
	for _, none := range []*metav1.OwnerReference{ref("v1", "Node", "n"), ref("v1", "DaemonSet", "a"), ref("apps/v1", "DaemonSet", ""), {}} {
		if got := model.NewOwner(none, ""); got != (model.OwnerRef{}) {
			t.Errorf("%+v is a controller: %+v", none, got.Value())
		}
	}
	for _, tc := range []struct {
		ref            *metav1.OwnerReference
		hash           string
		fallback, name string
	}{
		{ref("apps/v1", "ReplicaSet", "web-5d4f"), "5d4f", "Deployment", "web"},
		{ref("apps/v1", "ReplicaSet", "web-5d4f"), "", "", ""},
		{ref("apps/v1", "ReplicaSet", "-5d4f"), "5d4f", "", ""},
		{ref("example.com/v1", "ReplicaSet", "web-5d4f"), "5d4f", "", ""},
		{ref("batch/v1", "Job", "backup-29000001"), "", "CronJob", "backup"},
		{ref("batch/v1", "Job", "backup-2900000"), "", "", ""},
		{ref("batch.volcano.sh/v1alpha1", "Job", "backup-29000001"), "", "", ""},
	} {
		got := model.NewOwner(tc.ref, tc.hash).Value()
		if got.FallbackKind != tc.fallback || got.FallbackName != tc.name || got.UID != model.NewUID("u") || got.GroupVersion != tc.ref.APIVersion {
			t.Errorf("%+v with the hash %q: %+v", tc.ref, tc.hash, got)
		}
	}
}
