package informers

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestServedVersions: a version that is missing from the API server's answer is served for a while,
// because an aggregated API that fails for a moment is left out.
func TestServedVersions(t *testing.T) {
	answer := func(groupVersions ...string) *metav1.APIGroupList {
		list := &metav1.APIGroupList{}
		for _, gv := range groupVersions {
			list.Groups = append(list.Groups, metav1.APIGroup{Versions: []metav1.GroupVersionForDiscovery{{GroupVersion: gv}}})
		}
		return list
	}
	var s served
	if (&Cluster{served: &s}).GroupVersions() != nil {
		t.Error("something is served before the API server has answered")
	}
	now := time.Now()
	for _, step := range []struct {
		after  time.Duration
		answer []string
		want   []string
	}{
		{0, []string{"v1", "a/v1"}, []string{"a/v1", "v1"}},
		{versionsHold, []string{"v1"}, []string{"a/v1", "v1"}},
		{versionsHold + time.Second, []string{"v1"}, []string{"v1"}},
		{versionsHold + 2*time.Second, []string{"v1", "a/v1"}, []string{"a/v1", "v1"}},
	} {
		s.learnVersions(answer(step.answer...), now.Add(step.after))
		if got := (&Cluster{served: &s}).GroupVersions(); !slices.Equal(got, step.want) {
			t.Errorf("after %s: %q, want %q", step.after, got, step.want)
		}
	}
}
