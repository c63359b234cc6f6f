package calico

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// said is a selector as the documentation speaks of it: what it means, and how it is written.
type said struct {
	// kind is one of the words below.
	kind   string
	key    string
	values []string
	of     []said
}

// means is the table of the documentation, line by line.
func (s said) means(labels map[string]string) bool {
	value, present := labels[s.key]
	switch s.kind {
	case "all":
		return true
	case "global":
		return false
	case "not":
		return !s.of[0].means(labels)
	case "and":
		return !slices.ContainsFunc(s.of, func(o said) bool { return !o.means(labels) })
	case "or":
		return slices.ContainsFunc(s.of, func(o said) bool { return o.means(labels) })
	case "has":
		return present
	case "==":
		return present && value == s.values[0]
	case "!=":
		return !present || value != s.values[0]
	case "in":
		return present && slices.Contains(s.values, value)
	case "not in":
		return !present || !slices.Contains(s.values, value)
	case "contains":
		return present && strings.Contains(value, s.values[0])
	case "starts with":
		return present && strings.HasPrefix(value, s.values[0])
	case "ends with":
		return present && strings.HasSuffix(value, s.values[0])
	}
	panic(s.kind)
}

// prefixed is the selector with a prefix before every label, as a selector of namespaces or ServiceAccounts is understood.
func (s said) prefixed(prefix string) said {
	out := s
	out.of = nil
	for _, o := range s.of {
		out.of = append(out.of, o.prefixed(prefix))
	}
	if s.kind == "all" && prefix == "pcsa." {
		return said{kind: "has", key: "projectcalico.org/serviceaccount"}
	}
	if out.key != "" {
		out.key = prefix + out.key
	}
	return out
}

// write writes the selector as people do: with or without white space, in either quotes, with more parentheses than needed.
func (s said) write(r *rand.Rand) string {
	gap := func() string { return [...]string{"", " ", " ", "\t ", "  "}[r.IntN(5)] }
	quoted := func(v string) string {
		quote := [...]string{"'", `"`}[r.IntN(2)]
		if strings.Contains(v, quote) {
			quote = map[string]string{"'": `"`, `"`: "'"}[quote]
		}
		return quote + v + quote
	}
	var out string
	switch s.kind {
	case "all", "global":
		out = s.kind + "(" + gap() + ")"
	case "has":
		out = "has(" + gap() + s.key + gap() + ")"
	case "not":
		out = "!" + gap() + s.of[0].inner(r)
	case "and", "or":
		by := map[string]string{"and": "&&", "or": "||"}[s.kind]
		for i, o := range s.of {
			if i > 0 {
				out += gap() + by + gap()
			}
			out += o.inner(r)
		}
	case "in", "not in":
		out = s.key + " " + s.kind + gap() + "{" + gap()
		for i, v := range s.values {
			if out += quoted(v) + gap(); i < len(s.values)-1 || r.IntN(4) == 0 {
				out += "," + gap()
			}
		}
		out += "}"
	default:
		out = s.key + " " + s.kind + gap() + quoted(s.values[0])
	}
	return gap() + out + gap()
}

// inner writes a part of a selector, in parentheses where it needs them.
func (s said) inner(r *rand.Rand) string {
	if text := s.write(r); s.kind != "and" && s.kind != "or" && r.IntN(6) > 0 {
		return text
	} else {
		return "(" + text + ")"
	}
}

var (
	oracleKeys = []string{
		"app", "app", "ap", "a", "tier", "k8s-app", "example.com/role", "pcns.team", "pcns.projectcalico.org/name", "pcns.app",
		"pcns.kubernetes.io/metadata.name", "pcsa.projectcalico.org/name", "projectcalico.org/namespace", "projectcalico.org/orchestrator",
		"projectcalico.org/serviceaccount", "projectcalico.org/name",
	}
	// Values that no API server accepts are what a file may hold; two of them look like the model's own separators.
	oracleValues     = []string{"", "web", "we", "b", "api", "blue", "shop", "bank", "k8s", "default", "front end", "it's", `"`, "0", "2", "\x02", "a\x00", "\x01b"}
	oracleNamespaces = []string{"shop", "bank", "default", "web"}
	oracleAccounts   = []string{"", "default", "web", "b"}
)

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func randomSaid(r *rand.Rand, depth int) said {
	if depth > 0 && r.IntN(2) == 0 {
		s := said{kind: pick(r, []string{"not", "and", "or"})}
		n := 1
		if s.kind != "not" {
			n = 2 + r.IntN(2)
		}
		for range n {
			s.of = append(s.of, randomSaid(r, depth-1))
		}
		return s
	}
	s := said{kind: pick(r, []string{"all", "has", "==", "!=", "in", "not in", "contains", "starts with", "ends with", "==", "in"})}
	if s.kind == "all" {
		return s
	}
	s.key = pick(r, oracleKeys)
	n := 1
	switch s.kind {
	case "has":
		n = 0
	case "in", "not in":
		n = r.IntN(4)
	}
	for range n {
		s.values = append(s.values, pick(r, oracleValues))
	}
	return s
}

func randomLabels(r *rand.Rand, keys []string) map[string]string {
	out := map[string]string{}
	for range r.IntN(5) {
		out[pick(r, keys)] = pick(r, oracleValues)
	}
	return out
}

// effective are the labels that Calico sees on a pod, from the decoded ones: its own but for those of reserved names, its namespace's and
// its ServiceAccount's under their prefixes, and what every pod is given.
func effective(e *network.Endpoint) map[string]string {
	out := map[string]string{}
	for k, v := range model.Labels(e.Labels) {
		if !strings.HasPrefix(k, "pcns.") && !strings.HasPrefix(k, "pcsa.") {
			out[k] = v
		}
	}
	for k, v := range model.Labels(e.Namespace.Labels) {
		out["pcns."+k] = v
	}
	name := model.Text(e.Namespace.Name)
	out["pcns.projectcalico.org/name"], out["pcns.kubernetes.io/metadata.name"] = name, name
	out["projectcalico.org/namespace"], out["projectcalico.org/orchestrator"] = name, "k8s"
	delete(out, "projectcalico.org/serviceaccount")
	if account := model.Text(e.ServiceAccount); account != "" {
		out["projectcalico.org/serviceaccount"], out["pcsa.projectcalico.org/name"] = account, account
	}
	return out
}

// randomPods makes pods of one namespace, whose labels are known.
func randomPods(r *rand.Rand) []*network.Endpoint {
	ns := &network.Namespace{Name: model.Intern(pick(r, oracleNamespaces)), Known: true}
	labels := randomLabels(r, []string{"team", "app"})
	ns.Labels = model.NewLabelSet(labels)
	var out []*network.Endpoint
	for range 4 {
		out = append(out, &network.Endpoint{
			Namespace: ns, Labels: model.NewLabelSet(randomLabels(r, oracleKeys)), ServiceAccount: model.Intern(pick(r, oracleAccounts)),
		})
	}
	return out
}

func TestSelectorsAgreeWithTheDocumentation(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	matched := 0
	const rounds = 20_000
	for range rounds {
		s := randomSaid(r, 3)
		of := pick(r, []about{pods, pods, namespaces, serviceAccounts})
		text := s.write(r)
		n, err := selector(text, of, false, false)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		inverse, _ := selector(text, of, true, false)
		m, generous, other := match(n, false), match(n, true), match(inverse, false)
		for _, e := range randomPods(r) {
			labels := effective(e)
			want := s.prefixed(string(of)).means(labels)
			// Labels of ServiceAccounts are read by nobody; a selector that asks for them may be undecided, and is never wrong.
			unread := n.mentions(accountLabel)
			if got := m.Match(e); got != want && !unread {
				t.Fatalf("%q of %q on %q: matches = %t, want %t", text, of, labels, got, want)
			}
			if got := other.Match(e); got == want && !unread {
				t.Fatalf("%q of %q on %q: its inverse matches = %t, want %t", text, of, labels, got, !want)
			}
			if m.Match(e) && !want || want && !generous.Match(e) {
				t.Fatalf("%q of %q on %q: a guess", text, of, labels)
			}
			if want {
				matched++
			}
			agreesWithScope(t, text, m, e)
		}
	}
	if matched < rounds || matched > 3*rounds {
		t.Errorf("%d of %d match: the test says little", matched, 4*rounds)
	}
}

// agreesWithScope checks what a matcher says without looking at the pod, and what it says when nobody knows the namespace's labels.
func agreesWithScope(t *testing.T, text string, m network.Matcher, e *network.Endpoint) {
	t.Helper()
	got := m.Match(e)
	describe := func() string { return fmt.Sprintf("%q in %q", text, model.Text(e.Namespace.Name)) }
	if reach, sure := network.ScopeOf(m, e.Namespace); !sure || got && reach == network.None || !got && reach == network.All {
		t.Fatalf("%s: scope %d, %t; matches = %t", describe(), reach, sure, got)
	}
	if only, ok := m.Only(); ok && got && only != e.Namespace.Name {
		t.Fatalf("%s: matches outside of its only namespace", describe())
	} else if m.Everything() && !got && (!ok || only == e.Namespace.Name) {
		t.Fatalf("%s: everything, but for this", describe())
	}
	blind := &network.Endpoint{Namespace: &network.Namespace{Name: e.Namespace.Name}, Labels: e.Labels, ServiceAccount: e.ServiceAccount}
	reach, sure := network.ScopeOf(m, blind.Namespace)
	if sure && (got && reach == network.None || !got && reach == network.All) || sure && m.Match(blind) != got {
		t.Fatalf("%s: sure of %d without the namespace's labels; matches = %t", describe(), reach, got)
	}
	if m.Match(blind) && !got {
		t.Fatalf("%s: guesses the namespace's labels", describe())
	}
}
