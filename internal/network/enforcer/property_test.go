package enforcer_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
)

const worlds = 10_000

// random is a cluster of everything that the cases have, put together at random.
func random(r *rand.Rand) (f enforcer.Facts) {
	f.Trusted = enforcer.DefaultNamespaces()
	for range 1 + r.IntN(3) {
		c := &cases[r.IntN(len(cases))]
		for _, d := range c.facts.DaemonSets {
			switch r.IntN(12) {
			case 0:
				d = moved(d, "tenant")
			case 1:
				d = powerless(d)
			case 2:
				d = pausing(hidden(d))
			}
			f.DaemonSets = append(f.DaemonSets, d)
		}
		f.Nodes = append(f.Nodes, c.facts.Nodes...)
		f.Groups = append(f.Groups, c.facts.Groups...)
		if r.IntN(20) == 0 {
			f.Stated = c.facts.Stated
		}
	}
	return f
}

// unrelated is a DaemonSet that has nothing to do with networks, though it likes to be called like one that has.
func unrelated(r *rand.Rand) enforcer.DaemonSet {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	d := enforcer.DaemonSet{
		Namespace: pick("kube-system", "monitoring", "calico-system", "openshift-sdn"),
		Name:      pick("node-exporter", "calico-node", "cilium", "kube-proxy", "flannel", "fluent-bit", "weave-net", "sdn", "kindnet", "aws-node"),
		Idle:      r.IntN(10) == 0,
	}
	for i := range r.IntN(3) {
		d.Containers = append(d.Containers, enforcer.Container{
			Name:     fmt.Sprint(pick("exporter", "logs", "cilium-agent-logs", "kube-proxy", "weave-npc-proxy", "agent"), i),
			Image:    pick("kindest/kindnetd:v20250101-a", "calico/node:v3", "example.com/a"),
			NetAdmin: r.IntN(2) == 0,
			Args:     []string{pick("--run-firewall=false", "--enable-network-policy=true", "--enable-policy=never", "-v")},
			Env:      map[string]string{pick("EXPECT_NPC", "CILIUM_ENABLE_POLICY"): pick("0", "never")},
		})
	}
	return d
}

// TestProperties: unrelated DaemonSets change nothing, nor does the order of anything, nor that facts are reduced.
func TestProperties(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 5))
	seen := map[check.Answer]int{}
	for range worlds {
		f := random(r)
		want := enforcer.Judge(&f)
		seen[want.Enforced]++

		more := f
		more.DaemonSets, more.Nodes = slices.Clone(f.DaemonSets), slices.Clone(f.Nodes)
		for range r.IntN(4) {
			more.DaemonSets = append(more.DaemonSets, unrelated(r))
		}
		r.Shuffle(len(more.DaemonSets), func(i, j int) { more.DaemonSets[i], more.DaemonSets[j] = more.DaemonSets[j], more.DaemonSets[i] })
		r.Shuffle(len(more.Nodes), func(i, j int) { more.Nodes[i], more.Nodes[j] = more.Nodes[j], more.Nodes[i] })
		if diff := cmp.Diff(want, enforcer.Judge(&more)); diff != "" {
			t.Fatalf("unrelated DaemonSets or the order matter: -want +got:\n%s\n%+v", diff, more)
		}

		less := enforcer.Facts{Groups: more.Groups, Stated: more.Stated, Trusted: more.Trusted}
		for i := range more.DaemonSets {
			if d, ok := more.DaemonSets[i].Reduced(); ok {
				less.DaemonSets = append(less.DaemonSets, d)
			}
		}
		for i := range more.Nodes {
			less.Nodes = append(less.Nodes, more.Nodes[i].Reduced())
		}
		if diff := cmp.Diff(want, enforcer.Judge(&less)); diff != "" {
			t.Fatalf("reduced facts say something else: -want +got:\n%s\n%+v", diff, more)
		}
	}
	for _, a := range []check.Answer{check.Unknown, check.No, check.Yes} {
		if seen[a] < 500 {
			t.Errorf("the answer %d was given %d times: the worlds say little", a, seen[a])
		}
	}
}

// TestReduced: nothing is kept that nobody asks for.
func TestReduced(t *testing.T) {
	t.Parallel()
	d := enforcer.DaemonSet{Namespace: "kube-system", Name: "cilium", Containers: []enforcer.Container{
		{Name: "cilium-agent", Image: "cilium", Args: []string{"cilium-agent", "--token=secret", "--enable-policy", "always"}, Env: map[string]string{"PASSWORD": "secret", "CILIUM_ENABLE_POLICY": "default"}},
		{Name: "sidecar", Args: []string{"--enable-policy=never"}},
	}}
	got, ok := d.Reduced()
	want := enforcer.DaemonSet{Namespace: "kube-system", Name: "cilium", Containers: []enforcer.Container{
		{Name: "cilium-agent", Image: "cilium", Args: []string{"--enable-policy=always"}, Env: map[string]string{"CILIUM_ENABLE_POLICY": "default"}},
	}}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, none := range []enforcer.DaemonSet{daemonSet("monitoring", "node-exporter", "node-exporter"), {Name: "cilium", Idle: true, Containers: d.Containers}} {
		if got, ok := none.Reduced(); ok {
			t.Errorf("%+v is kept", got)
		}
	}
	n := enforcer.Node{
		Name: "a", KubeletVersion: "v1.34.1+k3s1", Labels: map[string]string{"a": "b", "eks.amazonaws.com/compute-type": "auto"},
		Annotations: map[string]string{"c": "d", "k3s.io/node-args": `["server","--tls-san","secret","--disable-network-policy","true"]`},
	}
	wantNode := enforcer.Node{
		Name: "a", KubeletVersion: "v1.34.1+k3s1", Labels: map[string]string{"eks.amazonaws.com/compute-type": "auto"},
		Annotations: map[string]string{"k3s.io/node-args": `["server","--disable-network-policy"]`},
	}
	if diff := cmp.Diff(wantNode, n.Reduced()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// FuzzJudge: whatever stands in images, arguments, variables and annotations, the verdict is whole, and the same from reduced facts.
func FuzzJudge(f *testing.F) {
	f.Add("kindest/kindnetd:v20240813-c6f155d6", "--run-firewall=false", "never", `["server"]`, "v1.34.1+k3s1", "none")
	f.Add("a/kindnetd:v1.3", "--enable-network-policy true", "0", `["server","--disable-network-policy","x"]`, "+k3s", "calico")
	f.Add("@", "-c '--enable-policy never'", "", `[1]`, "", "")
	f.Add("kindnetd:", "--", "=", `["--disable-network-policy=0","server"]`, "v1+k3s", "")
	names := []string{"cilium-agent", "kube-router", "kindnet-cni", "aws-node", "aws-eks-nodeagent", "weave", "weave-npc"}
	f.Fuzz(func(t *testing.T, image, arg, value, annotation, version, label string) {
		facts := enforcer.Facts{Trusted: []string{"n"}, Nodes: []enforcer.Node{{
			Name: "n", KubeletVersion: version, Annotations: map[string]string{"k3s.io/node-args": annotation},
			Labels: map[string]string{"kubernetes.azure.com/network-policy": label},
		}}}
		for i, name := range names {
			d := enforcer.DaemonSet{Namespace: "n", Name: "d", HostNetwork: i > 1, Containers: []enforcer.Container{{
				Name: name, Image: image, NetAdmin: true, Args: strings.Split(arg, "\n"), Env: map[string]string{"EXPECT_NPC": value, "CILIUM_ENABLE_POLICY": value},
			}}}
			if i%2 == 0 && i+1 < len(names) {
				d.Containers = append(d.Containers, enforcer.Container{Name: names[i+1], Args: []string{arg}})
			}
			facts.DaemonSets = append(facts.DaemonSets, d)
			v := enforcer.Judge(&facts)
			if (v.Enforced == check.Yes) != (len(v.Enforcers) > 0) || v.Enforced != check.Yes && len(v.Notes) == 0 {
				t.Fatalf("%+v", v)
			}
			less := enforcer.Facts{Trusted: facts.Trusted, Nodes: []enforcer.Node{facts.Nodes[0].Reduced()}}
			for i := range facts.DaemonSets {
				if d, ok := facts.DaemonSets[i].Reduced(); ok {
					less.DaemonSets = append(less.DaemonSets, d)
				}
			}
			if diff := cmp.Diff(v, enforcer.Judge(&less)); diff != "" {
				t.Fatalf("reduced facts say something else: -want +got:\n%s\n%+v", diff, facts)
			}
		}
	})
}
