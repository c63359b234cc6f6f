package posture

import (
	"math/bits"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// tally adds verdicts up into a report. Every resource that is judged passes through it once per check.
type tally struct {
	report   *Report
	settings *Settings
	// enabled has a bit for each combination of label values that is judged, by check: switched on, and its kinds are there.
	enabled []uint16
	// column is each check's first column.
	column  []int32
	nsIndex map[model.Sym]int32
	// active are the exemptions in force.
	active []int
	// byNamespace caches which exemptions cover a namespace at all, by namespace index.
	byNamespace [][]int

	// The object that is being judged, and the exemptions that cover it. It is listed in the report once it has a finding.
	current   Object
	listed    int32
	exempting []int
	said      check.Report
	saidOf    model.Verdicts
	onPanic   check.OnPanic

	// findings and objects are how many there have been at once.
	findings, objects int
}

func newTally(s *Snapshot, settings *Settings, now time.Time, hint sizes, onPanic check.OnPanic) *tally {
	entries := settings.set.Entries()
	t := &tally{
		settings: settings, enabled: make([]uint16, len(entries)), column: make([]int32, len(entries)), onPanic: onPanic,
		nsIndex: make(map[model.Sym]int32, len(s.Namespaces)+1),
		report:  &Report{Settings: settings, Checks: make([]CheckReport, len(entries)), KubernetesVersion: s.KubernetesVersion},
	}
	for i := range entries {
		e := &entries[i]
		t.column[i] = int32(len(t.report.Columns))
		for v := range e.Count() {
			t.report.Columns = append(t.report.Columns, Column{Entry: e, Value: v})
		}
		if s.has(e.Needs...) {
			t.enabled[i] = settings.Enabled(e)
		}
		t.report.Checks[i].Judged = t.enabled[i] != 0
		t.report.Blind = t.report.Blind || !e.ClusterWide && t.enabled[i] == 0 && settings.Enabled(e) != 0
	}
	t.exemptions(now)
	t.report.Counts = make([]int32, 0, max(len(s.Namespaces)+1, hint.namespaces)*len(t.report.Columns))
	t.report.Findings = make([]Finding, 0, hint.findings)
	t.report.Objects = make([]Object, 0, hint.objects)
	t.report.Namespaces = append(t.report.Namespaces, "")
	t.addNamespace(0, "")
	return t
}

// exemptions lays out what is said of each exemption, and finds those that are in force.
func (t *tally) exemptions(now time.Time) {
	entries := t.settings.set.Entries()
	for i := range t.settings.exemptions {
		e := &t.settings.exemptions[i]
		report := ExemptionReport{Name: e.Name, Owner: e.Owner, Reason: e.Reason, Expires: e.Expires}
		if !e.expired(now) {
			t.active = append(t.active, i)
			for c := range entries {
				report.Unknown = report.Unknown || t.enabled[c] == 0 && e.masks[c]&t.settings.Enabled(&entries[c]) != 0
			}
		}
		t.report.Exemptions = append(t.report.Exemptions, report)
	}
}

// namespace returns the index of a namespace, giving it one when it is new.
func (t *tally) namespace(name model.Sym) int32 {
	if i, ok := t.nsIndex[name]; ok {
		return i
	}
	text := model.Text(name)
	if text == "" {
		return 0
	}
	i := int32(len(t.report.Namespaces))
	t.nsIndex[name] = i
	t.report.Namespaces = append(t.report.Namespaces, text)
	t.addNamespace(i, text)
	return i
}

func (t *tally) addNamespace(i int32, name string) {
	for range t.report.Columns {
		t.report.Counts = append(t.report.Counts, NotJudged)
	}
	t.report.Severities = append(t.report.Severities, [check.SeverityCount][2]int32{})
	t.byNamespace = append(t.byNamespace, nil)
	for _, x := range t.active {
		// A list of namespaces is about what is in a namespace: even "*" covers nothing that has
		// none.
		patterns := t.settings.exemptions[x].Namespaces
		if name == "" && len(patterns) > 0 {
			continue
		}
		if matchesAny(patterns, name) {
			t.byNamespace[i] = append(t.byNamespace[i], x)
		}
	}
}

// begin makes an object the one that is judged.
func (t *tally) begin(o Object) {
	if len(t.report.Findings) >= crowded(t.settings.limit) {
		t.drop()
	}
	t.current, t.listed, t.exempting = o, -1, t.exempting[:0]
	for _, x := range t.byNamespace[o.Namespace] {
		e := &t.settings.exemptions[x]
		if matchesAny(e.Kinds, o.Kind) && matchesAny(e.Names, o.Name) {
			t.exempting = append(t.exempting, x)
		}
	}
}

// drop lets go of the findings that will not stay.
func (t *tally) drop() {
	t.findings, t.objects = max(t.findings, len(t.report.Findings)), max(t.objects, len(t.report.Objects))
	limitFindings(t.report)
}

// said is what one check said about n equal resources behind one object: bits by combination of label values.
type said struct {
	fails, unknowns, skips uint16
	// counts are combinations in which the resources count without failing.
	counts uint16
	n      int
}

// add counts what a check said about resources behind the current object, and returns how many of them are findings.
func (t *tally) add(e *check.Entry, s said) int {
	enabled := t.enabled[e.Index] &^ s.skips
	if enabled == 0 || s.n == 0 {
		return 0
	}
	fails, unknowns := s.fails&enabled, s.unknowns&enabled
	counted := fails | s.counts&enabled
	var exempt uint16
	if counted != 0 {
		exempt = t.exempt(e, counted, s.n)
	}
	ns := t.current.Namespace
	if e.ClusterWide {
		ns = 0
	}
	counts := t.report.Counts[int(ns)*len(t.report.Columns)+int(t.column[e.Index]):]
	for judged := enabled &^ unknowns; judged != 0; judged &= judged - 1 {
		v := bits.TrailingZeros16(judged)
		counts[v] = max(counts[v], 0)
		if (counted&^exempt)>>v&1 == 1 {
			counts[v] += int32(s.n)
		}
	}
	result := Pass
	switch {
	case fails&^exempt != 0:
		result = Fail
	case exempt != 0:
		result = Exempt
	case unknowns != 0:
		result = Unknown
	}
	t.report.Checks[e.Index].Results[result] += s.n
	if result <= Fail {
		t.report.Severities[ns][t.settings.severity[e.Index]][result] += int32(s.n)
	}
	if result == Fail {
		return s.n
	}
	return 0
}

// exempt returns which failing combinations are exempted, and credits the exemptions.
func (t *tally) exempt(e *check.Entry, fails uint16, n int) (exempt uint16) {
	for _, x := range t.exempting {
		if covered := t.settings.exemptions[x].masks[e.Index] & fails; covered != 0 {
			exempt |= covered
			t.report.Exemptions[x].Matches += n
		}
	}
	return exempt
}

// find records a finding about the current object, unless its severity is below the minimum.
func (t *tally) find(e *check.Entry, count int) {
	if count == 0 || t.settings.severity[e.Index] < t.settings.minimum {
		return
	}
	if t.listed < 0 {
		t.listed = int32(len(t.report.Objects))
		t.report.Objects = append(t.report.Objects, t.current)
	}
	t.report.Findings = append(t.report.Findings, Finding{Check: int32(e.Index), Object: t.listed, Count: int32(count)})
}

// judge runs one check on the current object, which is not a pod, and counts what it says. A check that panics says that nobody knows.
func (t *tally) judge(e *check.Entry, judge func(*check.Report)) {
	t.said.Reset()
	t.saidOf = model.Verdicts{}
	e.Run(&t.saidOf, &t.said, t.onPanic, judge)
	s := oneResource(e, t.saidOf)
	s.counts = t.said.Counts()
	t.find(e, t.add(e, s))
}

// addVerdicts counts the verdicts of the current object, which is not a pod.
func (t *tally) addVerdicts(e *check.Entry, v model.Verdicts) {
	t.find(e, t.add(e, oneResource(e, v)))
}

// oneResource is what the verdicts say about one resource.
func oneResource(e *check.Entry, v model.Verdicts) said {
	return said{fails: uint16(v.Fail >> e.Slot), unknowns: uint16(v.Unknown >> e.Slot), skips: uint16(v.Skip >> e.Slot), n: 1}
}
