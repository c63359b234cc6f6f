package network_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// TestMatchersKeepTheirWord: what a matcher says about all endpoints holds for each.
func TestMatchersKeepTheirWord(t *testing.T) {
	const seed = 400
	t.Logf("seed %d", seed)
	all, none, keyed := 0, 0, 0
	for i := range 3000 {
		w := newWorld(seed + uint64(i))
		byKey := map[model.Sym]network.Matcher{}
		for range 8 {
			m := w.matcher()
			for k := range w.endpoints {
				e := &w.endpoints[k]
				got := m.Match(e)
				only, confined := m.Only()
				if got && confined && e.Namespace.Name != only {
					t.Fatalf("%s matches outside of %s", show(m), model.Text(only))
				}
				if m.Everything() && (!confined || e.Namespace.Name == only) && !got {
					t.Fatalf("%s matches everything but %v", show(m), e)
				}
				switch reach, sure := network.ScopeOf(m, e.Namespace); {
				case sure && reach == network.All:
					all++
					if !got {
						t.Fatalf("%s matches all of the namespace but %v", show(m), e)
					}
				case sure && reach == network.None:
					none++
					if got {
						t.Fatalf("%s matches none of the namespace but %v", show(m), e)
					}
				case !sure && e.Namespace.Known:
					t.Fatalf("%s is unsure about a namespace that is known", show(m))
				}
				if k, ok := m.(network.Keyed); ok && k.Key() != (model.Sym{}) {
					if other, ok := byKey[k.Key()]; ok && other.Match(e) != got {
						t.Fatalf("%s and %s share a key", show(m), show(other))
					}
				}
			}
			if k, ok := m.(network.Keyed); ok && k.Key() != (model.Sym{}) {
				keyed++
				byKey[k.Key()] = m
			}
		}
	}
	if all < 1000 || none < 1000 || keyed < 1000 {
		t.Errorf("all %d, none %d, keyed %d: the test says little", all, none, keyed)
	}
}

func TestMatchersAllocateNothing(t *testing.T) {
	selector, err := network.Compile(&metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}})
	if err != nil {
		t.Fatal(err)
	}
	ns := &network.Namespace{Name: model.Intern("test"), Known: true, Labels: model.NewLabelSet(map[string]string{"app": "web"})}
	e := &network.Endpoint{Namespace: ns, Labels: ns.Labels}
	for _, m := range []network.Matcher{
		network.Everyone(), network.Nobody(), network.Pods(ns.Name, selector), network.InNamespaces(selector, selector),
		network.Any(network.Nobody(), network.InNamespaces(selector, selector)),
	} {
		if n := testing.AllocsPerRun(100, func() {
			m.Match(e)
			m.Only()
			m.Everything()
			network.ScopeOf(m, ns)
		}); n != 0 {
			t.Errorf("%T: %v allocations", m, n)
		}
	}
}

// TestPeers: selectors as they stand in objects.
func TestPeers(t *testing.T) {
	labels := func(pairs ...string) *metav1.LabelSelector {
		s := &metav1.LabelSelector{}
		for i := 0; i < len(pairs); i += 2 {
			metav1.AddLabelToSelector(s, pairs[i], pairs[i+1])
		}
		return s
	}
	name := "kubernetes.io/metadata.name"
	in := func(key string, values ...string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: metav1.LabelSelectorOpIn, Values: values}}}
	}
	known := &network.Namespace{Name: model.Intern("a"), Known: true, Labels: model.NewLabelSet(map[string]string{name: "a", "team": "x"})}
	unknown := &network.Namespace{Name: model.Intern("b")}
	for _, c := range []struct {
		name             string
		namespaces, pods *metav1.LabelSelector
		// a and b say how much of namespace a, which is known, and of b, which is not, match; sure whether that is certain for b.
		a, b network.Reach
		sure bool
		only string
	}{
		{"nothing is asked", nil, nil, network.All, network.All, true, ""},
		{"empty selectors", labels(), labels(), network.All, network.All, true, ""},
		{"pods anywhere", nil, labels("app", "web"), network.Some, network.Some, true, ""},
		{"by label", labels("team", "x"), nil, network.All, network.Some, false, ""},
		{"by another label", labels("team", "y"), nil, network.None, network.Some, false, ""},
		{"by name", labels(name, "a"), nil, network.All, network.None, true, "a"},
		{"by the name of one that is not known", labels(name, "b"), nil, network.None, network.All, true, "b"},
		{"by a list with one name", in(name, "a"), labels("app", "web"), network.Some, network.None, true, "a"},
		{"by a list of names", in(name, "a", "b"), nil, network.All, network.All, true, ""},
		{"by name and label", labels(name, "b", "team", "x"), nil, network.None, network.Some, false, ""},
		{"by a name that it is not", &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: name, Operator: metav1.LabelSelectorOpNotIn, Values: []string{"a"}}}}, nil, network.None, network.Some, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := network.Peers(c.namespaces, c.pods)
			if err != nil {
				t.Fatal(err)
			}
			if reach, sure := network.ScopeOf(m, known); reach != c.a || !sure {
				t.Errorf("a: %d %t", reach, sure)
			}
			if reach, sure := network.ScopeOf(m, unknown); reach != c.b || sure != c.sure {
				t.Errorf("b: %d %t", reach, sure)
			}
			if only, confined := m.Only(); model.Text(only) != c.only || confined != (c.only != "") {
				t.Errorf("only %q %t", model.Text(only), confined)
			}
		})
	}
}

func TestPeersSayWhatIsWrong(t *testing.T) {
	bad := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: "Near"}}}
	if m, err := network.Peers(bad, nil); err == nil || !strings.Contains(err.Error(), "selector for namespaces") || !strings.Contains(err.Error(), "Near") {
		t.Errorf("%v, %v", m, err)
	}
	if m, err := network.Peers(nil, bad); err == nil || !strings.Contains(err.Error(), "selector for pods") {
		t.Errorf("%v, %v", m, err)
	}
	if s, err := network.Compile(nil); err != nil || s.Everything() {
		t.Errorf("nil selects %v, %v: want nothing", s, err)
	}
}

func TestAny(t *testing.T) {
	a, b := model.Intern("a"), model.Intern("b")
	every := model.Selector{}
	if m := network.Any(); m.Match(&network.Endpoint{Namespace: &network.Namespace{}}) {
		t.Error("any of none matches")
	}
	if only, ok := network.Any(network.Pods(a, every), network.Pods(a, every)).Only(); !ok || only != a {
		t.Errorf("any of one namespace is confined to %v %t", only, ok)
	}
	if m := network.Any(network.Pods(a, every), network.Pods(b, every)); m.Everything() {
		t.Error("two namespaces are everything")
	}
	if m := network.Any(network.Pods(a, every), network.Everyone()); !m.Everything() {
		t.Error("anyone or everyone is not everything")
	}
	// One selector that certainly matches all is enough, whatever nobody knows about the other.
	asks, err := network.Peers(&metav1.LabelSelector{MatchLabels: map[string]string{"team": "x"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	unknown := &network.Namespace{Name: a}
	if reach, sure := network.ScopeOf(network.Any(asks, network.Pods(a, every)), unknown); reach != network.All || !sure {
		t.Errorf("scope %d %t", reach, sure)
	}
	if reach, sure := network.ScopeOf(network.Any(network.Pods(b, every), asks), unknown); reach != network.Some || sure {
		t.Errorf("scope %d %t", reach, sure)
	}
}
