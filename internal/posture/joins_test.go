package posture_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// TestNetworkAgainstOracle compares the join with the rule said plainly: for every pod, for every policy.
func TestNetworkAgainstOracle(t *testing.T) {
	const worlds = 2000
	set := newSet(t)
	e := set.Entry("pods_without_network_policy")
	projector := informers.NewProjector(set, noPanic(t))
	for seed := range uint64(worlds) {
		rng := rand.New(rand.NewPCG(seed, 2))
		s := &posture.Snapshot{}
		for k := range s.Have {
			s.Have[k] = true
		}
		var policies []*networkingv1.NetworkPolicy
		for i := range rng.IntN(6) {
			np := randomPolicy(rng, i)
			policies = append(policies, np)
			out, err := projector.Transform(model.NetworkPolicies)(np)
			if err != nil {
				t.Fatal(err)
			}
			s.Add(out)
		}
		want := make(map[string]int32)
		for i := range 1 + rng.IntN(12) {
			set := randomLabels(rng)
			p := model.NewPod(model.NewMeta(fmt.Sprint("ns", rng.IntN(3)), fmt.Sprint("p", i)), 0, model.Sym{},
				&model.Replica{Flags: model.Judged, Labels: model.NewLabelSet(set)})
			s.Pods = append(s.Pods, p)
			for d, direction := range []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
				key := fmt.Sprint(p.Namespace(), d)
				want[key] += 0
				if !isolatedPlainly(t, policies, p.Namespace(), set, direction) {
					want[key]++
				}
			}
		}
		r := posture.Compute(s, defaults(set), now, noPanic(t))
		got := make(map[string]int32)
		for ns, name := range r.Namespaces {
			for c, column := range r.Columns {
				if n := r.Counts[ns*len(r.Columns)+c]; column.Entry.Index == e.Index && n != posture.NotJudged {
					got[fmt.Sprint(name, column.Value)] = n
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-oracle +got):\n%s", seed, diff)
		}
	}
}

func isolatedPlainly(t *testing.T, policies []*networkingv1.NetworkPolicy, namespace string, pod labels.Set, direction networkingv1.PolicyType) bool {
	t.Helper()
	for _, np := range policies {
		selector, err := metav1.LabelSelectorAsSelector(&np.Spec.PodSelector)
		if err != nil {
			t.Fatal(err)
		}
		if np.Namespace != namespace || !selector.Matches(pod) {
			continue
		}
		types := np.Spec.PolicyTypes
		if len(types) == 0 {
			types = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
			if len(np.Spec.Egress) > 0 {
				types = append(types, networkingv1.PolicyTypeEgress)
			}
		}
		if slices.Contains(types, direction) {
			return true
		}
	}
	return false
}

func randomLabels(rng *rand.Rand) labels.Set {
	set := labels.Set{}
	for _, key := range []string{"app", "tier", "example.com/app"} {
		if rng.IntN(2) == 0 {
			set[key] = []string{"a", "ab", "b", ""}[rng.IntN(4)]
		}
	}
	return set
}

func randomPolicy(rng *rand.Rand, i int) *networkingv1.NetworkPolicy {
	np := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: fmt.Sprint("ns", rng.IntN(3)), Name: fmt.Sprint("np", i)}}
	np.Spec.PodSelector.MatchLabels = randomLabels(rng)
	if rng.IntN(2) == 0 {
		np.Spec.PodSelector.MatchLabels = nil
	}
	for range rng.IntN(3) {
		r := metav1.LabelSelectorRequirement{Key: []string{"app", "tier", "pp"}[rng.IntN(3)]}
		r.Operator = []metav1.LabelSelectorOperator{"In", "NotIn", "Exists", "DoesNotExist"}[rng.IntN(4)]
		if r.Operator == "In" || r.Operator == "NotIn" {
			r.Values = []string{"a", "ab", "b", ""}[:1+rng.IntN(4)]
		}
		np.Spec.PodSelector.MatchExpressions = append(np.Spec.PodSelector.MatchExpressions, r)
	}
	for _, kind := range []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
		if rng.IntN(3) == 0 {
			np.Spec.PolicyTypes = append(np.Spec.PolicyTypes, kind)
		}
	}
	np.Spec.Egress = make([]networkingv1.NetworkPolicyEgressRule, rng.IntN(2))
	return np
}

func TestNodes(t *testing.T) {
	on := func(node string, cpu, memory int64, flags model.PodFlags) *model.Pod {
		p := pod("a", "", 0)
		p.Node = model.Intern(node)
		change(p, func(r *model.Replica) {
			r.Limits, r.Flags = [model.ResourceCount]int64{cpu, memory}, model.Judged|flags
		})
		return p
	}
	node := func(name string, cpu, memory int64) *model.Node {
		return &model.Node{Namespaced: model.Namespaced{Meta: model.NewMeta("", name)}, Allocatable: [model.ResourceCount]int64{cpu, memory}}
	}
	finished := on("n1", 5000, 5000, 0)
	change(finished, func(r *model.Replica) { r.Flags = 0 })
	s := podsOnly(on("n1", 1500, 100, 0), on("n1", 1500, 0, model.UnboundedMemory), on("n1", 0, 0, model.UnboundedCPU|model.UnboundedMemory),
		on("elsewhere", 1, 1, 0), on("", 1, 1, 0), finished)
	s.Nodes = []*model.Node{node("n1", 2000, 400), node("silent", 0, 0)}
	s.Have[model.Nodes] = true
	r := posture.Compute(s, defaults(newSet(t)), now, noPanic(t))
	want := []posture.NodeState{
		{Name: "n1", Overcommit: [2]float64{1.5, 0.25}, Unbounded: [2]int{1, 2}},
		{Name: "silent", Overcommit: [2]float64{-1, -1}},
	}
	if diff := cmp.Diff(want, r.Nodes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
