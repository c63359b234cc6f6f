package snapshot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// seen is an event as the tests compare it.
func seen(e watch.Event) string {
	o, ok := e.Object.(object)
	if !ok {
		return fmt.Sprintf("%s %v", e.Type, apierrors.FromObject(e.Object))
	}
	if e.Type == watch.Bookmark {
		return fmt.Sprintf("%s %T", e.Type, o)
	}
	return fmt.Sprintf("%s %s %s", e.Type, key(o), describe(o))
}

// waiting returns the events that are ready now. It must run in a bubble, and
// the source must be made in it, too: only then does the bubble know that a
// goroutine waits for it.
func waiting(w watch.Interface) []string {
	var all []string
	for {
		synctest.Wait()
		select {
		case e, open := <-w.ResultChan():
			if !open {
				return append(all, "closed")
			}
			all = append(all, seen(e))
		default:
			return all
		}
	}
}

func startWatch(t *testing.T, ctx context.Context, s *Source, gvk schema.GroupVersionKind, o metav1.ListOptions) watch.Interface {
	t.Helper()
	w, err := s.ListWatch(gvk).WatchWithContext(ctx, o)
	if err != nil {
		t.Fatalf("watch: %v", err)
	}
	return w
}

func version(t *testing.T, s *Source, gvk schema.GroupVersionKind) string {
	t.Helper()
	l, err := s.ListWatch(gvk).List(metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return l.(*metav1.List).ResourceVersion
}

func TestWatchStreamsChanges(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1")+"---\n"+pod("z", "1"))
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t, dir)
		start := version(t, s, podKind)
		w := startWatch(t, t.Context(), s, podKind, metav1.ListOptions{ResourceVersion: start})
		defer w.Stop()
		fresh := startWatch(t, t.Context(), s, podKind, metav1.ListOptions{ResourceVersion: "0"})
		defer fresh.Stop()
		other := startWatch(t, t.Context(), s, nsKind, metav1.ListOptions{ResourceVersion: start})
		defer other.Stop()
		same(t, "events before any change", waiting(w), nil)
		same(t, "events from version 0", waiting(fresh), []string{"ADDED a/x 1", "ADDED a/z 1"})

		write(t, dir, "a.yaml", pod("x", "2")+"---\n"+badPod("bad")+"---\n"+pod("new", "1"))
		reload(t, s)
		want := []string{"ADDED a/bad undecodable", "ADDED a/new 1", "MODIFIED a/x 2", "DELETED a/z 1"}
		same(t, "events", waiting(w), want)
		same(t, "events of the fresh watch", waiting(fresh), want)
		same(t, "events of another kind", waiting(other), nil)
		replay := startWatch(t, t.Context(), s, podKind, metav1.ListOptions{ResourceVersion: start})
		defer replay.Stop()
		same(t, "events replayed", waiting(replay), want)

		write(t, dir, "a.yaml", pod("x", "2")+"---\n"+pod("bad", "good")+"---\n"+pod("new", "1"))
		reload(t, s)
		same(t, "events when the bad pod is repaired", waiting(w), []string{"MODIFIED a/bad good"})
	})
}

func TestEventVersionsGrowAndCanBeResumedFrom(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t, dir)
		start := version(t, s, podKind)
		write(t, dir, "a.yaml", pod("p", "1")+"---\n"+pod("q", "1"))
		reload(t, s)
		w := startWatch(t, t.Context(), s, podKind, metav1.ListOptions{ResourceVersion: start})
		defer w.Stop()
		first := <-w.ResultChan()
		same(t, "first event", seen(first), "ADDED a/p 1")
		resumed := startWatch(t, t.Context(), s, podKind, metav1.ListOptions{ResourceVersion: first.Object.(object).GetResourceVersion()})
		defer resumed.Stop()
		same(t, "resumed after the first event", waiting(resumed), []string{"ADDED a/q 1", "DELETED a/x 1"})
		if v := version(t, s, podKind); v == start {
			t.Errorf("version is still %s", v)
		}
	})
}

func TestWatchBookmarks(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t, dir)
		marked := startWatch(t, t.Context(), s, podKind, metav1.ListOptions{ResourceVersion: version(t, s, podKind), AllowWatchBookmarks: true})
		defer marked.Stop()
		plain := startWatch(t, t.Context(), s, podKind, metav1.ListOptions{ResourceVersion: version(t, s, podKind)})
		defer plain.Stop()
		same(t, "at first", waiting(marked), nil)
		time.Sleep(bookmarkInterval + time.Second)
		same(t, "after the interval", waiting(marked), []string{"BOOKMARK *v1.Pod"})
		reload(t, s)
		same(t, "after a reading without changes", waiting(marked), []string{"BOOKMARK *v1.Pod"})
		write(t, dir, "a.yaml", pod("x", "2"))
		reload(t, s)
		same(t, "after a reading with a change", waiting(marked), []string{"MODIFIED a/x 2", "BOOKMARK *v1.Pod"})
		reload(t, s)
		mark := <-marked.ResultChan()
		same(t, "version of the bookmark", mark.Object.(object).GetResourceVersion(), version(t, s, podKind))
		same(t, "without asking for bookmarks", waiting(plain), []string{"MODIFIED a/x 2"})
	})
}

// TestWatchEnds relies on the bubble, which fails when a goroutine is left.
func TestWatchEnds(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	timeout := int64(60)
	for name, end := range map[string]func(w watch.Interface, cancel func()){
		"Stop":    func(w watch.Interface, _ func()) { w.Stop(); w.Stop() },
		"context": func(_ watch.Interface, cancel func()) { cancel() },
		"timeout": func(watch.Interface, func()) { time.Sleep(61 * time.Second) },
	} {
		for _, from := range []string{"0", ""} { // with an event nobody takes, and without
			t.Run(name+" from "+from, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, _ := open(t, dir)
					if from == "" {
						from = version(t, s, podKind)
					}
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					w := startWatch(t, ctx, s, podKind, metav1.ListOptions{ResourceVersion: from, TimeoutSeconds: &timeout})
					synctest.Wait()
					end(w, cancel)
					synctest.Wait()
					same(t, "events", waiting(w), []string{"closed"})
				})
			})
		}
	}
}

func TestExpired(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t, dir)
		s.world.memory = 10
		start := version(t, s, podKind)
		slow := startWatch(t, t.Context(), s, podKind, metav1.ListOptions{ResourceVersion: start})
		defer slow.Stop()
		synctest.Wait()
		var many strings.Builder
		for i := range s.world.memory {
			many.WriteString(pod(fmt.Sprintf("p%d", i), "1") + "---\n")
		}
		write(t, dir, "a.yaml", many.String())
		reload(t, s)
		got := waiting(slow)
		same(t, "number of events of a watch left behind", len(got), 2)
		if !strings.Contains(got[0], "ERROR") || !strings.Contains(got[0], "too old or unknown") || got[1] != "closed" {
			t.Errorf("a watch left behind got %v", got)
		}
		for _, v := range []string{start, "1", "99999999", "-1", "tomorrow"} {
			w, err := s.ListWatch(podKind).Watch(metav1.ListOptions{ResourceVersion: v})
			if !apierrors.IsResourceExpired(err) {
				t.Errorf("watch from %q: %v, %v", v, w, err)
			}
		}
		// Kinds without changes keep all their versions.
		w := startWatch(t, t.Context(), s, nsKind, metav1.ListOptions{ResourceVersion: start})
		w.Stop()
	})
}

func TestListOptions(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	s, _ := open(t, dir)
	pods := s.ListWatch(podKind)
	if !pods.IsWatchListSemanticsUnSupported() {
		t.Error("the reflector would wait for streamed lists for ever")
	}
	yes := true
	exact := metav1.ListOptions{ResourceVersion: "1", ResourceVersionMatch: metav1.ResourceVersionMatchExact}
	_, exactErr := pods.List(exact)
	_, labelErr := pods.List(metav1.ListOptions{LabelSelector: "a=b"})
	_, fieldErr := pods.Watch(metav1.ListOptions{FieldSelector: "a=b"})
	_, streamErr := pods.Watch(metav1.ListOptions{SendInitialEvents: &yes})
	_, kindErr := s.ListWatch(schema.GroupVersionKind{Version: "v1", Kind: "Secret"}).List(metav1.ListOptions{})
	for name, ok := range map[string]bool{
		"410 for an old exact version": apierrors.IsResourceExpired(exactErr),
		"400 for a label selector":     apierrors.IsBadRequest(labelErr),
		"400 for a field selector":     apierrors.IsBadRequest(fieldErr),
		"400 for a streamed list":      apierrors.IsBadRequest(streamErr),
		"404 for an unwanted kind":     apierrors.IsNotFound(kindErr),
	} {
		if !ok {
			t.Errorf("not %s: %v %v %v %v %v", name, exactErr, labelErr, fieldErr, streamErr, kindErr)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pods.ListWithContext(ctx, metav1.ListOptions{}); err == nil {
		t.Error("list with an ended context succeeded")
	}
	if _, err := pods.WatchWithContext(ctx, metav1.ListOptions{}); err == nil {
		t.Error("watch with an ended context succeeded")
	}
}
