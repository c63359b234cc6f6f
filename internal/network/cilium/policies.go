package cilium

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// The kinds.
const (
	NamespacedKind  = "CiliumNetworkPolicy"
	ClusterwideKind = "CiliumClusterwideNetworkPolicy"
)

// object is an object of either kind while it is read.
type object struct {
	reader
	source     network.Source
	namespace  model.Sym
	namespaced bool
}

// Policies translates an object of either kind: one policy for spec and one for each of specs, without those for nodes. It returns none
// for an object of any other kind.
//
// Cilium takes an object as a whole or refuses it: whatever is wrong with any entry, or that Cilium itself says is wrong in the object's
// status, makes all of them invalid.
func Policies(obj *unstructured.Unstructured) []network.Policy {
	if obj == nil {
		return nil
	}
	o := &object{source: network.Source{Kind: NamespacedKind, Name: strings.Clone(obj.GetName())}}
	switch obj.GetKind() {
	case NamespacedKind:
		o.namespaced, o.namespace = true, model.Intern(obj.GetNamespace())
		o.source.Namespace = model.Text(o.namespace)
	case ClusterwideKind:
		o.source.Kind = ClusterwideKind
	default:
		return nil
	}
	policies, entries := o.entries(fields{of: obj.Object})
	accepted := o.status(obj.Object)
	if o.unless != nil && !accepted {
		o.fail("%w", o.unless)
	}
	if o.err != nil && entries == 0 {
		p, _, _ := o.entry(fields{})
		policies = append(policies, p)
	}
	for i := range policies {
		p := &policies[i]
		if o.err != nil {
			p.Invalid = o.err.Error()
		}
		if p.Invalid != "" {
			p.Sides = [model.DirectionCount]network.Side{}
		}
	}
	return policies
}

// entries reads spec and specs, and counts them.
func (o *object) entries(f fields) (out []network.Policy, entries int) {
	var list []fields
	if f.has("spec") {
		list = append(list, o.part(f, "spec"))
	}
	list = append(list, o.objects(f, "specs")...)
	if unknown, ok := f.other("apiVersion", "kind", "metadata", "spec", "specs", "status"); ok {
		o.fail("%s", unknownField(unknown))
	}
	for _, f := range list {
		p, forPods, rules := o.entry(f)
		if !rules && len(list) > 1 {
			o.failUnless("%s: has no rules, for which Cilium from 1.17 refuses the whole object: remove it", f.path)
		}
		if forPods {
			out = append(out, p)
		}
	}
	return out, len(list)
}

// status reads what Cilium says about the object: whether it accepts it, as far as that is known. A status that is malformed says nothing.
func (o *object) status(obj map[string]any) (accepted bool) {
	conditions, _, _ := unstructured.NestedFieldNoCopy(obj, "status", "conditions")
	list, _ := conditions.([]any)
	for _, c := range list {
		condition, _ := c.(map[string]any)
		if condition["type"] != "Valid" {
			continue
		}
		switch condition["status"] {
		case "True":
			accepted = true
		case "False":
			message, _ := condition["message"].(string)
			o.fail("status: Cilium refuses the policy: %.300q: correct it", message)
		}
	}
	return accepted
}
