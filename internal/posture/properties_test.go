package posture_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/test/world"
	"github.com/kube-posture/kube-posture-exporter/test/world/projected"
)

var small = world.Size{Namespaces: 12, Pods: 300, Policies: 4, Bindings: 3, Nodes: 5}

// TestOrderDoesNotMatter: a store lists its objects in no order.
func TestOrderDoesNotMatter(t *testing.T) {
	set := newSet(t)
	for seed := range uint64(20) {
		snap := projected.Snapshot(t, set, world.New(seed, small))
		want := posture.Compute(snap, defaults(set), now, noPanic(t))
		rng := rand.New(rand.NewPCG(seed, 1))
		other := *snap
		other.Pods, other.Namespaces = shuffled(rng, snap.Pods), shuffled(rng, snap.Namespaces)
		other.Policies, other.ServiceAccounts = shuffled(rng, snap.Policies), shuffled(rng, snap.ServiceAccounts)
		other.Roles, other.Bindings, other.Nodes = shuffled(rng, snap.Roles), shuffled(rng, snap.Bindings), shuffled(rng, snap.Nodes)
		sameReport(t, "in another order", want, posture.Compute(&other, defaults(set), now, noPanic(t)))
	}
}

// TestWholeIsTheSumOfItsNamespaces: what stands in one namespace says nothing about another, but for cluster-wide roles and bindings.
func TestWholeIsTheSumOfItsNamespaces(t *testing.T) {
	set := newSet(t)
	snap := projected.Snapshot(t, set, world.New(7, small))
	whole := posture.Compute(snap, defaults(set), now, noPanic(t))
	sums := make([][posture.ResultCount]int, len(whole.Checks))
	for _, ns := range snap.Namespaces {
		r := posture.Compute(only(snap, ns), defaults(set), now, noPanic(t))
		got, want := inNamespace(r, ns.Name()), inNamespace(whole, ns.Name())
		if !slices.Equal(got, want) {
			t.Errorf("namespace %s alone: %v, as part of the whole: %v", ns.Name(), got, want)
		}
		for i := range r.Checks {
			for result, n := range r.Checks[i].Results {
				sums[i][result] += n
			}
		}
	}
	for i, e := range set.Entries() {
		switch e.Judge.(type) {
		case check.SubjectJudge, check.RoleJudge, check.BindingJudge, check.NamespaceSubjectJudge:
			continue // cluster-wide ones are in every part
		}
		if sums[i] != whole.Checks[i].Results {
			t.Errorf("%s: the parts sum up to %v, the whole is %v", e.ID, sums[i], whole.Checks[i].Results)
		}
	}
}

// TestSeverities: level 0 and the sums by namespace are the same resources.
func TestSeverities(t *testing.T) {
	set := newSet(t)
	snap := projected.Snapshot(t, set, world.New(7, small))
	settings := defaults(set)
	whole := posture.Compute(snap, settings, now, noPanic(t))
	var want, got [check.SeverityCount][2]int
	for i := range whole.Checks {
		results := &whole.Checks[i].Results
		sum := &want[settings.Severity(&set.Entries()[i])]
		sum[0] += results[posture.Pass]
		sum[1] += results[posture.Fail]
	}
	for severity := range check.SeverityCount {
		for ns := range whole.Namespaces {
			pass, fail, _ := whole.Severity(ns, severity)
			got[severity][0] += pass
			got[severity][1] += fail
		}
	}
	if want != got {
		t.Errorf("by check %v, by namespace %v", want, got)
	}
	for kind := range model.KindCount {
		r := posture.Compute(without(snap, kind), settings, now, noPanic(t))
		matters := slices.ContainsFunc(set.Entries(), func(e check.Entry) bool { return !e.ClusterWide && slices.Contains(e.Needs, kind) })
		for ns, name := range r.Namespaces {
			if _, _, ok := r.Severity(ns, check.High); ok && matters {
				t.Errorf("without %s something is said about %q although a check needs it", kind, name)
			}
		}
		if r.Blind != matters {
			t.Errorf("without %s: blind is %t, want %t", kind, r.Blind, matters)
		}
	}
}

// only keeps the objects of one namespace and those of none.
func only(s *posture.Snapshot, ns *model.Namespace) *posture.Snapshot {
	part := *s
	keep := func(sym model.Sym) bool { return sym == ns.Self || model.Text(sym) == "" }
	part.Pods = filter(s.Pods, func(o *model.Pod) bool { return keep(o.NS) })
	part.Policies = filter(s.Policies, func(o *network.Object) bool { return keep(o.NS) })
	part.ServiceAccounts = filter(s.ServiceAccounts, func(o *model.ServiceAccount) bool { return keep(o.NS) })
	part.LimitRanges = filter(s.LimitRanges, func(o *model.LimitRange) bool { return keep(o.NS) })
	part.ResourceQuotas = filter(s.ResourceQuotas, func(o *model.ResourceQuota) bool { return keep(o.NS) })
	part.Roles = filter(s.Roles, func(o *model.Role) bool { return keep(o.NS) })
	part.Bindings = filter(s.Bindings, func(o *model.Binding) bool { return keep(o.NS) })
	part.Namespaces = []*model.Namespace{ns}
	return &part
}

func filter[T any](list []T, keep func(T) bool) (kept []T) {
	for _, o := range list {
		if keep(o) {
			kept = append(kept, o)
		}
	}
	return kept
}

func inNamespace(r *posture.Report, name string) []int32 {
	i := slices.Index(r.Namespaces, name)
	if i < 0 {
		return nil
	}
	return r.Counts[i*len(r.Columns) : (i+1)*len(r.Columns)]
}

// TestFindingsHaveNames: two findings of the same name would be one series twice, which costs the whole scrape, and one without names nobody.
func TestFindingsHaveNames(t *testing.T) {
	set := newSet(t)
	snap := projected.Snapshot(t, set, world.New(7, small))
	group := func(name string) *model.Binding {
		return &model.Binding{
			Namespaced: model.Namespaced{Meta: model.NewMeta(snap.Namespaces[0].Name(), "admins-"+name)}, RoleKind: "ClusterRole", RoleName: "cluster-admin",
			Subjects: []model.Subject{{Kind: model.Group, Name: name}},
		}
	}
	snap.Bindings = append(slices.Clone(snap.Bindings), group("a"), group("b"))
	r := posture.Compute(snap, defaults(set), now, noPanic(t))
	seen := make(map[string]bool)
	for _, f := range r.Findings {
		o := r.Objects[f.Object]
		id := set.Entries()[f.Check].ID + " " + r.Namespaces[o.Namespace] + " " + o.Kind + " " + o.Name
		if seen[id] || o.Name == "" {
			t.Errorf("a finding without a name of its own: %q", id)
		}
		seen[id] = true
	}
	ns := snap.Namespaces[0].Name()
	for _, want := range []string{"namespace_admin_subjects " + ns + " Group a", "namespace_admin_subjects " + ns + " Group b"} {
		if !seen[want] {
			t.Errorf("no finding %q", want)
		}
	}
}

// TestAddThenDelete: nothing is left of what came and went.
func TestAddThenDelete(t *testing.T) {
	set := newSet(t)
	snap := projected.Snapshot(t, set, world.New(3, small))
	var engine posture.Engine
	before := engine.Compute(snap, defaults(set), now, noPanic(t))
	more := *snap
	p := informers.NewProjector(set, noPanic(t))
	world.New(4, small).Workload("appeared", "visitor", 5, func(o runtime.Object) {
		if pod, ok := o.(*corev1.Pod); ok {
			more.Pods = append(slices.Clip(more.Pods), p.Pod(pod))
		}
	})
	with := engine.Compute(&more, defaults(set), now, noPanic(t))
	// Its ReplicaSet is not listed, so each pod stands for itself.
	if !strings.Contains(strings.Join(lines(with), "\n"), `"appeared" Pod visitor-`) {
		t.Fatal("the added workload has no finding: the test would prove nothing")
	}
	sameReport(t, "after the workload is gone", before, engine.Compute(snap, defaults(set), now, noPanic(t)))
}

// TestMissingKinds: a kind that cannot be listed makes exactly the checks that need it silent.
func TestMissingKinds(t *testing.T) {
	set := newSet(t)
	snap := projected.Snapshot(t, set, world.New(5, small))
	whole := posture.Compute(snap, defaults(set), now, noPanic(t))
	for kind := range model.KindCount {
		part := without(snap, kind)
		r := posture.Compute(part, defaults(set), now, noPanic(t))
		for i, e := range set.Entries() {
			needs := slices.Contains(e.Needs, kind)
			if r.Checks[i].Judged == needs {
				t.Errorf("without %s, %s is judged: %t", kind, e.ID, r.Checks[i].Judged)
			}
			if isolates[e.ID] && network.Unread(kind, network.Source{}, "x") != nil && !needs {
				if !unsure(whole.Checks[i].Results, r.Checks[i].Results) {
					t.Errorf("without %s, %s changed from %v to %v: what it could change must be unknown, and nothing else", kind, e.ID, whole.Checks[i].Results, r.Checks[i].Results)
				}
				continue
			}
			if !needs && r.Checks[i].Results != whole.Checks[i].Results {
				t.Errorf("without %s, which it does not need, %s changed from %v to %v", kind, e.ID, whole.Checks[i].Results, r.Checks[i].Results)
			}
			if needs && r.Checks[i].Results != [posture.ResultCount]int{} {
				t.Errorf("without %s, %s still says %v", kind, e.ID, r.Checks[i].Results)
			}
		}
	}
}

// isolates are the checks that the policies of any engine decide about.
var isolates = map[string]bool{"pods_without_network_policy": true, "pods_open_to_all": true, "namespaces_without_default_deny": true}

// unsure says whether answers have become unknown, at least one and none something else.
func unsure(before, after [posture.ResultCount]int) bool {
	sum := func(r [posture.ResultCount]int) (n int) {
		for _, v := range r {
			n += v
		}
		return n
	}
	return sum(before) == sum(after) && after[posture.Unknown] > before[posture.Unknown] && after[posture.Fail] <= before[posture.Fail] &&
		after[posture.Pass] <= before[posture.Pass] && after[posture.Exempt] <= before[posture.Exempt]
}

// without is the snapshot as it is when one kind cannot be listed: marked, and with none of its objects.
func without(s *posture.Snapshot, kind model.Kind) *posture.Snapshot {
	part := *s
	part.Have[kind] = false
	cluster := func(ns model.Sym) bool { return model.Text(ns) == "" }
	switch kind {
	case model.Pods:
		part.Pods = nil
	case model.Namespaces:
		part.Namespaces = nil
	case model.Nodes:
		part.Nodes = nil
	case model.ServiceAccounts:
		part.ServiceAccounts = nil
	case model.LimitRanges:
		part.LimitRanges = nil
	case model.ResourceQuotas:
		part.ResourceQuotas = nil
	case model.NetworkPolicies:
		part.Policies = nil
	case model.DaemonSets:
		part.DaemonSets = nil
	case model.Roles:
		part.Roles = filter(s.Roles, func(o *model.Role) bool { return cluster(o.NS) })
	case model.ClusterRoles:
		part.Roles = filter(s.Roles, func(o *model.Role) bool { return !cluster(o.NS) })
	case model.RoleBindings:
		part.Bindings = filter(s.Bindings, func(o *model.Binding) bool { return cluster(o.NS) })
	case model.ClusterRoleBindings:
		part.Bindings = filter(s.Bindings, func(o *model.Binding) bool { return !cluster(o.NS) })
	}
	return &part
}

// TestPanickingCheck: a check that breaks on a resource says that nobody knows, is counted, and disturbs no other.
func TestPanickingCheck(t *testing.T) {
	checks := check.Catalog()
	checks = append(checks,
		check.Check{ID: "breaks_on_pods", Needs: []model.Kind{model.Pods}, Judge: check.PodJudge(func(*check.Pod, *check.Report) { panic("pods") })},
		check.Check{ID: "breaks_on_facts", Needs: []model.Kind{model.Pods}, Judge: check.PodFactsJudge(func(*check.PodFacts, *check.Report) { panic("facts") })},
		check.Check{ID: "breaks_on_namespaces", Needs: []model.Kind{model.Namespaces}, Judge: check.NamespaceJudge(func(*check.NamespaceFacts, *check.Report) { panic("namespaces") })})
	set, err := check.NewSet(checks)
	if err != nil {
		t.Fatal(err)
	}
	broken := make(map[string]int)
	count := func(id string, _ any) { broken[id]++ }
	p := informers.NewProjector(set, count)
	snap := projected.With(t, p, world.New(5, small))
	r := posture.Compute(snap, defaults(set), now, count)
	want := projected.Snapshot(t, newSet(t), world.New(5, small))
	whole := posture.Compute(want, defaults(newSet(t)), now, noPanic(t))
	for i := range whole.Checks {
		if r.Checks[i] != whole.Checks[i] {
			t.Errorf("%s changed beside a broken check: %v, was %v", checks[i].ID, r.Checks[i], whole.Checks[i])
		}
	}
	for i, n := range map[int]int{len(checks) - 3: len(snap.Pods), len(checks) - 2: len(snap.Pods), len(checks) - 1: len(snap.Namespaces)} {
		if got := r.Checks[i].Results; got != [posture.ResultCount]int{posture.Unknown: n} {
			t.Errorf("%s: %v, want %d unknown", checks[i].ID, got, n)
		}
		if broken[checks[i].ID] == 0 {
			t.Errorf("%s broke and nobody was told", checks[i].ID)
		}
	}
	for _, line := range lines(r) {
		if strings.HasPrefix(line, "count breaks_on") {
			t.Errorf("a broken check has a gauge: %s", line)
		}
	}
}
