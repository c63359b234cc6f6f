package informers_test

import (
	"math"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestSettles: until when a pod and its controller may be apart in the caches.
func TestSettles(t *testing.T) {
	p := projector(t, every)
	made := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) *metav1.Time { return &metav1.Time{Time: made.Add(d)} }
	for name, tc := range map[string]struct {
		created, deleted *metav1.Time
		grace            *int64
		want             time.Time
	}{
		"a file without times":           {want: time.Unix(0, 0)},
		"created":                        {created: at(0), want: made.Add(2 * time.Minute)},
		"deleted an hour later":          {created: at(0), deleted: at(time.Hour + 30*time.Second), grace: new(int64(30)), want: made.Add(62 * time.Minute)},
		"deleted with a grace of years":  {created: at(0), deleted: at(87600 * time.Hour), grace: new(int64(87600*3600 - 60)), want: made.Add(3 * time.Minute)},
		"deleted without a grace":        {created: at(0), deleted: at(time.Hour), want: made.Add(62 * time.Minute)},
		"a grace that no API server has": {created: at(0), deleted: at(time.Hour), grace: new(int64(math.MinInt64)), want: made.Add(62 * time.Minute)},
		"a grace longer than time":       {created: at(0), deleted: at(time.Hour), grace: new(int64(math.MaxInt64)), want: made.Add(2 * time.Minute)},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "x", DeletionTimestamp: tc.deleted, DeletionGracePeriodSeconds: tc.grace}}
		if tc.created != nil {
			pod.CreationTimestamp = *tc.created
		}
		if got := p.Pod(pod).Settles; got != 0 {
			t.Errorf("%s: a pod without a controller settles at %d", name, got)
		}
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-1", Controller: new(true)}}
		got := p.Pod(pod)
		if int64(got.Settles) != tc.want.Unix() {
			t.Errorf("%s: settles at %v, want %v", name, time.Unix(int64(got.Settles), 0).UTC(), tc.want)
		}
		if got.Settled(tc.want.Add(-time.Second)) && got.Settles > 0 || !got.Settled(tc.want) {
			t.Errorf("%s: it is not settled from then on", name)
		}
	}
}
