package informers

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
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

// asked is a source that answers one question after the other.
type asked struct {
	Source
	answers []error
}

func (a *asked) Newest(context.Context, *Kind) (model.Version, error) {
	if len(a.answers) == 0 {
		return 7, nil
	}
	err := a.answers[0]
	a.answers = a.answers[1:]
	return 0, err
}

// TestAsk: an error says nothing about versions, but for that of an API server that does not understand the question.
func TestAsk(t *testing.T) {
	refused := func(code int32, reason metav1.StatusReason) error {
		return &apierrors.StatusError{ErrStatus: metav1.Status{Code: code, Reason: reason}}
	}
	for name, tc := range map[string]struct {
		source Source
		rounds time.Duration
		want   answerable
		errors int
	}{
		"nobody to ask":  {mute{}, 1, incomparable, 0},
		"an answer":      {&asked{}, 1, compared, 0},
		"no answer":      {&asked{answers: []error{errors.New("cut"), refused(500, metav1.StatusReasonInternalError)}}, 2, unasked, 2},
		"not understood": {&asked{answers: []error{refused(406, metav1.StatusReasonNotAcceptable)}}, 1, incomparable, 0},
		"one at last":    {&asked{answers: []error{errors.New("cut")}}, 2, compared, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				errs := 0
				r := &runner{source: tc.source, onError: func(string, string) { errs++ }, life: life{staleAfter: time.Minute, now: time.Now, began: time.Now()}}
				ctx, stop := context.WithTimeout(t.Context(), tc.rounds*r.life.staleAfter/questions-time.Second)
				defer stop()
				w := &observed{}
				if _, ok := tc.source.(asker); ok {
					w.ask = func(ctx context.Context) error { return r.ask(ctx, w) }
				}
				r.askOften(ctx, w)
				if r.life.versions != tc.want || errs != tc.errors {
					t.Errorf("answerable %d after %d errors, want %d after %d", r.life.versions, errs, tc.want, tc.errors)
				}
			})
		})
	}
}
