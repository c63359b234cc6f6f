package informers

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// ErrStalled says that watches of a kind have said nothing for too long, not even a bookmark.
var ErrStalled = errors.New("no event and no bookmark")

// life is how old what is cached of a kind may be.
//
// That something is received proves little: it may have waited on a slow connection, or belong to a list of which the rest is still to come.
// So the source is asked now and then which version is the newest, and once the cache has come as far, it is known to be as new as that
// question. Not even a list counts: an API server may answer it from what it remembers, and it is received before it is in the cache. Only
// where it is known that versions cannot be asked for or compared do lists, events and bookmarks count as they come.
type life struct {
	// staleAfter is for how long a kind is believed; 0 is for ever, as for manifests, which say nothing until they change.
	staleAfter time.Duration
	now        func() time.Time
	// began is where time is measured from, as it passes, whatever is done to the clock. fresh is the moment as of which the cache is known to
	// be complete, in nanoseconds after began.
	began time.Time
	fresh atomic.Int64
	// last is the time of the last answer, that a watch is opened included, in milliseconds; 0 before the first.
	last atomic.Int64
	// spoke is when the last change came, in nanoseconds after began, and seen the version of whatever came last, bookmarks and lists included.
	spoke atomic.Int64
	seen  atomic.Uint64

	mu sync.Mutex
	// asked are the questions whose answer the cache has not reached, in the order of time.
	asked    []question
	versions answerable
	// told is as of when the last thing was that came before anybody knew whether versions can be compared.
	told time.Duration
}

// answerable says whether the source tells versions that can be compared.
type answerable uint8

const (
	unasked answerable = iota
	incomparable
	compared
)

// question is the newest version of a kind at a moment.
type question struct {
	at      time.Duration
	version model.Version
}

// moment is now, as it is measured.
func (l *life) moment() time.Duration { return time.Since(l.began) }

// complete notes that the cache has everything up to a moment.
func (l *life) complete(at time.Duration) {
	for {
		before := l.fresh.Load()
		if int64(at) <= before || l.fresh.CompareAndSwap(before, int64(at)) {
			return
		}
	}
}

// answered notes that the source has said something, which need not be about the kind's objects.
func (l *life) answered() { l.last.Store(l.now().UnixMilli()) }

// heard notes an event, a bookmark or the end of a list, and as of which moment it says something.
func (l *life) heard(at time.Duration) {
	l.answered()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.versions {
	case unasked:
		l.told = max(l.told, at)
	case incomparable:
		l.complete(at)
	}
}

// newest notes which version the source said was the newest when it was asked. 0 cannot be compared.
func (l *life) newest(at time.Duration, version model.Version) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if version == 0 {
		l.versions = incomparable
		l.complete(l.told)
		return
	}
	l.versions = compared
	if len(l.asked) == maxQuestions { // whoever is that far behind is stale, unless nobody has looked
		l.asked = slices.Delete(l.asked, 0, 1)
	}
	l.asked = append(l.asked, question{at, version})
}

// reached notes how far the cache has come.
func (l *life) reached(version model.Version) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = slices.DeleteFunc(l.asked, func(q question) bool {
		if q.version <= version {
			l.complete(q.at)
		}
		return q.version <= version
	})
}

// begin forgets the questions that the informer before has not answered: what they ask may be
// another past.
func (l *life) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = nil
	l.seen.Store(0)
}

// maxQuestions is how many questions are remembered: five are asked in the time after which a kind is stale.
const maxQuestions, questions = 16, 5

// stale says that what is cached may be older than anybody should believe.
func (l *life) stale() bool {
	return l.staleAfter > 0 && l.moment()-time.Duration(l.fresh.Load()) > l.staleAfter
}

// lastEvent is the time of the last answer, zero before the first.
func (l *life) lastEvent() time.Time {
	if ms := l.last.Load(); ms > 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// changed notes that something came that is not just a version.
func (l *life) changed() { l.spoke.Store(int64(l.moment())) }

// silent is for how long nothing of the kind has come, nor anything that shows that there was nothing to come. A bookmark shows that only when
// it is as new as the answer to a question: API servers without progress notifications of etcd repeat what they last saw.
func (l *life) silent() time.Duration {
	seen, heard := model.Version(l.seen.Load()), max(l.spoke.Load(), l.fresh.Load())
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range l.asked {
		if q.version <= seen {
			heard = max(heard, int64(q.at))
		}
	}
	return l.moment() - time.Duration(heard)
}

// patience is for how long a watch may say nothing before another one is opened: a third of the time after which the kind is stale. When that
// one says nothing either, there is another third to list the kind anew in.
func (l *life) patience() time.Duration { return l.staleAfter / 3 }
