package clusterpolicy

import (
	"net/netip"

	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// families are all addresses.
var families = [...]netip.Prefix{
	netip.PrefixFrom(netip.IPv4Unspecified(), 0),
	netip.PrefixFrom(netip.IPv6Unspecified(), 0),
}

// podRanges are the ranges that pod networks are taken from: those for private use and the one that carriers share.
var podRanges = [...]netip.Prefix{
	netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 8),
	netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10),
	netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16}), 12),
	netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168}), 16),
	netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfc}), 7),
}

// prefixes reads blocks of addresses.
func (r *reader) prefixes(s section, key string) []netip.Prefix {
	texts := r.texts(s, key)
	out := make([]netip.Prefix, 0, len(texts))
	for i, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			r.fail("%s[%d]: %w: write it as address/bits", s.at(key), i, err)
			continue
		}
		out = append(out, p.Masked())
	}
	return out
}

// everyAddress says whether the blocks are everyone: the API has traffic between pods checked against them too. As for an ipBlock, all
// addresses of one family will do to let everyone in; they are not enough to keep everyone out, or to be done with everyone.
func everyAddress(blocks []netip.Prefix, a network.Action) bool {
	v4, v6 := covered(families[0], blocks), covered(families[1], blocks)
	if a == network.Allow {
		return v4 || v6
	}
	return v4 && v6
}

// outside says how many addresses outside of the cluster are in the blocks, which are there for those, says the API.
func outside(blocks []netip.Prefix) network.Reach {
	if len(blocks) == 0 {
		return network.None
	}
	return network.Some
}

// inside says how many pods are in the blocks: some, when a block holds addresses that pod networks are made of. It is never all, because
// nobody knows the pods' addresses; and a single address is none of a pod.
func inside(blocks []netip.Prefix) network.Reach {
	for _, b := range blocks {
		for _, r := range podRanges {
			if !b.IsSingleIP() && b.Overlaps(r) {
				return network.Some
			}
		}
	}
	return network.None
}

// covered says whether every address of p is in one of the blocks.
func covered(p netip.Prefix, blocks []netip.Prefix) bool {
	smaller := false
	for _, b := range blocks {
		if !b.Overlaps(p) {
			continue
		}
		if b.Bits() <= p.Bits() {
			return true
		}
		smaller = true
	}
	if !smaller {
		return false
	}
	// Only parts of p are in blocks, so p has halves.
	bits := p.Bits()
	upper := p.Addr().AsSlice()
	upper[bits/8] |= 0x80 >> (bits % 8)
	middle, _ := netip.AddrFromSlice(upper)
	return covered(netip.PrefixFrom(p.Addr(), bits+1), blocks) && covered(netip.PrefixFrom(middle, bits+1), blocks)
}
