package informers

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// TestLife: what is received makes a cache no newer than the question that it answers, and nothing else does once versions can be asked for.
func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &life{staleAfter: time.Minute, now: time.Now, began: time.Now()}
		l.complete(l.moment())
		age := func(want time.Duration, when string) {
			t.Helper()
			if got := l.moment() - time.Duration(l.fresh.Load()); got != want {
				t.Errorf("%s: the cache is %s old, want %s", when, got, want)
			}
		}
		time.Sleep(10 * time.Second)
		l.heard(l.moment())
		age(10*time.Second, "an event that may have waited, while nobody knows whether versions can be compared")
		l.newest(l.moment(), 100)
		time.Sleep(10 * time.Second)
		l.newest(l.moment(), 200)
		time.Sleep(10 * time.Second)
		l.heard(l.moment())
		age(30*time.Second, "an event that may have waited")
		l.reached(99)
		age(30*time.Second, "the cache is not yet there")
		l.reached(199)
		age(20*time.Second, "it has what was the newest 20 seconds ago")
		l.reached(200)
		age(10*time.Second, "it has what was the newest 10 seconds ago")
		l.heard(l.moment())
		age(10*time.Second, "a list that is not yet in the cache")
		time.Sleep(50 * time.Second)
		if l.stale() {
			t.Error("stale after exactly a minute")
		}
		time.Sleep(time.Nanosecond)
		if !l.stale() {
			t.Error("not stale after more than a minute")
		}
		for i := range 2 * maxQuestions {
			l.newest(l.moment(), model.Version(1000+i))
		}
		if l.reached(1000 + maxQuestions - 1); len(l.asked) != maxQuestions || !l.stale() {
			t.Errorf("%d questions are remembered, stale %t", len(l.asked), l.stale())
		}
		if l.reached(5000); l.stale() || len(l.asked) != 0 {
			t.Error("a cache that has everything is stale")
		}
		time.Sleep(time.Second)
		l.newest(l.moment(), 0)
		l.heard(l.moment())
		age(0, "an event, when versions cannot be compared any more")

		l = &life{staleAfter: time.Minute, now: time.Now, began: time.Now()}
		time.Sleep(10 * time.Second)
		l.heard(l.moment())
		time.Sleep(10 * time.Second)
		l.newest(l.moment(), 0)
		age(10*time.Second, "versions that cannot be compared, after a list")
	})
}

// TestStreamedListCounts: what a streamed list tells is not in the cache before all of it has come, and then is as new as the question. The
// fault harness found kinds that were older than they may be, because the beginning of a slow list was taken for news.
func TestStreamedListCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := watch.NewRaceFreeFake()
		l := &life{staleAfter: time.Hour, now: time.Now, began: time.Now()}
		o := &observed{
			ListerWatcher: &cache.ListWatch{WatchFuncWithContext: func(context.Context, metav1.ListOptions) (watch.Interface, error) { return fake, nil }},
			life:          l, onError: func(error) {}, onUnavailable: func(error) {},
		}
		l.newest(0, 0)
		time.Sleep(time.Minute)
		w, err := o.WatchWithContext(t.Context(), metav1.ListOptions{SendInitialEvents: new(true)})
		if err != nil {
			t.Fatal(err)
		}
		next := func(what string, want time.Duration) {
			t.Helper()
			time.Sleep(time.Minute)
			<-w.ResultChan()
			synctest.Wait()
			if got := time.Duration(l.fresh.Load()); got != want {
				t.Errorf("after %s the cache is as of %s, want %s", what, got, want)
			}
		}
		fake.Add(&corev1.Pod{})
		next("a pod of the list", 0)
		fake.Action(watch.Bookmark, &corev1.Pod{})
		next("a bookmark within it", 0)
		fake.Action(watch.Bookmark, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{metav1.InitialEventsAnnotationKey: "true"}}})
		next("its end", time.Minute)
		at := l.moment()
		fake.Modify(&corev1.Pod{})
		next("a change", at)
		w.Stop()
	})
}
