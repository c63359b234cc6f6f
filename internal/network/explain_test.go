package network_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// TestExplainAgreesWithTheVerdict: what is explained is the verdict, and what is named is there.
func TestExplainAgreesWithTheVerdict(t *testing.T) {
	const seed = 900
	t.Logf("seed %d", seed)
	reasons := map[network.Reason]int{}
	for i := range 3000 {
		w := newWorld(seed + uint64(i))
		m, ids := w.build()
		for k, id := range ids {
			verdict, why := m.Isolation(id), m.Explain(id)
			for d := range why {
				if why[d].Verdict != verdict[d] || len(why[d].Engines) != len(w.pipelines()) {
					t.Fatalf("world %d: endpoint %d %s: %+v, want %d\n%s", i, k, model.Direction(d), why[d], verdict[d], w)
				}
				for j, e := range why[d].Engines {
					if e.Engine != w.pipelines()[j] {
						t.Fatalf("world %d: engine %d, want %d", i, e.Engine, w.pipelines()[j])
					}
					reasons[e.Reason]++
					checkReason(t, w, &e)
				}
			}
		}
	}
	if len(reasons) != int(network.CannotBeRead)+1 {
		t.Errorf("reasons %v: some never came up", reasons)
	}
}

func checkReason(t *testing.T, w *world, e *network.EngineExplanation) {
	t.Helper()
	listed := e.By.Policy == nil
	for _, s := range e.Policies {
		listed = listed || s.Policy == e.By
	}
	var verdicts []check.Isolation
	named := true
	switch e.Reason {
	case network.NothingDecides, network.OutsideNotIsolated:
		verdicts, named = []check.Isolation{check.NotIsolated}, false
	case network.AllowsEveryone:
		verdicts = []check.Isolation{check.IsolatedButOpen}
	case network.AllowsUnasked:
		verdicts = []check.Isolation{check.NotIsolated}
	case network.DeniesEveryone, network.IsolatesOnly:
		verdicts = []check.Isolation{check.Isolated}
	case network.CannotBeRead:
		verdicts = []check.Isolation{check.IsolationUnknown}
		named = e.By.Policy != nil
	}
	if !listed || named != (e.By.Policy != nil) || len(verdicts) != 1 || verdicts[0] != e.Verdict {
		t.Fatalf("%+v\n%s", e, w)
	}
}

func TestExplain(t *testing.T) {
	test, shop := model.Intern("test"), model.Intern("shop")
	w := network.NewWorld(3)
	ns := w.Namespace(network.Namespace{Name: test, Known: true})
	other := w.Namespace(network.Namespace{Name: shop, Known: true})
	id := w.Endpoint(network.Endpoint{Namespace: ns})
	w.Endpoint(network.Endpoint{Namespace: other, ServiceAccount: model.Intern("a")})
	w.Endpoint(network.Endpoint{Namespace: other, ServiceAccount: model.Intern("b")})

	admin := policy(network.Admin, false, network.Rule{Action: network.Pass, Pods: []network.Matcher{network.Pods(shop, model.Selector{})}})
	deny := policy(network.Namespaced, true)
	deny.Sides[model.Egress] = network.Side{}
	allow := policy(network.Namespaced, true, network.Rule{Pods: []network.Matcher{network.Pods(shop, model.Selector{}), network.Pods(test, model.Selector{})}})
	unread := policy(network.Baseline, false)
	unread.Invalid = "cannot be read"
	placed := network.Alone(unread, allow, deny, admin)
	m := network.Build(placed, w)

	rules := func(p *network.Policy, endpoints int, namespaces ...string) []network.Admission {
		return []network.Admission{{Rule: &p.Sides[0].Rules[0], Endpoints: endpoints, Namespaces: namespaces}}
	}
	selected := []network.Selected{
		{Policy: placed[3], Group: "Admin", Rules: rules(admin, 2, "shop")},
		{Policy: placed[1], Group: "Namespaced", Isolates: true, Rules: rules(allow, 3, "shop", "test")},
		{Policy: placed[2], Group: "Namespaced", Isolates: true},
		{Policy: placed[0], Group: "Baseline", Unread: true},
	}
	want := [model.DirectionCount]network.Explanation{
		{Verdict: check.Isolated, Engines: []network.EngineExplanation{
			{Verdict: check.Isolated, Reason: network.IsolatesOnly, By: placed[1], Policies: selected}}},
		{Verdict: check.Isolated, Engines: []network.EngineExplanation{
			{Verdict: check.Isolated, Reason: network.IsolatesOnly, By: placed[1], Policies: []network.Selected{selected[0], selected[1], selected[3]}}}},
	}
	if diff := cmp.Diff(want, m.Explain(id), cmp.Comparer(func(a, b *network.Policy) bool { return a == b }),
		cmp.Comparer(func(a, b *network.Rule) bool { return a.Action == b.Action && len(a.Pods) == len(b.Pods) })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
