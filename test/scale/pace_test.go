package scale

import (
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const (
	// paceWords is more memory than a processor caches, in words of 4 bytes; paceSteps is how many of them are read, each to know the next;
	// paceBytes is how much is hashed. Together they take some milliseconds.
	paceWords, paceSteps, paceBytes = 16 << 20, 30_000, 4 << 20
	// usualPace is up to how many times as long as at the median the fixed work takes on a machine that is its usual self.
	usualPace = 1.15
	// usualShare is how much of a processor others have while a machine is its usual self. The kernel counts in steps of 10 ms.
	usualShare = 0.25
)

// pacer does the same work again and again: it reads memory here and there and computes, as a scrape does. What makes it slow, another
// program or whatever else the real machine below a virtual one has to do, makes scrapes slow.
type pacer struct {
	next []uint32
	text []byte
	at   uint32
	sum  byte
}

// newPacer lays out a way through memory that is one circle: each word says which is the next.
func newPacer() *pacer {
	p := &pacer{next: make([]uint32, paceWords), text: make([]byte, paceBytes)}
	random := rand.New(rand.NewPCG(1, 1))
	for i := range p.next {
		p.next[i] = uint32(i)
	}
	for i := len(p.next) - 1; i > 0; i-- {
		j := random.IntN(i)
		p.next[i], p.next[j] = p.next[j], p.next[i]
	}
	return p
}

// work does it, and says how long it took.
func (p *pacer) work() time.Duration {
	began := time.Now()
	for range paceSteps {
		p.at = p.next[p.at]
	}
	sum := sha256.Sum256(p.text)
	p.sum += sum[0]
	return time.Since(began)
}

// moment is a scrape: how long it took, and how much of the processors others than the exporter had meanwhile, the harness among them.
type moment struct{ took, others time.Duration }

// usual picks the scrapes of a machine that was its usual self: before and after them the fixed work took as long as it usually does, and
// meanwhile others had little of the processors. around has one more than scrapes.
func usual(scrapes []moment, around []time.Duration) (took []time.Duration) {
	most := usualPace * quantile(around, 0.5)
	for i, s := range scrapes {
		if milliseconds(around[i]) <= most && milliseconds(around[i+1]) <= most && s.others.Seconds() <= usualShare*s.took.Seconds() {
			took = append(took, s.took)
		}
	}
	return took
}

func TestPace(t *testing.T) {
	p := newPacer()
	seen, at := 0, uint32(0)
	for first := true; first || at != 0; first = false {
		at = p.next[at]
		seen++
	}
	if seen != paceWords {
		t.Errorf("the circle has %d of %d words", seen, paceWords)
	}
	before := p.at
	if p.work() <= 0 || p.at == before {
		t.Error("nothing is done")
	}
	const ms = time.Millisecond
	around := []time.Duration{10 * ms, 10 * ms, 12 * ms, 10 * ms, 11 * ms, 9 * ms, 10 * ms}
	got := usual([]moment{{100, 0}, {200, 0}, {300, 0}, {400, 100}, {500, 0}, {600, 151}}, around)
	if want := []time.Duration{100, 400, 500}; !slices.Equal(got, want) {
		t.Errorf("as usual: %v, want %v", got, want)
	}
}
