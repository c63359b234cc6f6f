package calico

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

func TestMatcherReach(t *testing.T) {
	for _, c := range []struct {
		text string
		of   about
		only string
		all  bool
	}{
		{text: "all()", all: true},
		{text: "", all: true},
		{text: "!all()"},
		{text: "has(a) || all()", all: true},
		{text: "has(projectcalico.org/namespace)", all: true},
		{text: "projectcalico.org/orchestrator == 'k8s' && !global()", all: true},
		{text: "all()", of: namespaces, all: true},
		{text: "has(a)"},
		{text: "projectcalico.org/namespace == 'shop'", only: "shop", all: true},
		{text: "projectcalico.org/namespace in {'shop', 'shop'}", only: "shop", all: true},
		{text: "projectcalico.org/name == 'shop'", of: namespaces, only: "shop", all: true},
		{text: "!(projectcalico.org/namespace != 'shop')", only: "shop", all: true},
		{text: "projectcalico.org/namespace == 'shop' && projectcalico.org/namespace in {'shop'}", only: "shop", all: true},
		{text: "has(a) && projectcalico.org/namespace == 'shop'", only: "shop"},
		{text: "has(a) || projectcalico.org/namespace == 'shop'"},
		{text: "projectcalico.org/namespace != 'shop'"},
		{text: "projectcalico.org/namespace in {'shop', 'bank'}"},
		{text: "projectcalico.org/namespace starts with 'shop'"},
	} {
		m := compiled(t, c.text, c.of)
		only, ok := m.Only()
		if got := model.Text(only); ok != (c.only != "") || got != c.only {
			t.Errorf("%s: only %q, %t; want %q", c.text, got, ok, c.only)
		}
		if got := m.Everything(); got != c.all {
			t.Errorf("%s: everything = %t, want %t", c.text, got, c.all)
		}
	}
}

func TestMatcherScope(t *testing.T) {
	known := &network.Namespace{Name: model.Intern("shop"), Labels: model.NewLabelSet(map[string]string{"team": "blue"}), Known: true}
	unknown := &network.Namespace{Name: model.Intern("shop")}
	for _, c := range []struct {
		text          string
		ns            *network.Namespace
		want          network.Reach
		uncertain     bool
		matches, some bool
	}{
		{text: "pcns.team == 'blue'", ns: known, want: network.All, matches: true, some: true},
		{text: "pcns.team == 'red'", ns: known, want: network.None},
		{text: "pcns.team == 'blue' && has(app)", ns: known, want: network.Some},
		{text: "pcns.team == 'blue'", ns: unknown, want: network.Some, uncertain: true, some: true},
		{text: "pcns.team != 'blue'", ns: unknown, want: network.Some, uncertain: true, some: true},
		{text: "pcns.projectcalico.org/name == 'shop'", ns: unknown, want: network.All, matches: true, some: true},
		{text: "pcns.projectcalico.org/name == 'bank' && pcns.team == 'blue'", ns: unknown, want: network.None},
		{text: "pcns.projectcalico.org/name not in {'bank'}", ns: unknown, want: network.All, matches: true, some: true},
		{text: "has(app)", ns: unknown, want: network.Some},
		{text: "pcsa.tier == 'gold'", ns: known, want: network.Some, some: true},
	} {
		n, err := selector(c.text, pods, false, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, generous := range []bool{false, true} {
			m := match(n, generous)
			reach, sure := network.ScopeOf(m, c.ns)
			if reach != c.want || sure == c.uncertain {
				t.Errorf("%s: scope = %d, %t; want %d, %t", c.text, reach, sure, c.want, !c.uncertain)
			}
			want := c.matches
			if generous {
				want = c.some
			}
			if got := m.Match(&network.Endpoint{Namespace: c.ns}); got != want {
				t.Errorf("%s, generous %t: matches = %t, want %t", c.text, generous, got, want)
			}
		}
	}
}

func TestMatcherKeys(t *testing.T) {
	key := func(text string, of about) model.Sym {
		k := compiled(t, text, of).(network.Keyed).Key()
		if k == (model.Sym{}) {
			t.Errorf("%s: has no key", text)
		}
		return k
	}
	same := [][2]string{
		{"a == 'x'", "a in {\"x\"}"},
		{"a != 'x'", "!(a == 'x')"},
		{"a not in {'x','y'}", "! a in {'y','x','y'}"},
		{"has(a) && has(b)", "(has(b) && (has(a) && all())) && has(b)"},
		{"!(has(a) && has(b))", "!has(b) || !has(a)"},
		{"projectcalico.org/namespace == 'n'", "pcns.projectcalico.org/name == 'n'"},
	}
	for _, s := range same {
		if key(s[0], pods) != key(s[1], pods) {
			t.Errorf("%s and %s differ", s[0], s[1])
		}
	}
	different := []string{
		"a == 'x'", "a != 'x'", "has(a)", "!has(a)", "a contains 'x'", "a starts with 'x'", "a ends with 'x'", "b == 'x'", "a == 'y'",
		"a in {'x', 'y'}", "a == 'x\" \"y'", "a == 'x' && has(b)", "a == 'x' || has(b)", "pcns.a == 'x'", "pcsa.a == 'x'",
		"projectcalico.org/namespace == 'x'", "projectcalico.org/serviceaccount == 'x'", "all()", "!all()",
	}
	seen := map[model.Sym]string{}
	for _, text := range different {
		k := key(text, pods)
		if other, ok := seen[k]; ok {
			t.Errorf("%s and %s share a key", text, other)
		}
		seen[k] = text
	}
	n, _ := selector("pcsa.a == 'x'", pods, false, false)
	if match(n, true).(network.Keyed).Key() == match(n, false).(network.Keyed).Key() {
		t.Error("a generous matcher shares the key of one that is not")
	}
}

// crowded asks for a fact of every kind with every operator.
const crowded = "has(app) && app in {'api', 'web'} && app contains 'e' && app starts with 'w' && app ends with 'b' && missing != 'x' && " +
	"pcns.team == 'blue' && pcns.team contains 'l' && projectcalico.org/namespace starts with 's' && pcsa.projectcalico.org/name != 'x' && " +
	"(has(missing) || !(app == 'api'))"

func TestMatchAllocatesNothing(t *testing.T) {
	m := compiled(t, crowded, pods)
	e := pod("shop", "frontend", map[string]string{"team": "blue"}, map[string]string{"app": "web", "version": "v1"})
	if !m.Match(e) {
		t.Fatal("does not match")
	}
	scoped := m.(network.Scoped)
	if n := testing.AllocsPerRun(100, func() { m.Match(e); scoped.Scope(e.Namespace); m.Only(); m.Everything() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	m := compiled(b, crowded, pods)
	e := pod("shop", "frontend", map[string]string{"team": "blue"}, map[string]string{"app": "web", "version": "v1"})
	b.ReportAllocs()
	for b.Loop() {
		m.Match(e)
	}
}
