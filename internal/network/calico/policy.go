package calico

import (
	"math"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// The groups that serve Calico's objects: V1 is where they are stored, V3 shows the same objects or, in clusters that have moved, holds
// them. The kind NetworkPolicy and its plural are Kubernetes' too, so an object is Calico's by its group alone.
const (
	GroupV1 = "crd.projectcalico.org"
	GroupV3 = "projectcalico.org"
)

// Object is a Calico object, reduced to what it does to pods. It keeps nothing of the object that it was made of, and is not changed.
type Object struct {
	// Namespaced is the object itself, for a store; Project leaves it to whoever has one.
	model.Namespaced
	// Policy is the policy, but for what its tier says: Cluster adds that.
	Policy network.Policy
	// Ignored says why the object decides nothing about pods; empty for a policy that does.
	Ignored string

	group string
	// withoutSets are the policy's sides in a cluster without network sets.
	withoutSets sides
}

// Unread is an object of which nobody knows more than the kind and the name.
func Unread(kind model.Kind, group, object, namespace, name, why string) Object {
	source := network.Source{Kind: object, Namespace: namespace, Name: name}
	o := Object{group: group}
	if o.Ignored = ignored(group, object, name); o.Ignored == "" {
		o.Policy = network.Unread(kind, source, why)[0]
	}
	return o
}

// Project reduces an object. It never fails: what cannot be read makes the policy Invalid, with a message for people.
func Project(u *unstructured.Unstructured) Object {
	gvk := u.GroupVersionKind()
	o := Object{group: strings.Clone(gvk.Group)}
	o.Policy = network.Policy{
		Source: network.Source{
			Kind: strings.Clone(gvk.Kind), Namespace: strings.Clone(u.GetNamespace()), Name: strings.Clone(u.GetName()),
		},
		Engine: network.Calico, Stage: network.Namespaced, Tier: network.DefaultTier,
	}
	if o.Ignored = ignored(gvk.Group, gvk.Kind, u.GetName()); o.Ignored != "" {
		return o
	}
	t := translator{namespace: o.Policy.Source.Namespace}
	spec, _ := t.object(fields{of: u.Object}, "spec")
	t.policy(&o, spec)
	return o
}

// ignored says why an object is no policy that is enforced.
func ignored(group, kind, name string) string {
	switch {
	case group != GroupV1 && group != GroupV3:
		return "its group is not Calico's"
	case strings.HasPrefix(kind, "Staged"):
		return "it is staged: Calico reports what it would do, and does not do it"
	case kind != "NetworkPolicy" && kind != "GlobalNetworkPolicy":
		return "it is not a policy"
	}
	for _, prefix := range mirrors {
		if strings.HasPrefix(name, prefix) {
			return "it shows a policy of Kubernetes' own, which is read itself"
		}
	}
	return ""
}

// mirrors are what the names of policies begin with that Calico's API makes of other objects.
var mirrors = [...]string{
	"knp.default.", "kcnp.kube-admin.", "kcnp.kube-baseline.", "kanp.adminnetworkpolicy.", "kbanp.baselineadminnetworkpolicy.",
}

// hostsOnly says why a policy is about hosts and never about pods. A policy that merely has applyOnForward is about both.
func (t *translator) hostsOnly(spec fields) string {
	untracked, early := t.flag(spec, "doNotTrack"), t.flag(spec, "preDNAT")
	switch {
	case untracked:
		return "it has doNotTrack, which is for the interfaces of hosts"
	case early:
		return "it has preDNAT, which is for the interfaces of hosts"
	}
	return ""
}

// policy reads the specification.
func (t *translator) policy(o *Object, spec fields) {
	p := &o.Policy
	t.place(p, spec)
	o.Ignored = t.hostsOnly(spec)
	if p.Source.Kind == "NetworkPolicy" && t.namespace == "" {
		t.fail("metadata.namespace: is missing: name one")
	}
	t.selected(spec)
	applies := t.types(spec)
	var with sides
	for _, d := range [...]model.Direction{model.Ingress, model.Egress} {
		if applies[d] {
			rules, without := t.rules(spec, d)
			with[d] = network.Side{Applies: true, Isolates: true, Rules: rules}
			o.withoutSets[d] = network.Side{Applies: true, Isolates: true, Rules: without}
		}
	}
	if t.selects.mentions(accountLabel) {
		t.fail("spec: selects by labels of ServiceAccounts, which are not read: select them by their names")
	}
	p.Selects = match(t.selects, t.err != nil)
	if t.err != nil {
		p.Invalid = t.err.Error()
		for d := range applies {
			with[d] = network.Side{Applies: applies[d]}
		}
		o.withoutSets = with
	}
	p.Sides = with
}

// place reads when the policy is asked. Without an order it is asked last.
func (t *translator) place(p *network.Policy, spec fields) {
	if tier := t.text(spec, "tier"); tier != "" {
		p.Tier = strings.Clone(tier)
	}
	if t.err != nil {
		p.Tier = network.UnreadTier
		return
	}
	p.Order = math.Inf(1)
	if order, ok := t.number(spec, "order"); ok {
		p.Order = order
	} else if t.err != nil {
		p.Order = unplaced()
	}
}

// selected reads which pods the policy is about. What cannot be read is left out, so that no pod is that could be meant.
func (t *translator) selected(spec fields) {
	var all []*node
	add := func(n *node) {
		if n != nil {
			all = append(all, n)
		}
	}
	add(t.selector(spec, "selector", pods, false, false))
	add(t.selector(spec, "serviceAccountSelector", serviceAccounts, false, false))
	if t.namespace != "" {
		add(within(t.namespace))
	} else {
		add(t.selector(spec, "namespaceSelector", namespaces, false, false))
	}
	t.selects = and(all...)
}

// types says which directions the policy is about. Without the list: egress when there are rules for it, and ingress unless there are
// rules for egress alone.
func (t *translator) types(spec fields) (out [model.DirectionCount]bool) {
	list := t.texts(spec, "types")
	if len(list) == 0 {
		out[model.Egress] = spec.has("egress")
		out[model.Ingress] = !out[model.Egress] || spec.has("ingress")
	}
	for _, name := range list {
		switch strings.ToLower(name) {
		case "ingress":
			out[model.Ingress] = true
		case "egress":
			out[model.Egress] = true
		default:
			t.fail("%s: has %q: leave it to Ingress and Egress", spec.at("types"), name)
		}
	}
	return out
}
