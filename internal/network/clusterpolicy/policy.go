package clusterpolicy

import (
	"fmt"
	"math"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// Group is the group that serves the kinds.
const Group = "policy.networking.k8s.io"

// The kinds.
const (
	ClusterNetworkPolicy       = "ClusterNetworkPolicy"
	AdminNetworkPolicy         = "AdminNetworkPolicy"
	BaselineAdminNetworkPolicy = "BaselineAdminNetworkPolicy"
)

const (
	maxPriority = 1000
	// afterPriorities is the Order of the one policy that has no priority.
	afterPriorities = maxPriority + 1
	// onlyName is what the API calls that policy.
	onlyName = "default"
)

// unplaced is the Order of a policy of which nobody knows when it is asked.
var unplaced = math.Inf(-1)

// dialect is how one kind says things.
type dialect struct {
	// allow is the action that lets traffic through.
	allow string
	// pass says that there is an action for leaving the stage.
	pass bool
	// fields are those of the specification; ports those of a rule that restrict it to some traffic.
	fields, ports []string
	// peers are the kinds of peers by direction.
	peers [model.DirectionCount][]string
	// namespaces says that a selector for pods needs one for namespaces next to it.
	namespaces bool
}

func dialectOf(kind string) (dialect, bool) {
	ingress := []string{"namespaces", "pods"}
	egress := []string{"namespaces", "pods", "nodes", "networks", "domainNames"}
	switch kind {
	case ClusterNetworkPolicy:
		return dialect{
			allow: "Accept", pass: true, fields: []string{"tier", "priority", "subject", "ingress", "egress"},
			// Early clusters serve ports, as the older kinds do.
			ports: []string{"protocols", "ports"},
			peers: [model.DirectionCount][]string{ingress, egress},
		}, true
	case AdminNetworkPolicy:
		return dialect{
			allow: "Allow", pass: true, fields: []string{"priority", "subject", "ingress", "egress"}, ports: []string{"ports"},
			peers: [model.DirectionCount][]string{ingress, egress}, namespaces: true,
		}, true
	case BaselineAdminNetworkPolicy:
		return dialect{
			allow: "Allow", fields: []string{"subject", "ingress", "egress"}, ports: []string{"ports"},
			peers: [model.DirectionCount][]string{ingress, egress[:4]}, namespaces: true,
		}, true
	}
	return dialect{}, false
}

// translator reads one policy.
type translator struct {
	reader
	dialect
}

// Policy translates an object of any of the kinds, whatever version of the group serves it. It never fails: what the API server would have
// refused makes the policy Invalid, with a message for people that names the field and says what to do.
//
// Policies of one stage with equal priorities get an equal Order. The API leaves it to implementations which of them is asked first.
func Policy(u *unstructured.Unstructured) network.Policy {
	kind := u.GetKind()
	p := network.Policy{
		Source: network.Source{Kind: strings.Clone(kind), Name: strings.Clone(u.GetName())},
		Engine: network.Kubernetes, Stage: network.Admin, Order: unplaced,
	}
	d, ok := dialectOf(kind)
	if group := u.GroupVersionKind().Group; !ok || group != Group {
		p.Invalid = fmt.Sprintf("kind %q of group %q: is no policy that is known here: remove it", kind, group)
		return p
	}
	t := translator{dialect: d}
	spec := t.section(section{fields: u.Object}, "spec")
	t.place(&p, spec)
	p.Selects = t.subject(spec)
	if key := spec.foreign(t.fields...); key != "" {
		t.fail("%s: is no field that is known here: remove it", spec.at(key))
	}
	for _, d := range [...]model.Direction{model.Ingress, model.Egress} {
		// Without rules it is not about the direction at all, says the API, so an empty list denies nothing.
		rules := t.rules(spec, d)
		p.Sides[d] = network.Side{Applies: len(rules) > 0, Rules: rules}
	}
	if t.err != nil {
		p.Invalid, p.Sides = t.err.Error(), [model.DirectionCount]network.Side{}
	}
	return p
}

// place reads when the policy is asked. Whoever knows neither takes it for the first of all, so that it may decide anything.
func (t *translator) place(p *network.Policy, spec section) {
	switch p.Source.Kind {
	case BaselineAdminNetworkPolicy:
		p.Stage, p.Order = network.Baseline, afterPriorities
		if p.Source.Name != onlyName {
			t.fail("metadata.name: is %q: there is only one policy of the kind, call it %s", p.Source.Name, onlyName)
		}
		return
	case ClusterNetworkPolicy:
		switch tier := t.text(spec, "tier"); tier {
		case "Admin":
		case "Baseline":
			p.Stage = network.Baseline
		default:
			t.fail("%s: is %q: set it to Admin or Baseline", spec.at("tier"), tier)
			return
		}
	}
	if priority, ok := whole(spec.fields["priority"]); ok && priority >= 0 && priority <= maxPriority {
		p.Order = float64(priority)
		return
	}
	if !spec.has("priority") {
		t.fail("%s: is missing: set it to a number from 0 to %d", spec.at("priority"), maxPriority)
	}
	t.fail("%s: is %#v: set it to a number from 0 to %d", spec.at("priority"), spec.fields["priority"], maxPriority)
}

// whole reads a number that decoders may have taken for a fraction.
func whole(value any) (int64, bool) {
	switch value := value.(type) {
	case int64:
		return value, true
	case float64:
		return int64(value), value == math.Trunc(value) && math.Abs(value) <= 1<<53
	}
	return 0, false
}

// subject reads whom the policy is about. What cannot be read is left out, so that nobody is that could be meant; pods on the host network
// never are.
func (t *translator) subject(spec section) network.Matcher {
	s := t.section(spec, "subject")
	if key := s.foreign("namespaces", "pods"); key != "" {
		t.fail("%s: is no way to select that is known here: select namespaces or pods", s.at(key))
		return nil
	}
	if s.has("namespaces") == s.has("pods") {
		t.fail("%s: must have one of namespaces and pods: name one", s.path)
		return nil
	}
	return t.selected(s)
}

// selected reads a selection by namespaces, or by namespaces and pods. There is one of the two fields.
func (t *translator) selected(s section) network.Matcher {
	if s.has("namespaces") {
		return t.matcher(s, t.selector(s, "namespaces"), nil)
	}
	pods := t.section(s, "pods")
	if key := pods.foreign("namespaceSelector", "podSelector"); key != "" {
		t.fail("%s: is no field that is known here: use namespaceSelector and podSelector", pods.at(key))
	}
	if !pods.has("podSelector") {
		t.fail("%s: is missing: add it, {} for all pods", pods.at("podSelector"))
	}
	if t.namespaces && !pods.has("namespaceSelector") {
		t.fail("%s: is missing: add it, {} for all namespaces", pods.at("namespaceSelector"))
	}
	return t.matcher(s, t.selector(pods, "namespaceSelector"), t.selector(pods, "podSelector"))
}
