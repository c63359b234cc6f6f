package check

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Entry is a check with the place of its verdicts.
type Entry struct {
	*Check
	// Index is the check's place in the set.
	Index int
	// Slot is the check's first bit in the verdicts of its resource; its combinations of label values take Values bits from there.
	Slot uint
	// Container is the check's place in model.ContainerCounts, for checks that judge containers.
	Container int
	values    int
}

// Count is how many combinations of label values the entry's check has.
func (e *Entry) Count() int { return e.values }

// Bits are the entry's bits in model.Verdicts.
func (e *Entry) Bits() uint64 { return (1<<e.values - 1) << e.Slot }

// Set is a list of checks with their verdicts' places handed out. It is immutable and safe for concurrent use.
type Set struct {
	entries         []Entry
	pods            []*Entry
	podFacts        []*Entry
	containers      []*Entry
	serviceAccounts []*Entry
	roles           []*Entry
	byID            map[string]*Entry
}

// NewSet hands out the places and refuses a list that has a duplicate, an unknown kind of judge or more than fits.
func NewSet(checks []Check) (*Set, error) {
	s := &Set{entries: make([]Entry, len(checks)), byID: make(map[string]*Entry, len(checks))}
	var errs []error
	var podSlots, accountSlots, roleSlots uint
	take := func(next *uint, list *[]*Entry, e *Entry) {
		e.Slot = *next
		*next += uint(e.values)
		*list = append(*list, e)
		if *next > model.Slots {
			errs = append(errs, fmt.Errorf("check %s: no bit is left for it: raise model.Slots", e.ID))
		}
	}
	for i := range checks {
		e := &s.entries[i]
		*e = Entry{Check: &checks[i], Index: i, values: checks[i].Values()}
		if s.byID[e.ID] != nil {
			errs = append(errs, fmt.Errorf("check %s is in the list twice", e.ID))
		}
		s.byID[e.ID] = e
		if e.values > 16 {
			errs = append(errs, fmt.Errorf("check %s has %d combinations of label values, and a report holds 16", e.ID, e.values))
		}
		switch e.Judge.(type) {
		case PodJudge:
			take(&podSlots, &s.pods, e)
		case PodFactsJudge:
			take(&podSlots, &s.podFacts, e)
		case ContainerJudge:
			e.Container = len(s.containers)
			take(&podSlots, &s.containers, e)
			if e.Container >= model.MaxContainerChecks || e.values > 2 {
				errs = append(errs, fmt.Errorf("check %s: model.ContainerCounts has no room for it", e.ID))
			}
		case ServiceAccountJudge:
			take(&accountSlots, &s.serviceAccounts, e)
		case RoleJudge:
			take(&roleSlots, &s.roles, e)
		case ServiceAccountFactsJudge, NamespaceJudge, PolicyJudge, BindingJudge, SubjectJudge, NamespaceSubjectJudge:
		default:
			errs = append(errs, fmt.Errorf("check %s: nothing calls a judge of type %T", e.ID, e.Judge))
		}
	}
	return s, errors.Join(errs...)
}

// Entries lists every check in the order of the catalog.
func (s *Set) Entries() []Entry { return s.entries }

// Entry finds a check by its ID, nil when there is none.
func (s *Set) Entry(id string) *Entry { return s.byID[id] }

// PodEntries are the checks whose verdicts share a pod's bits: those at ingest, those by facts, and those on its containers.
func (s *Set) PodEntries() (alone, facts, containers []*Entry) {
	return s.pods, s.podFacts, s.containers
}

// LinuxOnly are the bits, in the verdicts of a pod, of the checks that do not apply on Windows. Pod
// judges every pod as one on Linux: which operating system it runs on is its node's to say.
func (s *Set) LinuxOnly() (bits uint64) {
	for _, e := range s.pods {
		if e.LinuxOnly {
			bits |= e.Bits()
		}
	}
	return bits
}

// OnPanic is told of a check that panicked, and with what.
type OnPanic func(checkID string, recovered any)

// Pod runs every check that needs the pod alone. A check that panics counts as unknown for this pod, and the others go on.
func (s *Set) Pod(p *Pod, onPanic OnPanic) (model.Verdicts, model.ContainerCounts) {
	var v model.Verdicts
	var counts model.ContainerCounts
	var r Report
	for _, e := range s.pods {
		r.Reset()
		judge := e.Judge.(PodJudge)
		e.Run(&v, &r, onPanic, func(r *Report) { judge(p, r) })
	}
	for _, e := range s.containers {
		s.judgeContainers(e, p, &v, &counts, &r, onPanic)
	}
	return v, counts
}

func (s *Set) judgeContainers(e *Entry, p *Pod, v *model.Verdicts, counts *model.ContainerCounts, r *Report, onPanic OnPanic) {
	judge := e.Judge.(ContainerJudge)
	for i := range p.Containers {
		c := &p.Containers[i]
		if c.Kind != Regular && c.Kind != Sidecar {
			continue
		}
		r.Reset()
		// A container check has no unknown of its own: when it breaks, every container of the pod is unknown.
		e.Run(v, r, onPanic, func(r *Report) { judge(p, c, r) })
		counts.Add(e.Container, uint8(r.Fails()))
	}
}

// ServiceAccount runs every check that needs the ServiceAccount alone.
func (s *Set) ServiceAccount(automount *bool, onPanic OnPanic) (v model.Verdicts) {
	var r Report
	for _, e := range s.serviceAccounts {
		r.Reset()
		judge := e.Judge.(ServiceAccountJudge)
		e.Run(&v, &r, onPanic, func(r *Report) { judge(automount, r) })
	}
	return v
}

// Role runs every check that needs the role alone.
func (s *Set) Role(role *model.Role, onPanic OnPanic) (v model.Verdicts) {
	var r Report
	for _, e := range s.roles {
		r.Reset()
		judge := e.Judge.(RoleJudge)
		e.Run(&v, &r, onPanic, func(r *Report) { judge(role, r) })
	}
	return v
}

// Run calls a check and adds what it said to v, at the entry's place. A panic is reported and makes every combination unknown.
func (e *Entry) Run(v *model.Verdicts, r *Report, onPanic OnPanic, judge func(*Report)) {
	defer func() {
		if recovered := recover(); recovered != nil {
			r.fail, r.count, r.skip, r.unknown = 0, 0, 0, 1<<e.values-1
			onPanic(e.ID, recovered)
		}
		all := uint64(1)<<e.values - 1
		v.Fail |= uint64(r.Fails()) & all << e.Slot
		v.Unknown |= uint64(r.Unknowns()) & all << e.Slot
		v.Skip |= uint64(r.Skips()) & all << e.Slot
	}()
	judge(r)
}

// Broken is what is said about a pod that could not be decoded: nobody knows.
func (s *Set) Broken() model.Verdicts { return model.Verdicts{Unknown: 1<<64 - 1} }

// Explain runs a check that needs the pod alone and returns the reasons why the pod fails it. It
// knows no node, so whether the pod runs on Windows is what the pod claims.
func (e *Entry) Explain(pod *corev1.Pod) []Violation {
	p := NewPod(pod, nil)
	if e.LinuxOnly && p.ClaimsWindows() {
		return nil
	}
	r := Explaining()
	switch judge := e.Judge.(type) {
	case PodJudge:
		judge(&p, r)
	case ContainerJudge:
		for i := range p.Containers {
			if k := p.Containers[i].Kind; k == Regular || k == Sidecar {
				judge(&p, &p.Containers[i], r)
			}
		}
	}
	return r.Violations()
}
