package rules

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// Make makes all rules. It fails when an expression names a family or a check that does not exist.
func Make(p Parameters, set *check.Set) (*Rules, error) {
	b := newBuilder(p, set)
	r := &Rules{Recording: []Group{b.findings(), b.score(), b.trend()}}
	r.Alerts = append(r.Alerts, b.driftOfFindings()...)
	r.Alerts = append(r.Alerts, b.driftOfNamespaces()...)
	r.Alerts = append(r.Alerts, b.driftOfNodes()...)
	r.Alerts = append(r.Alerts, b.practice()...)
	r.Alerts = append(r.Alerts, b.sightOfExporter()...)
	r.Alerts = append(r.Alerts, b.sightOfKinds()...)
	for i := range r.Alerts {
		b.settle(&r.Alerts[i])
	}
	return r, b.err
}

// settle applies what the parameters say about single rules.
func (b *builder) settle(a *Alert) {
	for i := range a.Variants {
		v := &a.Variants[i]
		o := b.Variants[Key(a.Name, v.Severity)]
		v.Enabled = !o.Disabled
		if a.Kind == Drift {
			v.KeepFiringFor = b.KeepFiring
		}
		if o.Severity != "" {
			v.Severity = o.Severity
		}
		if o.For != "" {
			v.For = o.For
		}
	}
}
