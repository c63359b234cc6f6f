package enforcer

import (
	"cmp"
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
		all = append(all, find(&f.DaemonSets[i])...)
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
	for _, f := range all {
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
	case len(all) == 0:
		v.Notes = []string{"no network that is known was found: state in the configuration who enforces"}
	}
	slices.Sort(v.Notes)
	v.Notes = slices.Compact(v.Notes)
	return v
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
