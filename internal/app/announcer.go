package app

import (
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// fewNotes is how many notes of one report are said: somebody who may create objects may not fill the log.
const fewNotes = 100

// announcer says in the log what a person should read once: each note once, and again when it comes back.
type announcer struct {
	logger log.Logger

	mu   sync.Mutex
	said map[string]bool
}

func (a *announcer) say(report *posture.Report) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := make(map[string]bool, len(report.Notes))
	for i, note := range report.Notes {
		if i == fewNotes {
			break
		}
		now[note] = true
		if !a.said[note] {
			level.Info(a.logger).Log("msg", note)
		}
	}
	a.said = now
}
