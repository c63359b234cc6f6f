package enforcer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// None is what the configuration states when nobody enforces.
const None = "none"

// Judge tells who enforces network policies. The order of the facts carries no meaning, and nothing of them is changed.
//
// One who enforces is enough for Yes, also where it runs on some nodes only. No needs somebody who is known not to enforce, and no sign of
// anybody else.
func Judge(f *Facts) Verdict {
	if stated := strings.TrimSpace(f.Stated); stated != "" {
		return state(stated)
	}
	var all []finding
	for i := range f.DaemonSets {
		d := &f.DaemonSets[i]
		all = append(all, find(d, slices.Contains(f.Trusted, d.Namespace))...)
	}
	for i := range networks {
		if nodes := networks[i].nodes; nodes != nil {
			all = append(all, nodes(f)...)
		}
	}
	return combine(all, f.Groups)
}

func state(stated string) Verdict {
	const evidence = "stated in the configuration"
	if strings.EqualFold(stated, None) {
		return Verdict{Enforced: check.No, Notes: []string{"nobody enforces: " + evidence}}
	}
	return Verdict{Enforced: check.Yes, Enforcers: []Enforcer{{Name: stated, Evidence: evidence}}}
}

func combine(all []finding, groups []string) (v Verdict) {
	var has [check.Yes + 1]bool
	var impostors []string
	for _, f := range all {
		if f.impostor {
			impostors = append(impostors, f.name+": not believed ("+f.why+"): "+f.evidence)
			continue
		}
		has[f.answer] = true
		if f.answer == check.Yes {
			v.Enforcers = append(v.Enforcers, Enforcer{Name: f.name, Evidence: f.evidence})
		} else {
			v.Notes = append(v.Notes, f.note())
		}
	}
	slices.SortFunc(v.Enforcers, func(a, b Enforcer) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Evidence, b.Evidence))
	})
	v.Enforcers = slices.CompactFunc(v.Enforcers, func(a, b Enforcer) bool { return a.Name == b.Name })
	switch {
	case has[check.Yes]:
		v.Enforced = check.Yes
	case has[check.No] && !has[check.Unknown]:
		v.Enforced = check.No
		for _, group := range signs {
			if slices.Contains(groups, group) {
				v.Enforced = check.Unknown
				v.Notes = append(v.Notes, "the API group "+group+" is served, and its agent was not found")
			}
		}
	case !has[check.Unknown]:
		v.Notes = append(v.Notes, "no network that is known was found: state the enforcer in the configuration")
	}
	v.Notes = append(v.Notes, few(impostors)...)
	slices.Sort(v.Notes)
	v.Notes = slices.Compact(v.Notes)
	return v
}

// few returns the first texts, because one tenant can cause any number of them, and how many more
// there are.
func few(texts []string) []string {
	const most = 5
	slices.Sort(texts)
	if more := len(texts) - most; more > 0 {
		return append(texts[:most:most], fmt.Sprintf("and %d more DaemonSets that are not believed", more))
	}
	return texts
}

func (f *finding) note() string {
	what := ": unknown whether it enforces"
	if f.answer == check.No {
		what = ": does not enforce"
	}
	if f.why != "" {
		what += " (" + f.why + ")"
	}
	return f.name + what + ": " + f.evidence
}
