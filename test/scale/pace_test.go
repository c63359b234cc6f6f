package scale

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"
	"time"
)

const (
	// paceWords is more memory than a processor caches, in words of 4 bytes; paceSteps is how many of them are read, each to know the next;
	// paceBytes is how much is hashed. Together they take some milliseconds.
	paceWords, paceSteps, paceBytes = 16 << 20, 30_000, 4 << 20
	// usualPace is up to how many times as long as at the median the fixed work takes on a machine that is its usual self.
	usualPace = 1.15
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

// atUsualPace picks the scrapes before and after which the fixed work took as long as it usually does; around has one more than took.
func atUsualPace(took, around []time.Duration) (usual []time.Duration) {
	most := usualPace * quantile(around, 0.5)
	for i, d := range took {
		if milliseconds(around[i]) <= most && milliseconds(around[i+1]) <= most {
			usual = append(usual, d)
		}
	}
	return usual
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
	around := []time.Duration{10 * ms, 10 * ms, 12 * ms, 10 * ms, 11 * ms, 9 * ms}
	got := atUsualPace([]time.Duration{1, 2, 3, 4, 5}, around)
	if len(got) != 3 || got[0] != 1 || got[1] != 4 || got[2] != 5 {
		t.Errorf("at the usual pace: %v", got)
	}
}
