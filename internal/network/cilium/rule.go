package cilium

import (
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// rule is a rule while it is read.
type rule struct {
	network.Rule
	addresses addresses
	// subject is the selector of those that the rule is for.
	subject terms
	// kinds are the fields for peers that hold any, of which Cilium accepts one.
	kinds []string
	// nobody says that a list of peers is there and empty, which matches nobody whatever else there is.
	nobody bool
}

// matches says whether the rule matches anything at all.
func (r *rule) matches() bool {
	return r.Everyone || r.Unclear || len(r.Pods) > 0 || r.Outside != network.None || r.Inside != network.None
}

// rule reads one rule. Without peers it matches everyone on its ports, without ports its peers on all of them, and without both nothing:
// it then only isolates.
func (o *object) rule(f fields, s section, subject terms) *rule {
	r := &rule{Rule: network.Rule{Action: s.action}, subject: subject}
	known := o.peers(r, f, s)
	t := o.traffic(f, s)
	known = append(known, "toPorts", "icmps")
	if s.action == network.Allow {
		known = append(known, "authentication")
		r.Unclear = o.authentication(f) || r.Unclear
	}
	_, unknown := f.other(known...)
	if len(r.kinds) > 1 {
		o.fail("%s: Cilium does not combine %s and %s: split the rule", f.path, r.kinds[0], r.kinds[1])
	}
	if r.nobody || t.present && !t.some {
		r.Rule, r.addresses = network.Rule{Action: s.action}, addresses{}
	} else {
		// A field that nobody here knows may name the peers.
		r.Everyone = r.Everyone || t.present && len(r.kinds) == 0 && !unknown
		r.SomePorts = t.present && !t.whole
	}
	r.Unclear = r.Unclear || unknown
	r.Outside = r.addresses.reach(s.action)
	return r
}

// authentication says whether the rule asks for what traffic may not be able to do.
func (o *object) authentication(f fields) (unclear bool) {
	a := o.part(f, "authentication")
	if !f.has("authentication") {
		return false
	}
	_, other := a.other("mode")
	mode := o.text(a, "mode")
	return other || mode != "disabled" && mode != "required"
}
