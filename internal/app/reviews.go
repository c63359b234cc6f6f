package app

import (
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// reviews says in the log which review annotations do not count: once each, and again when one is written anew and is still wrong.
type reviews struct {
	logger log.Logger

	mu   sync.Mutex
	said map[reviewProblem]bool
}

type reviewProblem struct{ kind, namespace, name, text, problem string }

func (r *reviews) say(report *posture.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := make(map[reviewProblem]bool)
	for _, b := range report.Privileged {
		if b.Review.Problem == "" {
			continue
		}
		p := reviewProblem{b.Kind, b.Namespace, b.Name, b.Review.Text, b.Review.Problem}
		now[p] = true
		if !r.said[p] {
			level.Warn(r.logger).Log("msg", "the date of a review does not count: the binding is treated as not reviewed; write YYYY-MM-DD or RFC 3339",
				"kind", p.kind, "namespace", p.namespace, "name", p.name, "date", p.text, "err", p.problem)
		}
	}
	r.said = now
}
