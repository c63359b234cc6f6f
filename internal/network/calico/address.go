package calico

import (
	"fmt"
	"net/netip"

	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// addresses are those that a rule is about: those of the nets, or all when there are none, without those of the others.
type addresses struct {
	nets, not []netip.Prefix
	// implied says that no nets are named.
	implied bool
}

// families are all addresses.
var families = [...]netip.Prefix{
	netip.PrefixFrom(netip.IPv4Unspecified(), 0),
	netip.PrefixFrom(netip.IPv6Unspecified(), 0),
}

// podRanges are what pod networks are made of: addresses for private use, and those that carriers share. Blocks of others are taken to
// hold no pod, and so is a single address, because nobody knows a pod's beforehand.
var podRanges = [...]netip.Prefix{
	netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 8),
	netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10),
	netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16}), 12),
	netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168}), 16),
	netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfc}), 7),
}

// nets reads the two lists; it returns false when neither holds anything.
func (r *reader) nets(f fields) (a addresses, restricts bool) {
	a.nets = r.prefixes(f, "nets")
	a.not = r.prefixes(f, "notNets")
	if len(a.nets)+len(a.not) == 0 {
		return a, false
	}
	if len(a.nets) == 0 {
		a.nets, a.implied = families[:], true
	}
	return a, true
}

// prefixes reads blocks, or single addresses, as Calico does: with bits set behind the prefix.
func (r *reader) prefixes(f fields, key string) []netip.Prefix {
	texts := r.texts(f, key)
	out := make([]netip.Prefix, 0, len(texts))
	for i, text := range texts {
		if single, err := netip.ParseAddr(text); err == nil && single.Zone() == "" {
			out = append(out, netip.PrefixFrom(single, single.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			r.fail("%s: %q is no block of addresses: write it as address/bits", fmt.Sprintf("%s[%d]", f.at(key), i), text)
			continue
		}
		out = append(out, p.Masked())
	}
	return out
}

// whole says whether every address of any family that nets name is meant, and whether every address is.
func (a *addresses) whole() (one, both bool) {
	both = true
	for _, all := range families {
		meant := covered(all, a.nets) && len(overlapping(all, a.not)) == 0
		one, both = one || meant, both && meant
	}
	// Who excludes an address without naming nets says nothing of the other family.
	return one && !a.implied, both
}

// outside says how many addresses outside of the cluster are meant.
func (a *addresses) outside() network.Reach {
	for _, n := range a.nets {
		if !covered(n, a.not) {
			return network.Some
		}
	}
	return network.None
}

// inside says how many pods are meant by their addresses. It never is All: nobody knows the pods' addresses.
func (a *addresses) inside() network.Reach {
	for _, n := range a.nets {
		for _, r := range podRanges {
			if n.IsSingleIP() || !n.Overlaps(r) {
				continue
			}
			common := r
			if n.Bits() > r.Bits() {
				common = n
			}
			if !covered(common, a.not) {
				return network.Some
			}
		}
	}
	return network.None
}

// overlapping are the prefixes that have an address in common with p.
func overlapping(p netip.Prefix, of []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, o := range of {
		if o.Overlaps(p) {
			out = append(out, o)
		}
	}
	return out
}

// covered says whether every address of p is in one of the prefixes.
func covered(p netip.Prefix, by []netip.Prefix) bool {
	by = overlapping(p, by)
	for _, b := range by {
		if b.Bits() <= p.Bits() {
			return true
		}
	}
	if len(by) == 0 {
		return false
	}
	// What overlaps p and does not hold it is a part of it, so p is more than one address.
	low := netip.PrefixFrom(p.Addr(), p.Bits()+1)
	bytes := p.Addr().AsSlice()
	bytes[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	middle, _ := netip.AddrFromSlice(bytes)
	return covered(low, by) && covered(netip.PrefixFrom(middle, p.Bits()+1), by)
}
