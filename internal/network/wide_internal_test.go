package network

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// TestWideFindsWhatMatches: the indexes of all labels find the places that a matcher finds by
// asking each namespace and each pod.
func TestWideFindsWhatMatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	texts := []string{"", "a", "!a", "a=x", "a!=x", "a in (x,y)", "a notin (x,y),b", "!a,!b", "b=x"}
	selectors := make([]model.Selector, len(texts))
	for i, text := range texts {
		parsed, err := labels.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if selectors[i], err = model.NewSelector(parsed); err != nil {
			t.Fatal(err)
		}
	}
	set := func() model.LabelSet {
		out := map[string]string{}
		for _, key := range []string{"a", "b"} {
			if v := rng.IntN(4); v > 0 {
				out[key] = []string{"x", "y", "z"}[v-1]
			}
		}
		return model.NewLabelSet(out)
	}
	w := NewWorld(0)
	for n := range 300 {
		ns := w.Namespace(Namespace{Name: model.Intern(fmt.Sprint("n", n)), Labels: set(), Known: rng.IntN(10) > 0})
		for i := range rng.IntN(6) {
			w.Endpoint(Endpoint{Namespace: ns, Labels: set(), ServiceAccount: model.Intern(fmt.Sprint(i))})
		}
		if rng.IntN(20) == 0 {
			w.Unlabeled(ns)
		}
	}
	table := newPeerTable(Build(nil, w))
	for _, spaces := range selectors {
		for _, pods := range selectors {
			table.next(newInNamespaces(spaces, pods))
		}
	}
	wide := table.wide(&hints{}, &hints{})
	if wide == nil {
		t.Fatalf("there are no indexes for %d matchers of %d places", len(table.matchers), table.size)
	}
	found := 0
	for _, m := range table.matchers[firstPeer:] {
		var got, want finder
		wide.find(&got, m.(*inNamespaces))
		for n := range w.namespaces {
			table.inNamespace(&want, m, int32(n))
		}
		for _, list := range [][]int32{got.certain, got.doubtful, want.certain, want.doubtful} {
			slices.Sort(list)
			found += len(list)
		}
		if !slices.Equal(got.certain, want.certain) || !slices.Equal(got.doubtful, want.doubtful) {
			t.Errorf("%q: got %v and %v, want %v and %v", m.(Keyed).Key().Value(), got.certain, got.doubtful, want.certain, want.doubtful)
		}
	}
	if found < 10_000 {
		t.Errorf("only %d places were found: the test says little", found)
	}
}
