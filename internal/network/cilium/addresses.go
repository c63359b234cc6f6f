package cilium

import (
	"net/netip"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// addresses are those outside of the cluster that a rule is about. Pods are never matched by their addresses, unless Cilium is configured
// to.
type addresses struct {
	some network.Reach
	// four and six say that all addresses of the family are among them.
	four, six bool
}

func (a *addresses) add(reach network.Reach) { a.some = max(a.some, reach) }

// reach says how many they are. What a cluster knows of the world is often one family only, so all addresses of one may be all that
// there are: they are for a rule that allows, and not for one that denies.
func (a *addresses) reach(action network.Action) network.Reach {
	if a.four && a.six || action == network.Allow && (a.four || a.six) {
		return network.All
	}
	return a.some
}

// block adds a block of addresses without the exceptions.
func (a *addresses) block(p netip.Prefix, except int) {
	a.add(network.Some)
	if p.Bits() == 0 && except == 0 {
		a.four, a.six = a.four || p.Addr().Is4(), a.six || p.Addr().Is6()
	}
}

// blocks are addresses and blocks of them.
func (o *object) blocks(r *rule, f fields, key string) {
	for _, text := range o.texts(f, key) {
		if one, err := netip.ParseAddr(text); err == nil {
			r.addresses.block(netip.PrefixFrom(one, one.BitLen()), 0)
			continue
		}
		if p, ok := o.prefix(f.at(key), text); ok {
			r.addresses.block(p, 0)
		}
	}
}

func (o *object) prefix(path, text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		o.fail("%s: %.100q: %w: write it as address/bits", path, text, err)
	}
	return p, err == nil
}

// blockSets are blocks with exceptions, or groups of blocks, which are read by nobody here.
func (o *object) blockSets(r *rule, f fields, key string) {
	for _, item := range o.objects(f, key) {
		if _, ok := item.other("cidr", "cidrGroupRef", "cidrGroupSelector", "except"); ok {
			r.Unclear = true
		}
		cidr, group := o.text(item, "cidr"), o.text(item, "cidrGroupRef")
		o.selector(item, "cidrGroupSelector")
		ways := []bool{cidr != "", group != "", item.has("cidrGroupSelector")}
		if one := slices.Index(ways, true); one < 0 || slices.Contains(ways[one+1:], true) {
			o.fail("%s: needs one of cidr, cidrGroupRef and cidrGroupSelector", item.path)
		}
		except := o.texts(item, "except")
		if cidr == "" {
			r.addresses.add(network.Some)
			continue
		}
		p, ok := o.prefix(item.at("cidr"), cidr)
		for _, text := range except {
			if e, fine := o.prefix(item.at("except"), text); ok && fine && !p.Contains(e.Addr()) {
				o.fail("%s: %s is not within %s: remove it", item.at("except"), e, p)
			}
		}
		r.addresses.block(p, len(except))
	}
}
