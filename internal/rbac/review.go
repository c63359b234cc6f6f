package rbac

import (
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// ReviewRule says how a review of a binding is recorded, and how long one holds.
type ReviewRule struct {
	// Annotation is the key of the annotation that holds the date of the last review.
	Annotation string
	// Period is how long a review holds.
	Period time.Duration
}

// Review is what is known of the reviews of one binding.
type Review struct {
	// At is when the binding was last reviewed; zero when it never was, or nobody can tell.
	At time.Time
	// Text is what the annotation holds; empty when there is none.
	Text string
	// Problem says why the annotation that is there does not count; empty when it does or there is none.
	Problem string
	// Due is when the next review is due: a period after the last one, or after the binding was made.
	Due time.Time
}

// Overdue says whether the review was due before now.
func (r Review) Overdue(now time.Time) bool { return r.Due.Before(now) }

// Of reads the annotation: a date (YYYY-MM-DD, in UTC) or a moment (RFC 3339). One that is malformed or in the future is no review.
func (rule ReviewRule) Of(b *model.Binding, now time.Time) Review {
	r := Review{Due: b.Created.Add(rule.Period)}
	text, ok := model.Label(b.Annotations, rule.Annotation)
	if !ok || rule.Annotation == "" {
		return r
	}
	r.Text = text
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		at, err = time.Parse(time.RFC3339, text)
	}
	switch {
	case err != nil:
		r.Problem = "neither YYYY-MM-DD nor RFC 3339"
	case at.After(now):
		r.Problem = "in the future"
	default:
		r.At, r.Due = at.UTC(), at.Add(rule.Period).UTC()
	}
	return r
}
