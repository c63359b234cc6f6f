package faults

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

const (
	// staleAfter is after which time without a sign of life an exporter says that it does not know. It is longer than the ten seconds for
	// which an exporter believes that a kind is not served.
	staleAfter = 25 * time.Second
	// lag is how old a number may be.
	lag = staleAfter + 2*time.Second
	// reasoned is for how long an error is a reason for a kind to be absent: kinds that are refused are tried every half minute.
	reasoned = lag + 45*time.Second
	// youth is how long a process may need to list everything, while nothing has failed.
	youth = 30 * time.Second
	// comesBack is for how long an exporter may not be ready.
	comesBack = 2 * time.Minute
)

// said is what a scrape says of the exporter itself, by resource.
type said struct {
	synced, versions, errors map[string]uint64
	ready                    bool
}

func read(text string) said {
	s := said{synced: map[string]uint64{}, versions: map[string]uint64{}, errors: map[string]uint64{}}
	for line := range strings.Lines(text) {
		name, ours := strings.CutPrefix(line, collector.Namespace)
		if !ours {
			continue
		}
		s.ready = s.ready || strings.HasPrefix(name, "cluster_info{")
		family, rest, _ := strings.Cut(name, "{")
		into := map[string]map[string]uint64{"informer_synced": s.synced, "informer_resource_version": s.versions, "watch_errors_total": s.errors}[family]
		if into == nil {
			continue
		}
		_, after, _ := strings.Cut(rest, `resource="`)
		resource, _, _ := strings.Cut(after, `"`)
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' ')+1:]), 64)
		if err == nil {
			into[resource] += uint64(value)
		}
	}
	return s
}

// judge holds the scrapes of one exporter against the truth.
type judge struct {
	oracle *oracle
	// process is when the one was started that was last looked at; errors are its counters, and changed when each last was.
	process time.Time
	errors  map[string]uint64
	changed map[string]time.Time
	// ready is when it was last ready.
	ready time.Time
	// partial is when some kind was last absent.
	partial time.Time
	tally   tally
	// lacks is what the last scrape has not: kinds, and the changes of some.
	lacks []string
}

// tally counts what was judged.
type tally struct {
	judged, whole, partial, notReady, unversioned int

	mixed  int            // not judged, because kinds may be of the past before a restore
	absent map[string]int // kinds that were, by resource
	worst  time.Duration  // lag
}

// look judges one scrape. current says that it has every kind, right and with its last change.
func (j *judge) look(s scraped) (current bool, err error) {
	says := read(s.text)
	j.remember(s, says)
	lines := postureLines(s.text)
	if err := enforcersNamed(lines); err != nil {
		return false, err
	}
	if !says.ready {
		j.tally.notReady++
		switch {
		case len(lines) > 0:
			return false, fmt.Errorf("posture before it is ready:\n%s", difference(nil, lines))
		case s.began.Sub(j.ready) > comesBack:
			return false, fmt.Errorf("it has not been ready for %s", s.began.Sub(j.ready))
		}
		return false, nil
	}
	j.ready = s.began
	before, picks := j.tally, j.oracle.ledger.picks(s.began)
	for _, p := range picks {
		j.tally = before
		j.tally.absent = maps.Clone(before.absent)
		if current, err = j.lookAs(s, says, lines, p); err == nil {
			return current, nil
		}
	}
	if j.tally = before; len(picks) > 1 {
		// For as long as the past before a restore may be believed, each kind may be of either: an
		// outage has each relisted by itself.
		j.tally.mixed++
		return false, nil
	}
	return false, err
}

// lookAs judges a scrape as one about some past.
func (j *judge) lookAs(s scraped, says said, lines map[string]bool, p pick) (current bool, err error) {
	for _, k := range informers.Table() {
		if err := j.oracle.ledger.await(p.of(&k), says.versions[k.String()]); err != nil {
			return false, err
		}
	}
	c, whole, err := j.cut(s, says, p)
	if err != nil || c == nil {
		return false, err
	}
	j.tally.judged++
	if whole {
		j.tally.whole++
	} else {
		j.tally.partial++
		j.partial = s.began
	}
	if err := j.compare(s, c, lines); err != nil {
		return false, err
	}
	return whole && j.complete(c), nil
}

// enforcersNamed fails when a network plugin is named: whatever the history calls its DaemonSets,
// they are in namespaces of tenants, and no other engine is there.
func enforcersNamed(lines map[string]bool) error {
	for line := range lines {
		name, info := strings.CutPrefix(line, collector.Namespace+"network_policy_enforcer_info{name=")
		if info && !strings.HasPrefix(name, `"none"`) && !strings.HasPrefix(name, `"unknown"`) {
			return fmt.Errorf("an impostor is believed to enforce: %s", line)
		}
	}
	return nil
}

func (p pick) of(k *informers.Kind) int {
	if k.Optional {
		return p.optional
	}
	return p.builtIn
}

// pick is which past a scrape is about: the optional kinds may still be of the one before, or
// already of the next.
type pick struct{ builtIn, optional int }

// picks are those that a scrape may be about, the one before a restore as long as it may be
// believed.
func (l *ledger) picks(began time.Time) []pick {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.pasts) - 1
	if n == 0 || l.pasts[n].began.Before(began.Add(-lag)) {
		return []pick{{n, n}}
	}
	return []pick{{n - 1, n - 1}, {n - 1, n}, {n, n - 1}, {n, n}}
}

// compare tries what may have been served: when groups of custom resources have come or gone of late, nobody can say which an exporter knew.
func (j *judge) compare(s scraped, c *cut, lines map[string]bool) error {
	var first string
	// An API server that has just started tells its version to nobody, and is asked again after ten seconds; nor does one that cannot be reached.
	c.versionless = strings.Contains(s.text, `kubernetes_version="unknown"`) && (s.began.Sub(s.process) < youth || s.began.Sub(j.partial) < youth)
	// What was true when it was asked, or when it answered: a pod may have settled in between.
	for _, now := range []time.Time{s.now, s.ended} {
		for _, groups := range append(j.oracle.ledger.groups(s.began.Add(-lag)), nil) {
			c.groups = groups
			want, err := j.oracle.expect(*c, now)
			if err != nil {
				return err
			}
			d := difference(want, lines)
			if d == "" {
				return nil
			}
			if first == "" {
				first = d
			}
		}
	}
	return fmt.Errorf("it is not what the cluster was at revisions %v:\n%s", c.versions, first)
}

// complete says that nothing has happened since what a cut has.
func (j *judge) complete(c *cut) bool {
	for k := range c.versions {
		if at, missing := j.oracle.ledger.missing(c.pasts[k], model.Kind(k), c.versions[k]); missing && c.versions[k] > 0 {
			j.lacks = append(j.lacks, fmt.Sprintf("the change of %v at %s", model.Kind(k), at))
		}
	}
	return len(j.lacks) == 0
}

// remember notes what was counted, and when.
func (j *judge) remember(s scraped, says said) {
	if !s.process.Equal(j.process) {
		j.process, j.errors, j.changed, j.ready = s.process, map[string]uint64{}, map[string]time.Time{}, s.process
	}
	for resource, n := range says.errors {
		if n != j.errors[resource] {
			j.errors[resource], j.changed[resource] = n, s.began
		}
	}
}

// cut says what of the cluster a scrape shows, nil when it does not say itself. whole is false when some kind is absent.
func (j *judge) cut(s scraped, says said, p pick) (c *cut, whole bool, err error) {
	c, whole = &cut{}, true
	j.lacks = nil
	unversioned := false
	for _, k := range informers.Table() {
		resource := k.String()
		synced, mentioned := says.synced[resource]
		version := says.versions[resource]
		was, wasNot := true, false
		if k.Optional {
			was, wasNot = j.oracle.ledger.served(&k, s.began.Add(-lag))
		}
		switch {
		case !mentioned && !wasNot:
			return nil, false, fmt.Errorf("%s are said to be not served, and are", resource)
		case !mentioned:
			c.have[k.Kind] = true
		case synced == 0:
			whole = false
			j.lacks = append(j.lacks, resource)
			j.tally.absent[resource]++
			// A kind whose definition came or went a moment ago is absent although nothing failed.
			if !(was && wasNot) && s.began.Sub(s.process) > youth && s.began.Sub(j.changed[resource]) > reasoned {
				return nil, false, fmt.Errorf("%s are absent, and nothing failed since %s", resource, j.changed[resource])
			}
		case !was:
			return nil, false, fmt.Errorf("%s are said to be served, and are not", resource)
		case version == 0:
			unversioned = true
		default:
			c.have[k.Kind], c.versions[k.Kind], c.pasts[k.Kind] = true, version, p.of(&k)
			at, missing := j.oracle.ledger.missing(p.of(&k), k.Kind, version)
			if age := s.began.Sub(at); missing && age > 0 {
				if j.tally.worst = max(j.tally.worst, age); age > lag {
					return nil, false, fmt.Errorf("%s lack a change of %s ago", resource, age)
				}
			}
		}
	}
	if unversioned {
		j.tally.unversioned++
		return nil, whole, nil
	}
	return c, whole, nil
}
