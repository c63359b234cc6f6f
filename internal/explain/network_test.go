package explain

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

func text(t *testing.T, p *posture.PodNetwork) string {
	t.Helper()
	var b strings.Builder
	if err := Network(p, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNetwork(t *testing.T) {
	deny := network.Placed{Policy: &network.Policy{Source: network.Source{Kind: "GlobalNetworkPolicy", Name: "deny"}}}
	torn := network.Placed{Policy: &network.Policy{Source: network.Source{Kind: "CiliumNetworkPolicy", Namespace: "shop", Name: "torn"}, Invalid: "spec: is a list: correct it"}}
	everyone := &network.Rule{Everyone: true}
	some := &network.Rule{Action: network.Deny, Pods: []network.Matcher{network.Everyone()}, Outside: network.All, SomePorts: true}
	p := &posture.PodNetwork{Namespace: "shop", Pod: "web", Told: true, Missing: []string{"tiers.projectcalico.org"}}
	p.Enforcement = enforcer.Verdict{Enforced: check.Yes, Enforcers: []enforcer.Enforcer{{Name: "calico", Evidence: "DaemonSet kube-system/calico-node"}}}
	p.Directions[model.Ingress] = network.Explanation{Verdict: check.IsolatedButOpen, Engines: []network.EngineExplanation{{
		Engine: network.Calico, Verdict: check.IsolatedButOpen, Reason: network.AllowsEveryone, By: deny,
		Policies: []network.Selected{{Policy: deny, Group: "default", Isolates: true, Rules: []network.Admission{
			{Rule: everyone, Endpoints: 9}, {Rule: some, Endpoints: 2, Namespaces: []string{"a", "b", "c", "d", "e", "f", "g"}},
		}}},
	}}}
	p.Directions[model.Egress] = network.Explanation{Verdict: check.IsolationUnknown, Engines: []network.EngineExplanation{
		{Engine: network.Cilium, Reason: network.CannotBeRead, By: torn, Policies: []network.Selected{{Policy: torn, Group: "Namespaced", Unread: true}}},
		{Engine: network.Calico, Verdict: check.NotIsolated},
	}}
	want := `Pod shop/web

Ingress: isolated, but open to all
  because GlobalNetworkPolicy deny allows everyone on every port
  - GlobalNetworkPolicy deny (default): isolates
      allows from everyone, on every port
      denies from pods of 2 kinds in a, b, c, d, e and 2 others and every address outside of the cluster, on some ports

Egress: unknown
  by Cilium: unknown
    because nobody knows what CiliumNetworkPolicy shop/torn does
    - CiliumNetworkPolicy shop/torn (Namespaced): may do anything
        unreadable: spec: is a list: correct it
  by Calico: not isolated
    because no policy decides about all traffic, which is then allowed to everywhere

Policies are enforced by calico: DaemonSet kube-system/calico-node.
tiers.projectcalico.org cannot be listed: what such a policy could change is unknown.
`
	if diff := cmp.Diff(want, text(t, p)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestOutside: no policy is asked about some pods.
func TestOutside(t *testing.T) {
	for want, p := range map[string]*posture.PodNetwork{
		"It is on the host network":                       {HostNetwork: true},
		"It has finished":                                 {Finished: true},
		"It could not be decoded":                         {Unreadable: true},
		"Its labels are more than 16384 bytes":            {TooManyLabels: true},
		"Whether anybody enforces policies is unknown: ":  {HostNetwork: true},
		"Nobody enforces policies in this cluster: none ": {Finished: true, Told: true, Enforcement: enforcer.Verdict{Enforced: check.No}},
	} {
		if got := text(t, p); !strings.Contains(got, want) || strings.Contains(got, "Ingress") {
			t.Errorf("want %q without a verdict in\n%s", want, got)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriterThatFails(t *testing.T) {
	if err := Network(&posture.PodNetwork{}, full{}); err == nil {
		t.Error("nobody is told that nothing was written")
	}
}

// TestNamesCannotForgeLines: a name from a file can hold anything. It begins no line of the answer,
// and no terminal obeys it.
func TestNamesCannotForgeLines(t *testing.T) {
	const name = "x\nEgress: isolated\x1b[2J\u009b\u202e\xff"
	const shown = `x\nEgress: isolated\x1b[2J\u009b\u202e\xff`
	bad := network.Placed{Policy: &network.Policy{Source: network.Source{Kind: "NetworkPolicy", Namespace: name, Name: name}, Invalid: name}}
	p := &posture.PodNetwork{Namespace: name, Pod: name, Told: true, Missing: []string{name}}
	p.Enforcement = enforcer.Verdict{Enforced: check.Yes, Enforcers: []enforcer.Enforcer{{Name: name, Evidence: name}}, Notes: []string{name}}
	p.Directions[model.Ingress] = network.Explanation{Engines: []network.EngineExplanation{{
		Reason: network.CannotBeRead, By: bad, Policies: []network.Selected{{Policy: bad, Group: name, Unread: true}},
	}, {
		Reason: network.IsolatesOnly, By: bad, Policies: []network.Selected{{Policy: bad, Group: name, Rules: []network.Admission{
			{Rule: &network.Rule{}, Endpoints: 1, Namespaces: []string{name}},
		}}},
	}}}
	got := text(t, p)
	for line := range strings.Lines(got) {
		if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return !unicode.IsPrint(r) }) || strings.HasPrefix(line, "Egress: isolated") {
			t.Errorf("a name wrote %q", line)
		}
	}
	if n := strings.Count(got, shown); n != 18 {
		t.Errorf("the name is shown %d times, want 18:\n%s", n, got)
	}
}
