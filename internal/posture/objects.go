package posture

import (
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// objectPass judges everything but pods, kind by kind. Each object goes once through the checks for its kind.
type objectPass struct {
	t     *tally
	s     *Snapshot
	joins *joins
	// pods is what going over the pods has told about other objects.
	pods podFacts
	now  time.Time
}

// bound is a check that is judged, with its function.
type bound[J check.Judge] struct {
	*check.Entry
	judge J
}

// judges lists the checks that are judged by a function of type J.
func judges[J check.Judge](t *tally) []bound[J] {
	var list []bound[J]
	entries := t.settings.set.Entries()
	for i := range entries {
		if judge, ok := entries[i].Judge.(J); ok && t.enabled[i] != 0 {
			list = append(list, bound[J]{&entries[i], judge})
		}
	}
	return list
}

// unreadable says that nobody knows anything about an object.
func unreadable(e *check.Entry) func(*check.Report) {
	return func(r *check.Report) {
		for v := range e.Count() {
			r.Unknown(v)
		}
	}
}

func (o *objectPass) serviceAccounts() {
	alone, joined := judges[check.ServiceAccountJudge](o.t), judges[check.ServiceAccountFactsJudge](o.t)
	if len(alone)+len(joined) == 0 {
		return
	}
	var facts check.ServiceAccountFacts
	for _, sa := range o.s.ServiceAccounts {
		o.t.begin(Object{o.t.namespace(sa.NS), "ServiceAccount", sa.Name()})
		for _, c := range alone {
			o.t.addVerdicts(c.Entry, sa.Verdicts)
		}
		subject := model.Subject{Kind: model.ServiceAccountSubject, Namespace: sa.Namespace(), Name: sa.Name()}
		facts = check.ServiceAccountFacts{ServiceAccount: sa, Granted: o.joins.granted(subject)}
		for _, c := range joined {
			o.t.judge(c.Entry, func(r *check.Report) { c.judge(&facts, r) })
		}
	}
}

func (o *objectPass) roles() {
	alone := judges[check.RoleJudge](o.t)
	if len(alone) == 0 {
		return
	}
	for _, role := range o.s.Roles {
		o.t.begin(Object{o.t.namespace(role.NS), scoped(role.NS, "Role"), role.Name()})
		for _, c := range alone {
			o.t.addVerdicts(c.Entry, role.Verdicts)
		}
	}
}

// scoped is the name of an RBAC kind: the cluster-wide one has no namespace.
func scoped(ns model.Sym, kind string) string {
	if model.Text(ns) == "" {
		return "Cluster" + kind
	}
	return kind
}

// policies judges the network policies of every engine.
func (o *objectPass) policies() {
	enforced, told := enforcement(o.s, o.t.settings.enforcer)
	if told {
		o.t.report.enforcement(&enforced)
	}
	i := o.joins.isolation
	if i == nil {
		return
	}
	o.t.report.Notes = i.notes(o.t.report.Notes)
	joined := judges[check.PolicyJudge](o.t)
	if len(joined) == 0 {
		return
	}
	var facts check.PolicyFacts
	for k := range i.policies.objects {
		p := &i.policies.objects[k]
		o.t.begin(Object{o.t.namespace(p.NS), p.title(), p.Name()})
		facts = check.PolicyFacts{Selects: i.selects(p), Enforced: enforced.Of(p.Kind)}
		for _, c := range joined {
			o.t.judge(c.Entry, func(r *check.Report) { c.judge(&facts, r) })
		}
	}
}

// namespaces judges namespaces by what is in them, and says what else there is to say about each.
func (o *objectPass) namespaces() {
	if !o.s.has(model.Namespaces) {
		return
	}
	o.t.report.HaveNamespaces = true
	for _, ns := range o.s.Namespaces {
		o.t.namespace(ns.Self)
	}
	limits, quotas := limitDefaults(o.t, o.s), quotasOf(o.t, o.s)
	violated := &o.pods.violations
	joined := judges[check.NamespaceJudge](o.t)
	o.t.report.States = make([]NamespaceState, 0, len(o.s.Namespaces))
	var facts check.NamespaceFacts
	for _, ns := range o.s.Namespaces {
		i := o.t.namespace(ns.Self)
		state := o.state(ns)
		if o.s.has(model.Pods) && !ns.Terminating {
			state.Ready = [2]check.Answer{violated.ready(i, 0), violated.ready(i, 1)}
		}
		state.reach(o.joins.isolation, ns.Self)
		o.t.report.States = append(o.t.report.States, state)
		if ns.Terminating {
			continue
		}
		facts = check.NamespaceFacts{Namespace: ns, Enforce: state.Levels[0].Level, HasQuota: quotas[i], DefaultsLimit: limits[i]}
		facts.DefaultDeny = o.joins.isolation.defaultDeny(ns.Self)
		o.t.begin(Object{i, "Namespace", ns.Name()})
		for _, c := range joined {
			say := func(r *check.Report) { c.judge(&facts, r) }
			if ns.Broken {
				say = unreadable(c.Entry)
			}
			o.t.judge(c.Entry, say)
		}
	}
}

// state is what the namespace says of itself. One that could not be decoded says nothing.
func (o *objectPass) state(ns *model.Namespace) NamespaceState {
	state := NamespaceState{Name: ns.Name(), System: o.t.settings.isSystem(ns.Name()), Readable: !ns.Broken}
	state.Team, _ = model.Label(ns.Labels, o.t.settings.owner)
	if !ns.Broken {
		state.Levels = podSecurityLevels(ns.PodSecurity)
	}
	return state
}
