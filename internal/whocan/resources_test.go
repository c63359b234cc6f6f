package whocan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/discovery"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

func TestBuiltInResources(t *testing.T) {
	seen := make(map[string]bool)
	names := make(map[string]string)
	for _, r := range builtIn {
		if seen[r.full()] {
			t.Errorf("%s is in the table twice", r.full())
		}
		seen[r.full()] = true
		for _, name := range append(strings.Fields(r.short), r.singular, r.plural) {
			if name != strings.ToLower(name) || name == "" {
				t.Errorf("%s: %q is no name", r.full(), name)
			}
			if other := names[name]; other != "" && other != r.plural {
				t.Errorf("%s is a name of %s and of %s", name, other, r.plural)
			}
			names[name] = r.plural
		}
		if r.scope == scopeUnknown {
			t.Errorf("%s: no scope", r.full())
		}
	}
	// The escalation list asks for nothing that cannot be asked for here.
	known := NewKnown(nil, nil)
	for _, row := range rbac.EscalationList() {
		for _, w := range row.Ways {
			for _, a := range slices.Concat(w.Any, w.And) {
				got, err := known.Parse(Question{Verb: a.Verb, Target: a.Resource, Subresource: a.Subresource, Name: a.Name})
				if err != nil || got.Attributes != a {
					t.Errorf("%s: %+v: %v, %v", row.Name, a, got.Attributes, err)
				}
			}
		}
	}
}

// served are the resources of the table that no discovery shows by default: those that the API server only authorizes, and those of
// features that are off.
var notServed = []string{"groups", "users", "uids.authentication.k8s.io", "userextras.authentication.k8s.io", "signers.certificates.k8s.io"}

// kubeletSubresources are what the kubelet asks for, and nothing serves.
var kubeletSubresources = []string{"checkpoint", "configz", "healthz", "log", "metrics", "pods", "spec", "stats"}

// TestTableIsWhatAnAPIServerServes compares the table with the discovery of a real API server that serves everything it can.
func TestTableIsWhatAnAPIServerServes(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs a real control plane")
	}
	cluster := testcluster.Start(t, testcluster.WithAPIServerArgs("--runtime-config=api/all=true", "--feature-gates=AllAlpha=true,AllBeta=true"))
	client, err := discovery.NewDiscoveryClientForConfig(cluster.Config())
	if err != nil {
		t.Fatal(err)
	}
	_, lists, err := client.ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	served := make(map[string]resource)
	var subresources [][2]string
	for _, list := range lists {
		group, _, grouped := strings.Cut(list.GroupVersion, "/")
		if !grouped {
			group = ""
		}
		for _, r := range list.APIResources {
			if plural, sub, is := strings.Cut(r.Name, "/"); is {
				key := resource{plural: plural, group: group}
				subresources = append(subresources, [2]string{key.full(), sub})
				continue
			}
			got := resource{plural: r.Name, singular: r.SingularName, short: strings.Join(r.ShortNames, " "), group: group, scope: inCluster}
			if r.Namespaced {
				got.scope = inNamespace
			}
			served[got.full()] = got
		}
	}
	for _, s := range subresources {
		r := served[s[0]]
		if !slices.Contains(strings.Fields(r.subresources), s[1]) {
			r.subresources = strings.TrimSpace(r.subresources + " " + s[1])
			served[s[0]] = r
		}
	}
	table := make(map[string]resource)
	for _, r := range builtIn {
		if slices.Contains(notServed, r.full()) {
			continue
		}
		subs := slices.DeleteFunc(strings.Fields(r.subresources), func(s string) bool {
			return r.plural == "nodes" && slices.Contains(kubeletSubresources, s)
		})
		slices.Sort(subs)
		r.subresources = strings.Join(subs, " ")
		table[r.full()] = r
	}
	for name, r := range served {
		subs := strings.Fields(r.subresources)
		slices.Sort(subs)
		r.subresources = strings.Join(subs, " ")
		served[name] = r
	}
	if diff := cmp.Diff(served, table, cmp.AllowUnexported(resource{})); diff != "" {
		t.Errorf("the table differs from what the API server serves (-server +table):\n%s", diff)
	}
}

func TestNearest(t *testing.T) {
	options := []string{"get", "list", "watch", "create", "delete", "deletecollection", "pods", "pod"}
	for word, want := range map[string]string{
		"gte": "get", "Get": "get", "lst": "list", "wacth": "watch", "craete": "create", "deletecolection": "deletecollection", "pods": "pods",
		"podd": "pod", "xyz": "", "": "", strings.Repeat("a", 100): "",
	} {
		if got := nearest(word, options); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestSlips(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"get", "get", 0}, {"gte", "get", 1}, {"ca", "ac", 1}, {"kitten", "sitting", 3},
		{"a cat", "an act", 2}, {"abcdef", "badcfe", 3},
	} {
		if got, back := slips([]rune(tt.a), []rune(tt.b)), slips([]rune(tt.b), []rune(tt.a)); got != tt.want || back != tt.want {
			t.Errorf("%q to %q: got %d, and %d back, want %d", tt.a, tt.b, got, back, tt.want)
		}
	}
}

// TestKnownIsTheSameInAnyOrder of the roles.
func TestKnownIsTheSameInAnyOrder(t *testing.T) {
	in, _ := world()
	reversed := slices.Clone(in.Roles)
	slices.Reverse(reversed)
	compare := cmp.AllowUnexported(Known{}, known{}, resource{})
	if diff := cmp.Diff(NewKnown(in.Roles, nil), NewKnown(reversed, nil), compare); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(NewKnown([]*model.Role{{}}, nil), NewKnown(nil, nil), compare); diff != "" {
		t.Error(diff)
	}
}
