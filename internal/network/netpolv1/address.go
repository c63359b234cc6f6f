package netpolv1

import (
	"fmt"
	"net/netip"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// address adds a block of addresses to a rule. All addresses without an exception are everyone.
//
// Of other blocks some addresses are outside of the cluster; that is what they are for, says the API. They may hold pods too, when they
// hold addresses that pod networks are made of. A single address is none of a pod, because nobody knows a pod's address beforehand.
func address(r *network.Rule, block *networkingv1.IPBlock) error {
	whole, err := prefix(block.CIDR)
	if err != nil {
		return fmt.Errorf("ipBlock.cidr: %w", err)
	}
	except := make([]netip.Prefix, len(block.Except))
	for i, text := range block.Except {
		if except[i], err = prefix(text); err != nil {
			return fmt.Errorf("ipBlock.except[%d]: %w", i, err)
		}
	}
	if whole.Bits() == 0 && len(except) == 0 {
		r.Everyone = true
	}
	r.Outside = max(r.Outside, network.Some)
	if !whole.IsSingleIP() && holdsPods(whole, except) {
		r.Inside = max(r.Inside, network.Some)
	}
	return nil
}

// prefix reads a CIDR as generously as API servers have: with leading zeros, and with bits set behind the prefix.
func prefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		p, err = netip.ParsePrefix(withoutZeros(text))
	}
	if err != nil {
		return p, fmt.Errorf("%q: write it as address/bits: %w", text, err)
	}
	return p.Masked(), nil
}

// withoutZeros drops the leading zeros of each number of an IPv4 CIDR, which have never meant octal here.
func withoutZeros(text string) string {
	ip, bits, _ := strings.Cut(text, "/")
	parts := append(strings.Split(ip, "."), bits)
	for i, part := range parts {
		if short := strings.TrimLeft(part, "0"); short != "" {
			parts[i] = short
		} else if part != "" {
			parts[i] = "0"
		}
	}
	return strings.Join(parts[:len(parts)-1], ".") + "/" + parts[len(parts)-1]
}

// podRanges are the ranges that pod networks are taken from: those for private use and the one that carriers share.
var podRanges = [...]netip.Prefix{
	netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 8),
	netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16}), 12),
	netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168}), 16),
	netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10),
	netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfc}), 7),
}

// holdsPods says whether the block without its exceptions has an address in common with a range that pods have addresses of.
func holdsPods(whole netip.Prefix, except []netip.Prefix) bool {
	for _, r := range podRanges {
		if !whole.Overlaps(r) {
			continue
		}
		common := r
		if whole.Bits() > r.Bits() {
			common = whole
		}
		if !covered(common, except) {
			return true
		}
	}
	return false
}

// covered says whether every address of p is in one of the prefixes.
func covered(p netip.Prefix, by []netip.Prefix) bool {
	touched := false
	for _, b := range by {
		if b.Overlaps(p) {
			if b.Bits() <= p.Bits() {
				return true
			}
			touched = true
		}
	}
	if !touched {
		return false
	}
	low, high := halves(p)
	return covered(low, by) && covered(high, by)
}

// halves splits a prefix that is longer than one address.
func halves(p netip.Prefix) (low, high netip.Prefix) {
	bits := p.Bits()
	bytes := p.Addr().AsSlice()
	bytes[bits/8] |= 0x80 >> (bits % 8)
	upper, _ := netip.AddrFromSlice(bytes)
	return netip.PrefixFrom(p.Addr(), bits+1), netip.PrefixFrom(upper, bits+1)
}
