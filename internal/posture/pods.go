package posture

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// podPass goes over the pods that are alike once, owner by owner. They have equal verdicts, so they are counted as one with a multiplicity.
type podPass struct {
	t     *tally
	joins *joins
	podFacts
	// account is the ServiceAccount that was noted last.
	account account

	// both are the checks at ingest and those by facts: their verdicts share the same bits.
	both, facts, containers []*check.Entry
	// linux are the bits of the checks that do not apply to pods on Windows.
	linux uint64

	ns         int32
	run        model.Verdicts
	length     int
	found      []int
	containing [model.MaxContainerChecks][model.ContainerPatterns]int

	joined    joinKey
	joinedAs  model.Verdicts
	haveJoins bool
	said      check.Report
}

// podFacts is what pods tell about other objects.
type podFacts struct {
	violations violations
	// accounts are the ServiceAccounts that pods run as; unread are the namespaces with a pod of which nobody knows as what it runs.
	accounts map[account]bool
	unread   map[string]bool
}

type account struct{ ns, name model.Sym }

// joinKey is everything about a pod that its joined verdicts depend on, within one namespace.
type joinKey struct {
	labels         model.LabelSet
	serviceAccount model.Sym
	flags          model.PodFlags
}

func countPods(t *tally, owners *owners, j *joins) podFacts {
	alone, facts, containers := t.settings.set.PodEntries()
	p := &podPass{t: t, joins: j, found: make([]int, len(t.enabled)), podFacts: podFacts{
		violations: newViolations(t), accounts: make(map[account]bool), unread: make(map[string]bool),
	}}
	keep := func(list []*check.Entry) (kept []*check.Entry) {
		for _, e := range list {
			if t.enabled[e.Index] != 0 {
				kept = append(kept, e)
			}
		}
		return kept
	}
	p.facts, p.containers = keep(facts), keep(containers)
	p.both = append(keep(alone), p.facts...)
	p.linux = t.settings.set.LinuxOnly()
	finished := owners.each(func(o Object, places []int32) {
		t.begin(o)
		p.ns, p.haveJoins = o.Namespace, false
		for _, at := range places {
			p.pods(&owners.alike[at], at)
		}
		p.finish()
	})
	for _, at := range finished {
		pod := owners.alike[at].pod
		p.note(pod.NS, pod.Of().ServiceAccount) // a finished pod has run as somebody
	}
	return p.podFacts
}

// note notes a pod's ServiceAccount as in use. Replicas stand together and share theirs.
func (p *podPass) note(ns, name model.Sym) {
	if a := (account{ns, name}); a != p.account {
		p.account = a
		p.accounts[a] = true
	}
}

func (p *podPass) pods(a *alike, at int32) {
	pod, many := a.pod, int(a.n)
	r := pod.Of()
	v := r.Verdicts
	if r.Is(model.BrokenPod) {
		p.unread[pod.Namespace()] = true
	} else {
		p.note(pod.NS, r.ServiceAccount)
		v = v.Or(p.join(pod, &r, at))
		if a.windows {
			v.Fail &^= p.linux
		}
	}
	p.violations.add(p.ns, v)
	if p.length > 0 && v != p.run {
		p.flush()
	}
	p.run = v
	p.length += many
	for _, e := range p.containers {
		counts := &r.Containers[e.Container]
		if v.Unknown&e.Bits() != 0 {
			n := 0
			for _, c := range counts {
				n += int(c)
			}
			// A pod that could not be decoded has at least one container.
			p.t.add(e, said{unknowns: e.Mask(""), n: many * max(n, 1)})
			continue
		}
		for pattern, n := range counts {
			p.containing[e.Container][pattern] += many * int(n)
		}
	}
}

// flush counts a run of pods with equal verdicts.
func (p *podPass) flush() {
	if p.length == 0 {
		return
	}
	for _, e := range p.both {
		s := said{fails: uint16(p.run.Fail >> e.Slot), unknowns: uint16(p.run.Unknown >> e.Slot), skips: uint16(p.run.Skip >> e.Slot), n: p.length}
		p.found[e.Index] += p.t.add(e, s)
	}
	p.length = 0
}

// finish counts what is left of an owner's pods and records its findings.
func (p *podPass) finish() {
	p.flush()
	for _, e := range p.containers {
		for pattern := range p.containing[e.Container] {
			n := &p.containing[e.Container][pattern]
			p.found[e.Index] += p.t.add(e, said{fails: uint16(pattern), n: *n})
			*n = 0
		}
	}
	for i, n := range p.found {
		p.t.find(&p.t.settings.set.Entries()[i], n)
		p.found[i] = 0
	}
}

// join runs the checks that judge a pod by what other objects make of it. Replicas share the answer.
func (p *podPass) join(pod *model.Pod, r *model.Replica, at int32) model.Verdicts {
	const matter = model.HostNetwork | model.CarriesToken | model.TokenUnknown
	key := joinKey{r.Labels, r.ServiceAccount, r.Flags & matter}
	if p.haveJoins && key == p.joined {
		return p.joinedAs
	}
	facts := p.joins.pod(pod, r, at)
	p.joinedAs = model.Verdicts{}
	for _, e := range p.facts {
		p.said.Reset()
		judge := e.Judge.(check.PodFactsJudge)
		e.Run(&p.joinedAs, &p.said, p.t.onPanic, func(r *check.Report) { judge(facts, r) })
	}
	p.joined, p.haveJoins = key, true
	return p.joinedAs
}
