package leaks

import (
	"sort"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/watch"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

const (
	// kept is how many events of a kind a watch can be resumed from; whoever asks for older ones is told that they have expired.
	kept = 4096
	// lead is how many events of a kind may wait for whoever watches it. The rest is in buffers of the connection.
	lead = 1024
	// firstVersion is that of an empty cluster: 0 has a meaning of its own.
	firstVersion = 1
)

// journal is what the server has of one kind: the objects, and the last events. One goroutine writes it.
type journal struct {
	kind informers.Kind

	mu      sync.Mutex
	changed *sync.Cond // by whatever somebody may wait for
	// objects are encoded as they are now.
	objects map[string][]byte
	ring    []record
	// Events are numbered from 0; those from first to before next are in the ring.
	first, next uint64
	// last is the version of the last event, trimmed that of the last one that is not in the ring any more.
	last, trimmed uint64

	readers map[*reader]bool
	round   int // a reader of an earlier one ends
	closed  bool
	// expiring says that the next watch finds its version too old, and streams how many lists were asked for as a stream.
	expiring bool
	streams  int
	taking
}

type record struct {
	version uint64
	frame   []byte
}

// taking says how many events the client has taken, by what it says itself: a request names the version up to which it has everything.
type taking struct {
	met bool
	// base is the first event after the first list; acknowledged is the first that it has not said to have.
	base, acknowledged uint64
	// skipped are those that it has never got as events, because a list came in between. idle is where the last watch ended.
	skipped, idle uint64

	// Lists is how often it listed, by either way; Resumed how often it went on where a watch had ended; Expired how often it could not.
	Lists, Resumed, Expired int
}

// reader is a watch. at is the next event that it gets.
type reader struct {
	at         uint64
	round      int
	bookmarked time.Time
	ended      bool
}

func newJournal(k *informers.Kind) *journal {
	j := &journal{kind: *k, objects: make(map[string][]byte), ring: make([]record, kept), readers: make(map[*reader]bool)}
	j.last, j.trimmed = firstVersion, firstVersion
	j.changed = sync.NewCond(&j.mu)
	return j
}

// add adds an event and waits while too many are waiting.
func (j *journal) add(key string, what watch.EventType, version uint64, encoded, frame []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for full := j.waiting() >= lead; full && !j.closed; full = j.waiting() >= lead/2 {
		j.changed.Wait()
	}
	if j.next-j.first == kept {
		j.trim(j.first + 1)
	}
	slot := j.at(j.next)
	slot.version, slot.frame = version, append(slot.frame[:0], frame...)
	j.next++
	j.last = version
	if what == watch.Deleted {
		delete(j.objects, key)
	} else {
		j.objects[key] = encoded
	}
	j.changed.Broadcast()
}

// waiting is how many events the slowest watch has not got; between two watches they are counted from where the last one ended.
func (j *journal) waiting() (most uint64) {
	if len(j.readers) == 0 && j.met {
		return j.next - j.idle
	}
	for r := range j.readers {
		most = max(most, j.next-r.at)
	}
	return most
}

func (j *journal) at(n uint64) *record { return &j.ring[n%kept] }

// trim forgets the events before the given one.
func (j *journal) trim(first uint64) {
	if first > j.first {
		j.trimmed, j.first = j.at(first-1).version, first
	}
}

// after is the first event that is later than a version.
func (j *journal) after(version uint64) uint64 {
	n := sort.Search(int(j.next-j.first), func(i int) bool { return j.at(j.first+uint64(i)).version > version })
	return j.first + uint64(n)
}

// hears notes that a client has everything up to a version.
func (j *journal) hears(version uint64) {
	if version >= j.trimmed {
		j.acknowledged = max(j.acknowledged, j.after(version))
	}
}

// listed notes that a client is given everything by a list.
func (j *journal) listed(version uint64) {
	j.Lists++
	if !j.met {
		j.met, j.base, j.acknowledged, j.idle = true, j.next, j.next, j.next
		return
	}
	j.hears(version)
	j.skipped += j.next - j.acknowledged
	j.acknowledged, j.idle = j.next, j.next
}

// list is everything that there is, its version, and the watch that goes on from there when one is asked for.
func (j *journal) list(version uint64, follow bool) (encoded [][]byte, at string, r *reader) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, data := range j.objects {
		encoded = append(encoded, data)
	}
	j.listed(version)
	if follow {
		r = j.open(j.next)
	}
	j.changed.Broadcast()
	return encoded, strconv.FormatUint(j.last, 10), r
}

// resume goes on after a version; it returns nil when what came after it is not known any more.
func (j *journal) resume(version uint64) *reader {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.hears(version)
	// Where a watch expires, something has happened that it has not told of.
	for deadline := time.Now().Add(expiryWait); j.expiring && j.after(version) == j.next && !j.closed && time.Now().Before(deadline); {
		j.changed.Wait()
	}
	if j.expiring {
		j.expiring = false
		j.trim(j.next)
	}
	if version < j.trimmed {
		j.Expired++
		return nil
	}
	j.Resumed++
	return j.open(j.after(version))
}

func (j *journal) open(at uint64) *reader {
	r := &reader{at: at, round: j.round, bookmarked: time.Now()}
	j.readers[r] = true
	return r
}

// expiryWait is how long a watch that shall expire is kept waiting for an event that it would miss.
const expiryWait = 5 * time.Second

func (j *journal) close(r *reader) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.readers, r)
	j.idle = r.at
	j.changed.Broadcast()
}

// take appends the next events to a buffer, as many as fit, and waits for the first. It returns the version of the last of them, and whether
// the watch has come to its end, or a bookmark is due.
func (j *journal) take(r *reader, into []byte) (out []byte, version uint64, over, due bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for {
		over = j.closed || r.ended || r.round != j.round || r.at < j.first
		due = time.Since(r.bookmarked) >= bookmarkEvery
		if over || due || r.at < j.next {
			break
		}
		j.changed.Wait()
	}
	for !over && r.at < j.next && len(into)+len(j.at(r.at).frame) <= cap(into) {
		into = append(into, j.at(r.at).frame...)
		r.at++
	}
	if due {
		r.bookmarked = time.Now()
	}
	version = j.trimmed
	if r.at > j.first {
		version = j.at(r.at - 1).version
	}
	j.changed.Broadcast()
	return into, version, over, due
}

// end ends every watch, as a server does after a while. Those that come back find their version too old when they expire.
func (j *journal) end(expire bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.round++
	j.expiring = j.expiring || expire
	j.changed.Broadcast()
}

// stop ends a watch, or every wait for good when it is nil.
func (j *journal) stop(r *reader) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r == nil {
		j.closed = true
	} else {
		r.ended = true
	}
	j.changed.Broadcast()
}

// wake lets everybody look at the clock.
func (j *journal) wake() { j.changed.Broadcast() }

// counts says how many events there were since the first list, and how many of them were never given as events.
func (j *journal) counts() (events, skipped uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.met {
		events = j.next - j.base
	}
	return events, j.skipped
}

// said is what clients have said so far, and how many objects there are.
func (j *journal) said() (taking, int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.taking, len(j.objects)
}
