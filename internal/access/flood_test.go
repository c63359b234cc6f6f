package access_test

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/access"
)

// flood sends made-up tokens from one address until its queue is full, and returns what waits for
// its callers to end.
func (w *world) flood(t *testing.T, address string) (wait func()) {
	t.Helper()
	var all sync.WaitGroup
	made := 0
	madeUp := func() string { made++; return fmt.Sprintf("Bearer made-up-%s-%d", address, made) }
	// The clock stands still: there is no other turn than those of a quiet time.
	for range 100 {
		if got := w.askFrom(address, "GET", "/metrics", madeUp()); got.Code != 401 {
			t.Fatalf("got %d %s", got.Code, got.Body)
		}
	}
	for range 64 {
		token := madeUp()
		all.Go(func() { w.askFrom(address, "GET", "/metrics", token) })
	}
	w.await(t, 64)
	if got := w.askFrom(address, "GET", "/metrics", madeUp()); got.Code != 503 || got.Header().Get("Retry-After") != "1" {
		t.Errorf("more of the flood: got %d %s %v", got.Code, got.Body, got.Header())
	}
	return all.Wait
}

// await waits until so many callers wait for a turn.
func (w *world) await(t *testing.T, waiting int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); w.guard.Waiting() != waiting; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d callers wait, want %d", w.guard.Waiting(), waiting)
		}
	}
}

// TestFlood: made-up tokens neither reach the API server without bound nor take the place of one
// that is known.
func TestFlood(t *testing.T) {
	w := newWorld(t, nil)
	if got := w.askFrom("192.0.2.7", "GET", "/metrics", "Bearer good"); got.Code != 200 {
		t.Fatalf("got %d", got.Code)
	}
	w.clock.move(time.Second) // the turns that this took are there again
	before := w.api.count()
	wait := w.flood(t, "192.0.2.1")
	if n := w.api.count() - before; n != 100 {
		t.Errorf("the API server was asked %d times, want 100", n)
	}
	if got := w.askFrom("192.0.2.7", "GET", "/metrics", "Bearer good"); got.Code != 200 {
		t.Errorf("a known token: got %d %s", got.Code, got.Body)
	}
	w.clock.move(access.AllowedFor + time.Second)
	wait()
	if got := w.askFrom("192.0.2.7", "GET", "/metrics", "Bearer good"); got.Code != 200 {
		t.Errorf("a known token, when it has to be asked about again: got %d %s", got.Code, got.Body)
	}
}

// TestNewTokenDuringAFlood: a valid token that is new, as after a rotation, gets in within a few
// turns, whatever waits from elsewhere.
func TestNewTokenDuringAFlood(t *testing.T) {
	for name, from := range map[string]string{"from an address that was not there before": "198.51.100.1", "from the address of the old token": "198.51.100.2"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.api.users["rotated"] = "prometheus-rotated"
			w.api.may = append(w.api.may, "prometheus-rotated get /metrics")
			w.askFrom("198.51.100.2", "GET", "/metrics", "Bearer good")
			w.clock.move(time.Second)
			wait := w.flood(t, "192.0.2.1")
			before, got := w.api.count(), make(chan *httptest.ResponseRecorder)
			go func() { got <- w.askFrom(from, "GET", "/metrics", "Bearer rotated") }()
			w.await(t, 65)
			w.clock.move(2 * 50 * time.Millisecond) // one turn is the flood's, the other is for the TokenReview
			w.await(t, 64)                          // what waits now is 63 of the flood, and the SubjectAccessReview
			w.clock.move(2 * 50 * time.Millisecond)
			select {
			case answer := <-got:
				if answer.Code != 200 {
					t.Errorf("got %d %s", answer.Code, answer.Body)
				}
			case <-time.After(time.Minute):
				t.Fatal("the new token still waits")
			}
			w.await(t, 62)
			if n := w.api.count() - before; n > 4 {
				t.Errorf("the API server was asked %d times in four turns", n)
			}
			w.clock.move(time.Minute)
			wait()
		})
	}
}
