package calico

import (
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// entity is one side of a rule: the source or the destination of traffic. Everything that it asks for must be so.
type entity struct {
	// pods are those that its selectors match, nil when it has none.
	pods *node
	// resources says that the selectors match resources only: pods, network sets and hosts, and no address besides theirs. An entity
	// with nothing but a notSelector in a global policy matches every other address as well.
	resources bool
	// accounts says that it asks for a ServiceAccount, which pods alone have.
	accounts  bool
	addresses addresses
	// restricted says that not every address will do.
	restricted bool
	ports      bool
	// unclear says that it asks for something else, which the objects do not tell.
	unclear bool
}

// translator reads one policy.
type translator struct {
	reader
	// namespace is the policy's, empty for a global one.
	namespace string
	// selects are the pods that the policy is about.
	selects *node
}

// entity reads one side of a rule.
func (t *translator) entity(rule fields, key string) (e entity) {
	f, ok := t.object(rule, key)
	if !ok {
		return e
	}
	t.selectors(f, &e)
	e.addresses, e.restricted = t.nets(f)
	e.ports = f.has("ports", "notPorts")
	// The backends of a service are not read; what else there may be, other editions of Calico ask for.
	e.unclear = f.others("selector", "notSelector", "namespaceSelector", "serviceAccounts", "nets", "notNets", "ports", "notPorts")
	return e
}

// selectors joins what an entity selects by. As soon as an entity of a namespaced policy has any selector, it matches nothing outside of
// the namespaces that its namespaceSelector selects, or of the policy's own.
func (t *translator) selectors(f fields, e *entity) {
	var positive []*node
	if n := t.selector(f, "selector", pods, false, false); n != nil {
		positive = append(positive, n)
	}
	if accounts, ok := t.object(f, "serviceAccounts"); ok {
		names, labels := t.texts(accounts, "names"), t.selector(accounts, "selector", serviceAccounts, false, false)
		if len(names) > 0 {
			positive = append(positive, leaf(serviceAccountLabel, opIn, names, false))
		}
		if labels != nil {
			positive = append(positive, labels)
		}
		e.accounts = len(names) > 0 || labels != nil
	}
	other := t.selector(f, "notSelector", pods, true, false)
	if n := t.selector(f, "namespaceSelector", namespaces, false, true); n != nil {
		positive = append(positive, n)
	} else if t.namespace != "" && (len(positive) > 0 || other != nil) {
		positive = append(positive, within(t.namespace))
	}
	e.resources = len(positive) > 0
	if other != nil {
		positive = append(positive, other)
	}
	if len(positive) > 0 {
		e.pods = and(positive...)
	}
}

// within matches the pods of one namespace.
func within(namespace string) *node {
	return leaf(namespaceLabel, opIn, []string{namespace}, false)
}

// peers writes the other end of traffic into a rule. It returns how much of the outside the rule would match if there were no network set
// in the cluster: a network set gives addresses to labels, and a selector that matches a set matches those.
func (e *entity) peers(r *network.Rule) (withoutSets network.Reach) {
	anywhere := !e.restricted || e.everyAddress(r.Action)
	switch {
	case anywhere && (e.pods == nil || !e.resources && e.pods.shape == always):
		r.Everyone = true
		return r.Outside
	case e.pods == nil:
		r.Inside, r.Outside = e.addresses.inside(), e.addresses.outside()
		return r.Outside
	}
	outside := network.All
	if !anywhere {
		outside = e.addresses.outside()
	}
	if e.pods.shape != never && (anywhere || e.addresses.inside() != network.None) {
		// Which of the pods have one of the addresses, or a ServiceAccount of such labels, nobody knows: some of them do at most.
		unread := e.pods.mentions(accountLabel)
		r.Pods = []network.Matcher{match(e.pods, unread)}
		r.SomePorts = r.SomePorts || unread || !anywhere
	}
	if !e.resources {
		withoutSets = outside
	}
	if !e.accounts {
		r.Outside = min(outside, network.Some)
	}
	return withoutSets
}

// everyAddress says whether the addresses exclude nobody. As for an ipBlock, all addresses of one family will do to let everybody in; they
// are not enough to keep everybody out.
func (e *entity) everyAddress(a network.Action) bool {
	one, both := e.addresses.whole()
	return both || one && a == network.Allow
}
