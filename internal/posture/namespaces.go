package posture

import (
	"slices"

	psa "k8s.io/pod-security-admission/api"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// violations says for each namespace, by index, which Pod Security levels a pod that runs there violates. It gathers the verdicts of
// pods_violating_pod_security, switched on or not: readiness is a fact, not a finding.
type violations struct {
	slot          uint
	known         bool
	fail, unknown []uint8
}

func newViolations(t *tally) violations {
	e := t.settings.set.Entry("pods_violating_pod_security")
	if e == nil {
		return violations{}
	}
	return violations{slot: e.Slot, known: true}
}

func (v *violations) add(ns int32, said model.Verdicts) {
	for int(ns) >= len(v.fail) {
		v.fail, v.unknown = append(v.fail, 0), append(v.unknown, 0)
	}
	v.fail[ns] |= uint8(said.Fail >> v.slot)
	v.unknown[ns] |= uint8(said.Unknown >> v.slot)
}

// ready says whether enforcing a level (0 baseline, 1 restricted) would reject no pod that runs in the namespace now.
func (v *violations) ready(ns int32, level int) check.Answer {
	switch bit := uint8(1) << level; {
	case !v.known:
		return check.Unknown
	case int(ns) >= len(v.fail):
		return check.Yes
	case v.fail[ns]&bit != 0:
		return check.No
	case v.unknown[ns]&bit != 0:
		return check.Unknown
	default:
		return check.Yes
	}
}

// podSecurityLevels are the levels that the admission plugin makes of the labels: a label that it cannot read counts as it decides.
func podSecurityLevels(labels map[string]string) (levels [3]LevelVersion) {
	privileged := psa.LevelVersion{Level: psa.LevelPrivileged, Version: psa.LatestVersion()}
	policy, _ := psa.PolicyToEvaluate(labels, psa.Policy{Enforce: privileged, Audit: privileged, Warn: privileged})
	for i, lv := range []psa.LevelVersion{policy.Enforce, policy.Audit, policy.Warn} {
		level := check.Privileged
		switch lv.Level {
		case psa.LevelBaseline:
			level = check.Baseline
		case psa.LevelRestricted:
			level = check.Restricted
		}
		levels[i] = LevelVersion{Level: level, Version: lv.Version.String()}
	}
	return levels
}

// limitDefaults says for each namespace, by index, which resources a LimitRange gives containers a limit for.
func limitDefaults(t *tally, s *Snapshot) [][model.ResourceCount]check.Answer {
	for _, l := range s.LimitRanges {
		t.namespace(l.NS)
	}
	answers := make([][model.ResourceCount]check.Answer, len(t.report.Namespaces))
	for i := range answers {
		answers[i] = [model.ResourceCount]check.Answer{check.No, check.No}
	}
	for _, l := range s.LimitRanges {
		for r, defaults := range l.DefaultsLimit {
			a := &answers[t.nsIndex[l.NS]][r]
			switch {
			case defaults:
				*a = check.Yes
			case l.Broken && *a == check.No:
				*a = check.Unknown
			}
		}
	}
	return answers
}

// quotasOf says for each namespace, by index, whether it has a ResourceQuota that bounds something.
func quotasOf(t *tally, s *Snapshot) []check.Answer {
	for _, q := range s.ResourceQuotas {
		t.namespace(q.NS)
	}
	answers := slices.Repeat([]check.Answer{check.No}, len(t.report.Namespaces))
	for _, q := range s.ResourceQuotas {
		a := &answers[t.nsIndex[q.NS]]
		switch {
		case q.HasHard:
			*a = check.Yes
		case q.Broken && *a == check.No:
			*a = check.Unknown
		}
	}
	return answers
}
