package informers

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func newLife(staleAfter time.Duration) *life {
	return &life{staleAfter: staleAfter, now: time.Now, began: time.Now()}
}

func podAt(version int) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{ResourceVersion: strconv.Itoa(version)}}
}

// TestFollow: a watch goes on for as long as it says something within the patience, and is over when it does not. What it says counts when it is
// a change, or shows that there was none.
func TestFollow(t *testing.T) {
	for name, tell := range map[string]func(fake *watch.FakeWatcher, l *life, i int){
		"changes": func(fake *watch.FakeWatcher, l *life, i int) {
			l.newest(l.moment(), 1000)
			fake.Modify(podAt(i))
		},
		"bookmarks as new as the answer": func(fake *watch.FakeWatcher, l *life, i int) {
			l.newest(l.moment(), model.Version(i+1))
			fake.Action(watch.Bookmark, podAt(i+1))
		},
		"bookmarks while versions cannot be compared": func(fake *watch.FakeWatcher, l *life, _ int) {
			l.newest(l.moment(), 0)
			fake.Action(watch.Bookmark, podAt(1))
			l.heard(l.moment())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, l := watch.NewFake(), newLife(3*time.Minute)
				var fruitless atomic.Bool
				w := follow(fake, l, &fruitless, func(*watch.Event) {})
				for i := range 10 {
					time.Sleep(59 * time.Second)
					go tell(fake, l, i)
					if e, open := <-w.ResultChan(); !open {
						t.Fatalf("it was given up, and got %v", e)
					}
				}
				began := time.Now()
				if e, open := <-w.ResultChan(); open {
					t.Errorf("got %v", e)
				}
				if waited := time.Since(began); waited != time.Minute {
					t.Errorf("gave up after %s", waited)
				}
				if fruitless.Load() {
					t.Error("it is said to have brought nothing")
				}
				if !fake.IsStopped() {
					t.Error("the silent watch was left open")
				}
			})
		})
	}
}

// TestFollowOldBookmarks: bookmarks that repeat a version, while the newest is another, say nothing.
func TestFollowOldBookmarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, l := watch.NewRaceFreeFake(), newLife(3*time.Minute)
		var fruitless atomic.Bool
		w := follow(fake, l, &fruitless, func(*watch.Event) {})
		for range 5 {
			time.Sleep(10 * time.Second)
			l.newest(l.moment(), 7)
			fake.Action(watch.Bookmark, podAt(6))
			<-w.ResultChan()
		}
		began := time.Now()
		if e, open := <-w.ResultChan(); open || time.Since(began) != 10*time.Second {
			t.Errorf("after %s got %v", time.Since(began), e)
		}
		if !fruitless.Load() {
			t.Error("it is said to have brought something")
		}
	})
}

// TestFollowStops: whoever stops a watch need not read what is left in it, and one that ends is over.
func TestFollowStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fruitless atomic.Bool
		fake := watch.NewRaceFreeFake()
		w := follow(fake, newLife(0), &fruitless, func(*watch.Event) {})
		fake.Add(&corev1.Pod{})
		time.Sleep(time.Hour) // without patience it may say nothing for ever
		w.Stop()
		w.Stop()
		if !fake.IsStopped() {
			t.Error("the watch goes on")
		}
		fake = watch.NewRaceFreeFake()
		w = follow(fake, newLife(3*time.Minute), &fruitless, func(*watch.Event) {})
		time.Sleep(time.Second)
		fake.Stop()
		if _, open := <-w.ResultChan(); open || fruitless.Load() {
			t.Error("a watch that has ended goes on, or is said to have had time enough")
		}
	})
}

// TestSilence: after a watch that stopped to speak another is opened from where it was, and after one that never spoke the kind is listed, from
// what etcd has.
func TestSilence(t *testing.T) {
	for _, test := range []struct {
		staleAfter, lasts time.Duration
		timeout           int64
	}{{6 * time.Minute, 2 * time.Minute, 300}, {30 * time.Second, 10 * time.Second, 10}} {
		synctest.Test(t, func(t *testing.T) {
			var asked []metav1.ListOptions
			var told []error
			o := &observed{
				ListerWatcher: &cache.ListWatch{
					WatchFuncWithContext: func(_ context.Context, options metav1.ListOptions) (watch.Interface, error) {
						asked = append(asked, options)
						return watch.NewRaceFreeFake(), nil
					},
					ListWithContextFunc: func(_ context.Context, options metav1.ListOptions) (runtime.Object, error) {
						asked = append(asked, options)
						return &corev1.PodList{ListMeta: metav1.ListMeta{ResourceVersion: "9"}}, nil
					},
				},
				life: newLife(test.staleAfter), onError: func(err error) { told = append(told, err) }, onUnavailable: func(error) {},
			}
			list := func(options metav1.ListOptions) {
				if _, err := o.ListWithContext(t.Context(), options); err != nil {
					t.Fatal(err)
				}
			}
			options := metav1.ListOptions{ResourceVersion: "5", TimeoutSeconds: new(int64(300)), AllowWatchBookmarks: true}
			open := func() watch.Interface {
				w, err := o.WatchWithContext(t.Context(), options)
				if err != nil {
					t.Fatal(err)
				}
				return w
			}
			list(options)
			w := open()
			if last := asked[len(asked)-1]; last.ResourceVersion != "5" || *last.TimeoutSeconds != test.timeout {
				t.Errorf("asked for %v", last)
			}
			time.Sleep(time.Second)
			o.life.changed()
			began := time.Now()
			for range 2 {
				if e, more := <-w.ResultChan(); more || len(told) > 0 {
					t.Fatalf("got %v, and told %v", e, told)
				}
				if lasted := time.Since(began); lasted != test.lasts {
					t.Errorf("it lasted %s, want %s", lasted, test.lasts)
				}
				began, w = time.Now(), open()
			}
			e := <-w.ResultChan()
			if err := apierrors.FromObject(e.Object); e.Type != watch.Error || !apierrors.IsResourceExpired(err) {
				t.Errorf("got %v", e)
			}
			if len(told) != 1 || !errors.Is(told[0], ErrStalled) || Reason(told[0]) != "stalled" {
				t.Errorf("told %v", told)
			}
			options.ResourceVersionMatch = metav1.ResourceVersionMatchNotOlderThan
			list(options)
			if last := asked[len(asked)-1]; last.ResourceVersion != "" || last.ResourceVersionMatch != "" {
				t.Errorf("asked for %v", last)
			}
			options.SendInitialEvents = new(true)
			open().Stop()
			if last := asked[len(asked)-1]; last.ResourceVersion != "" || last.ResourceVersionMatch == "" || *last.TimeoutSeconds != 300 {
				t.Errorf("asked for %v", last)
			}
			options.SendInitialEvents = nil
			open().Stop()
			list(options)
			if last := asked[len(asked)-1]; last.ResourceVersion != "5" {
				t.Errorf("asked for %v, after a watch that was opened", last)
			}
		})
	}
}
