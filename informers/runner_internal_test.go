package informers

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
)

// mute is a source whose discovery never answers.
type mute struct{ Source }

func (mute) Served(ctx context.Context, _ *Kind) (bool, error) {
	<-ctx.Done()
	return false, ctx.Err()
}

// TestServedNeverAnswers: discovery that hangs is given up, counted, and asked again, and keeps nobody waiting for the kind. The fault harness
// found kinds that were absent for no reason that anything told, because the question had no end.
func TestServedNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		r := &runner{
			kind: Kind{Optional: true}, source: mute{}, logger: log.NewNopLogger(), servedEvery: servedEvery,
			onError: func(_, reason string) { told = append(told, reason) },
			life:    life{now: time.Now, began: time.Now()},
		}
		ctx, stop := context.WithTimeoutCause(t.Context(), time.Minute+time.Second, errors.New("the test is over"))
		defer stop()
		if r.awaitServed(ctx) {
			t.Error("the kind is said to be served")
		}
		if len(told) != 3 || told[0] != "network" { // ten seconds for the answer, and ten before the next question
			t.Errorf("in a minute it was told of %v", told)
		}
		if got := r.state(); got.Status != Unavailable || got.Reason != "network" {
			t.Errorf("state %+v", got)
		}
	})
}
