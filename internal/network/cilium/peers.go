package cilium

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// peerKind is a field that names peers; its name stands behind from or to.
type peerKind struct {
	name string
	// strict lists match nobody when they are there and empty; others are then as good as not there.
	strict bool
	in     func(s section) bool
	read   func(o *object, r *rule, f fields, key string)
}

func anywhere(section) bool        { return true }
func atEgress(s section) bool      { return s.direction == model.Egress }
func allowEgress(s section) bool   { return atEgress(s) && s.action == network.Allow }
func (s section) requires() string { return s.peers + "Requires" }

var peerKinds = [...]peerKind{
	{"Endpoints", true, anywhere, (*object).endpoints},
	{"Entities", true, anywhere, (*object).entities},
	{"CIDR", true, anywhere, (*object).blocks},
	{"CIDRSet", true, anywhere, (*object).blockSets},
	{"Nodes", true, anywhere, (*object).nodes},
	{"Groups", false, anywhere, (*object).remote},
	{"FQDNs", false, allowEgress, (*object).remote},
	{"Services", false, atEgress, (*object).services},
}

// peers reads whom the rule is about, and returns the names of the fields that it knows.
func (o *object) peers(r *rule, f fields, s section) (known []string) {
	if len(o.list(f, s.requires())) > 0 {
		o.fail("%s: bounds the rules of other policies up to Cilium 1.18 and is refused by later ones: put it into the rules' own selectors",
			f.at(s.requires()))
	}
	known = append(known, s.requires())
	for _, k := range peerKinds {
		if !k.in(s) {
			continue
		}
		key := s.peers + k.name
		known = append(known, key)
		switch n := len(o.list(f, key)); {
		case n > 0:
			r.kinds = append(r.kinds, key)
			k.read(o, r, f, key)
		case f.has(key):
			r.nobody = r.nobody || k.strict
		}
	}
	return known
}

// endpoints are pods by their labels, and whatever else a selector happens to match.
func (o *object) endpoints(r *rule, f fields, key string) {
	for _, item := range o.objects(f, key) {
		var own reader
		ts, ok := o.take(own.terms(item), own.err)
		if !ok {
			continue
		}
		ts = o.peer(ts, r.subject)
		m, unclear := compile(ts)
		if unclear != "" {
			r.Unclear = true
			continue
		}
		if m != network.Nobody() {
			r.Pods = append(r.Pods, m)
		}
		r.addresses.add(ts.outside())
	}
}

// nodes are no pods; that the rule names them matters only because most Cilium refuses it.
func (o *object) nodes(_ *rule, f fields, key string) {
	for _, item := range o.objects(f, key) {
		var own reader
		o.take(own.terms(item), own.err)
	}
	o.failUnless("%s: Cilium refuses the object without its option enable-node-selector-labels: set it, and let Cilium write its status",
		f.at(key))
}

// remote are addresses that something outside of the cluster knows: a cloud's groups, names in DNS. They never match a pod.
func (o *object) remote(r *rule, f fields, key string) {
	o.objects(f, key)
	r.addresses.add(network.Some)
}

// services are the pods and the addresses behind Services, which nobody reads here.
func (o *object) services(r *rule, f fields, key string) {
	o.objects(f, key)
	r.Unclear = true
}

// entity is what a name stands for. The zero entity are hosts and others that are neither pods nor outside.
type entity struct {
	everyone        bool
	inside, outside network.Reach
	// four and six say that all addresses of the family that are outside are meant.
	four, six bool
}

var entities = map[string]entity{
	"all":          {everyone: true},
	"world":        {outside: network.All},
	"world-ipv4":   {outside: network.Some, four: true},
	"world-ipv6":   {outside: network.Some, six: true},
	"cluster":      {inside: network.All},
	"cluster-mesh": {inside: network.All, outside: network.Some},
	// Pods that started before Cilium did are among them.
	"unmanaged":      {inside: network.Some},
	"host":           {},
	"remote-node":    {},
	"kube-apiserver": {},
	"health":         {},
	"ingress":        {},
	"init":           {},
	"none":           {},
}

func (o *object) entities(r *rule, f fields, key string) {
	for _, name := range o.texts(f, key) {
		e, ok := entities[name]
		if !ok {
			o.fail("%s: %.100q is no entity that is known here: correct it", f.at(key), name)
		}
		r.Everyone = r.Everyone || e.everyone
		r.Inside = max(r.Inside, e.inside)
		r.addresses.add(e.outside)
		r.addresses.four, r.addresses.six = r.addresses.four || e.four, r.addresses.six || e.six
	}
}
