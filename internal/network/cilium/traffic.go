package cilium

import (
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// traffic is what a rule says about ports and ICMP.
type traffic struct {
	// present says that there is such a restriction; some that it leaves anything, for a list of ports may be empty; whole that it leaves
	// every port of every protocol that has ports, and asks nothing more of the traffic.
	present, some, whole bool
}

// lastPort is the highest, mostPorts how many an entry may list.
const (
	lastPort  = 65535
	mostPorts = 40
)

// protocols are those that may be named, any of them that have ports, and no port of others.
var protocols = []string{"", "ANY", "TCP", "UDP", "SCTP"}

// traffic reads toPorts and icmps. ICMP is not what connections are made of, so a rule for all ports that denies does not deny all traffic.
func (o *object) traffic(f fields, s section) (t traffic) {
	ports, icmps := o.objects(f, "toPorts"), o.objects(f, "icmps")
	if len(ports) > 0 && len(icmps) > 0 {
		o.fail("%s: Cilium does not combine toPorts and icmps: split the rule", f.path)
	}
	t.present = len(ports)+len(icmps) > 0
	for _, p := range ports {
		list := o.objects(p, "ports")
		if len(list) > mostPorts {
			o.fail("%s: lists more than %d ports: split the rule", p.at("ports"), mostPorts)
		}
		all := false
		for _, port := range list {
			all = o.port(port) || all
		}
		t.some = t.some || len(list) > 0
		if s.action == network.Allow {
			t.whole = t.whole || all && !o.narrowed(p)
			o.requests(p, list, s)
		}
	}
	for _, i := range icmps {
		t.some = t.some || len(o.list(i, "fields")) > 0
	}
	return t
}

// port reads one entry and says whether it means every port of TCP, UDP and SCTP.
func (o *object) port(f fields) (all bool) {
	port, protocol, end := o.text(f, "port"), strings.ToUpper(o.text(f, "protocol")), o.number(f, "endPort")
	known := slices.Contains(protocols, protocol)
	if !known || port == "" {
		o.failUnless("%s: Cilium refuses a protocol without ports without its option enable-extended-ip-protocols: set it, and let Cilium "+
			"write its status", f.path)
	}
	first, err := strconv.ParseUint(port, 0, 16)
	if err != nil && port != "" && len(validation.IsValidPortName(strings.ToLower(port))) > 0 {
		o.fail("%s: %.100q is no port: correct it", f.at("port"), port)
	}
	_, other := f.other("port", "protocol", "endPort")
	return known && err == nil && !other && (protocol == "" || protocol == "ANY") &&
		(first == 0 && end == 0 || first <= 1 && end >= lastPort)
}

// narrowed says whether more is asked of the traffic than its ports: requests, names, certificates, a proxy's consent.
func (o *object) narrowed(f fields) bool {
	if _, ok := f.other("ports", "rules"); ok {
		return true
	}
	rules := o.part(f, "rules")
	for key, value := range rules.of {
		if list, ok := value.([]any); rules.has(key) && (!ok || len(list) > 0) {
			return true
		}
	}
	return false
}

// requests reads rules about requests, of which Cilium refuses some that the API server accepts.
func (o *object) requests(f fields, ports []fields, s section) {
	rules := o.part(f, "rules")
	http, dns := o.objects(rules, "http"), o.objects(rules, "dns")
	switch {
	case len(http) > 0 && len(dns) > 0:
		o.fail("%s: Cilium does not combine http and dns: split the rule", rules.path)
	case len(dns) > 0 && s.peers == "from":
		o.fail("%s: there are no dns rules for ingress: remove them", rules.at("dns"))
	case len(dns) > 0 && len(ports) == 0:
		o.fail("%s: needs a port: name one", f.path)
	case f.has("listener") && (s.peers == "from" || len(http)+len(dns) > 0):
		o.fail("%s: only a rule for egress without http and dns may have a listener: remove it", f.at("listener"))
	case f.has("serverNames") && !f.has("terminatingTLS") && len(http)+len(dns) > 0:
		o.fail("%s: http and dns rules need terminatingTLS beside serverNames: add it", f.at("serverNames"))
	}
	for _, port := range ports {
		number, err := strconv.ParseUint(o.text(port, "port"), 0, 16)
		switch protocol := strings.ToUpper(o.text(port, "protocol")); {
		case len(http) > 0 && protocol != "TCP":
			o.fail("%s: http rules are about TCP only: set the protocol", port.path)
		case len(http)+len(dns) > 0 && err == nil && number == 0:
			o.fail("%s: http and dns rules need ports other than 0: name them", port.path)
		}
	}
}
