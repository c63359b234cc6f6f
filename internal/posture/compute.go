package posture

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// Compute makes the report of a snapshot. It is a pure function of its arguments: the order of the snapshot's objects does not
// matter, and onPanic is told of each check that broke.
func Compute(s *Snapshot, settings *Settings, now time.Time, onPanic check.OnPanic) *Report {
	return new(Engine).Compute(s, settings, now, onPanic)
}

// Engine computes reports and remembers the RBAC model of the last one, for as long as no role, no
// binding and no sign of the platform has changed, and what its network policies make of its pods,
// for as long as neither has: they are the most expensive parts, and hardly ever change. The zero
// value is ready, and safe for concurrent use.
type Engine struct {
	mu sync.Mutex
	// seed is for contents.
	seed maphash.Seed
	// have and contents are the kinds, and the roles and bindings, that the RBAC model was made of.
	have     [model.KindCount]bool
	contents contents
	platform rbac.Platform
	model    *rbac.Model
	// isolation is that of the last report.
	isolation *isolation
	// last are the sizes of the last report, by which the next one is laid out.
	last sizes
}

// sizes say how much room a report takes; they change nothing but the number of allocations.
type sizes struct {
	namespaces, findings, objects, alike, owners int
}

// Compute is like the function Compute.
func (e *Engine) Compute(s *Snapshot, settings *Settings, now time.Time, onPanic check.OnPanic) *Report {
	return e.ComputeUnless(network.Never, s, settings, now, onPanic)
}

// ComputeUnless is Compute for a report that may turn out not to be wanted: it returns nil soon
// after that is so.
func (e *Engine) ComputeUnless(stop network.Stop, s *Snapshot, settings *Settings, now time.Time, onPanic check.OnPanic) *Report {
	power, before, hint := e.remembered(s)
	t := newTally(s, settings, now, hint, onPanic)
	loads := newNodeLoads(s)
	owners := newOwners(t, s, now, hint, loads)
	j := newJoins(s, power, isolate(stop, s, owners.alike, before, e.seed))
	o := &objectPass{t: t, s: s, joins: j, now: now}
	if stop() {
		return nil // nothing of it is remembered: it may not be whole
	}
	if s.has(model.Pods) {
		o.pods = countPods(t, owners, j)
	}
	for _, judge := range [...]func(){o.serviceAccounts, o.roles, o.policies, o.bindings, o.subjects, o.namespaces} {
		if stop() {
			return nil
		}
		judge()
	}
	loads.report(t, s)
	t.drop()
	limitNames(t.report)
	hint = sizes{len(t.report.Namespaces), t.findings, t.objects, len(owners.alike), len(owners.objects)}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last, e.isolation = hint, j.isolation
	return t.report
}

// remembered returns the RBAC model of the snapshot's roles and bindings, and the isolation and the sizes of the last report.
func (e *Engine) remembered(s *Snapshot) (*rbac.Model, *isolation, sizes) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.seed == (maphash.Seed{}) {
		e.seed = maphash.MakeSeed()
	}
	made, platform := rbacContents(s, e.seed), rbac.PlatformOf(s.KubernetesVersion, s.Groups, s.Nodes)
	same := e.model != nil && made.equal(&e.contents) && platform == e.platform
	for _, k := range rbacKinds {
		same = same && s.Have[k] == e.have[k]
	}
	if !same {
		e.model = rbac.Build(rbac.Input{Roles: s.Roles, Bindings: s.Bindings, Platform: platform})
		e.have, e.contents, e.platform = s.Have, made, platform
	}
	return e.model, e.isolation, e.last
}
