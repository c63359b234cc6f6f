package model_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// awkward are texts that could be taken for parts of the encoding, and ordinary ones that are parts of each other.
var awkward = []string{"", "a", "aa", "app", "app.kubernetes.io/name", "b", "\x00", "\x01", "\x02", "\x020", "a\x00b\x01c", "ä", "a=b,c"}

func TestLabelSetRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		want := randomSet(rng)
		set := model.NewLabelSet(want)
		if diff := cmp.Diff(want, model.Labels(set)); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
		if again := model.NewLabelSet(model.Labels(set)); again != set {
			t.Fatalf("%q: the same labels are another set", want)
		}
	}
}

func randomSet(rng *rand.Rand) labels.Set {
	set := labels.Set{}
	for range rng.IntN(5) {
		set[awkward[rng.IntN(len(awkward))]] = awkward[rng.IntN(len(awkward))]
	}
	return set
}

// TestSelectorAgainstApimachinery compares the compiled selector with the library that the API server matches with.
func TestSelectorAgainstApimachinery(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	matched := 0
	for range 20_000 {
		written := &metav1.LabelSelector{MatchLabels: map[string]string{}}
		names := []string{"a", "aa", "app", "b"}
		for range rng.IntN(3) {
			written.MatchLabels[names[rng.IntN(4)]] = names[rng.IntN(4)]
		}
		for range rng.IntN(3) {
			r := metav1.LabelSelectorRequirement{Key: names[rng.IntN(4)], Operator: []metav1.LabelSelectorOperator{"In", "NotIn", "Exists", "DoesNotExist"}[rng.IntN(4)]}
			if r.Operator == "In" || r.Operator == "NotIn" {
				r.Values = names[:1+rng.IntN(3)]
			}
			written.MatchExpressions = append(written.MatchExpressions, r)
		}
		parsed, err := metav1.LabelSelectorAsSelector(written)
		if err != nil {
			t.Fatal(err)
		}
		compiled, err := model.NewSelector(parsed)
		if err != nil {
			t.Fatal(err)
		}
		set := randomSet(rng)
		want := parsed.Matches(set)
		if got := compiled.Matches(model.NewLabelSet(set)); got != want {
			t.Fatalf("selector %s on %q: %t, want %t", parsed, set, got, want)
		}
		if compiled.Everything() != parsed.Empty() {
			t.Fatalf("selector %s matches everything: %t", parsed, compiled.Everything())
		}
		if want {
			matched++
		}
	}
	if matched < 1000 {
		t.Errorf("only %d of the pairs matched: the test says little", matched)
	}
}

func TestSelectorNothing(t *testing.T) {
	s, err := model.NewSelector(labels.Nothing())
	if err != nil {
		t.Fatal(err)
	}
	if s.Matches(model.NewLabelSet(map[string]string{"a": "b"})) || s.Everything() {
		t.Error("a selector for nothing matched")
	}
}

func TestSelectorRefusesOtherOperators(t *testing.T) {
	parsed, err := labels.Parse("size > 3")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := model.NewSelector(parsed); err == nil {
		t.Errorf("compiled to %+v", s)
	}
}

func TestSelectorAllocatesNothing(t *testing.T) {
	parsed, err := labels.Parse("app=web,tier in (a,b),env notin (c),owner")
	if err != nil {
		t.Fatal(err)
	}
	s, err := model.NewSelector(parsed)
	if err != nil {
		t.Fatal(err)
	}
	set := model.NewLabelSet(map[string]string{"app": "web", "tier": "b", "owner": "x"})
	if n := testing.AllocsPerRun(100, func() {
		if !s.Matches(set) {
			t.Fatal("no match")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestContainerCountsSaturate(t *testing.T) {
	var c model.ContainerCounts
	for range 1<<16 + 10 {
		c.Add(0, 1)
	}
	if c[0][1] != 1<<16-1 {
		t.Errorf("%d", c[0][1])
	}
}
