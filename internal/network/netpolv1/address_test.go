package netpolv1

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

func TestAddress(t *testing.T) {
	const private = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10"
	for _, c := range []struct {
		cidr, except    string
		everyone        bool
		inside, outside network.Reach
	}{
		{"0.0.0.0/0", "", true, network.Some, network.Some},
		{"::/0", "", true, network.Some, network.Some},
		{"0.0.0.0/0", "169.254.169.254/32", false, network.Some, network.Some},
		{"0.0.0.0/0", "10.0.0.0/8", false, network.Some, network.Some},
		{"0.0.0.0/0", private, false, network.None, network.Some},
		{"0.0.0.0/0", "10.0.0.0/9 10.128.0.0/9 172.16.0.0/12 192.0.0.0/8 100.0.0.0/8", false, network.None, network.Some},
		{"0.0.0.0/0", "10.0.0.0/9 10.128.0.0/10 172.16.0.0/12 192.0.0.0/8 100.0.0.0/8", false, network.Some, network.Some},
		{"::/0", "fc00::/7", false, network.None, network.Some},
		{"::/0", "fd00::/8", false, network.Some, network.Some},
		{"10.0.0.0/8", "", false, network.Some, network.Some},
		{"010.000.0.0/08", "", false, network.Some, network.Some},
		{"10.1.2.3/8", "", false, network.Some, network.Some},
		{"00.0.0.0/0", "", true, network.Some, network.Some},
		{"10.1.2.3/32", "", false, network.None, network.Some},
		{"fd00::1/128", "", false, network.None, network.Some},
		{"203.0.113.0/24", "", false, network.None, network.Some},
		{"2001:db8::/32", "", false, network.None, network.Some},
		{"8.0.0.0/6", "", false, network.Some, network.Some},
		{"8.0.0.0/6", "10.0.0.0/7", false, network.None, network.Some},
	} {
		t.Run(c.cidr+" except "+c.except, func(t *testing.T) {
			var r network.Rule
			if err := address(&r, &networkingv1.IPBlock{CIDR: c.cidr, Except: strings.Fields(c.except)}); err != nil {
				t.Fatal(err)
			}
			if r.Everyone != c.everyone || r.Inside != c.inside || r.Outside != c.outside {
				t.Errorf("everyone %t, inside %d, outside %d; want %t, %d, %d", r.Everyone, r.Inside, r.Outside, c.everyone, c.inside, c.outside)
			}
		})
	}
}

func TestAddressRefusesWhatIsNone(t *testing.T) {
	for _, text := range []string{"", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "a/8", "::/129", "/", "10.0.0.0/", "..../0"} {
		if err := address(&network.Rule{}, &networkingv1.IPBlock{CIDR: text}); err == nil {
			t.Errorf("%q is taken for an address", text)
		}
	}
}

// holdsPodsNaively tries the few addresses that can be the lowest of those that are in the block, in a range of pods and in no exception.
func holdsPodsNaively(whole netip.Prefix, except []netip.Prefix) bool {
	var candidates []netip.Addr
	for _, p := range append(append([]netip.Prefix{whole}, podRanges[:]...), except...) {
		candidates = append(candidates, p.Addr())
		last := p
		for last.Bits() < last.Addr().BitLen() {
			_, last = halves(last)
		}
		if next := last.Addr().Next(); next.IsValid() {
			candidates = append(candidates, next)
		}
	}
	for _, a := range candidates {
		in := func(list []netip.Prefix) bool {
			for _, p := range list {
				if p.Contains(a) {
					return true
				}
			}
			return false
		}
		if whole.Contains(a) && in(podRanges[:]) && !in(except) {
			return true
		}
	}
	return false
}

func TestHoldsPodsAgainstOracle(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, seed))
	near := func(p netip.Prefix) netip.Prefix {
		for p.Bits() < p.Addr().BitLen() && rng.IntN(4) > 0 {
			low, high := halves(p)
			if p = low; rng.IntN(2) == 0 {
				p = high
			}
		}
		return p
	}
	some := func() netip.Prefix {
		p := podRanges[rng.IntN(len(podRanges))]
		return near(netip.PrefixFrom(p.Addr(), max(0, p.Bits()-rng.IntN(3))).Masked())
	}
	counts := map[bool]int{}
	for range 20_000 {
		whole := some()
		var except []netip.Prefix
		for range rng.IntN(5) {
			except = append(except, near(whole), some())
		}
		want := holdsPodsNaively(whole, except)
		if got := holdsPods(whole, except); got != want {
			t.Fatalf("%v except %v: %t, want %t", whole, except, got, want)
		}
		counts[want]++
	}
	if counts[true] < 2000 || counts[false] < 2000 {
		t.Errorf("%v: the test says little", counts)
	}
}

// FuzzAddress: whatever is written, the block is refused or understood; an address that the standard library reads is never refused.
func FuzzAddress(f *testing.F) {
	f.Add("10.0.0.0/8", "10.1.0.0/16")
	f.Add("::/0", "fc00::/7")
	f.Add("0010.0.0.0/8", "")
	f.Add("255.255.255.255/32", "255.255.255.255/32")
	f.Fuzz(func(t *testing.T, cidr, except string) {
		var r network.Rule
		block := &networkingv1.IPBlock{CIDR: cidr}
		if except != "" {
			block.Except = []string{except}
		}
		err := address(&r, block)
		_, one := netip.ParsePrefix(cidr)
		_, two := netip.ParsePrefix(except)
		if one == nil && (except == "" || two == nil) && err != nil {
			t.Fatal(err)
		}
		if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("%q", cidr)) && !strings.Contains(err.Error(), fmt.Sprintf("%q", except)) {
			t.Fatalf("%v does not say what is wrong", err)
		}
		if err == nil && (r.Outside != network.Some || r.Everyone && except != "") {
			t.Fatalf("%+v", r)
		}
	})
}
