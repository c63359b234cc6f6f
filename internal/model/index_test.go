package model_test

import (
	"math/rand/v2"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// TestIndexFindsWhatMatches: an index says of each set what the selector says.
func TestIndexFindsWhatMatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	texts := []string{
		"", "a", "!a", "a=b", "a!=b", "a in (a,b,aa)", "a notin (a,b)", "app,aa notin (b,app),!b", "a=b,a=c", "b in (app,b),a", "zz", "!zz", "zz!=a",
	}
	selectors := make([]model.Selector, len(texts), len(texts)+1)
	for i, text := range texts {
		parsed, err := labels.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if selectors[i], err = model.NewSelector(parsed); err != nil {
			t.Fatal(err)
		}
	}
	nothing, err := model.NewSelector(labels.Nothing())
	if err != nil {
		t.Fatal(err)
	}
	selectors, texts = append(selectors, nothing), append(texts, "nothing")
	for _, n := range []int{0, 1, 63, 64, 65, 300} {
		sets := make([]model.LabelSet, n)
		for i := range sets {
			sets[i] = model.NewLabelSet(randomSet(rng))
		}
		x := model.NewIndex(selectors, sets)
		out := make([]uint64, (n+63)/64)
		for k, s := range selectors {
			x.Find(s, out)
			for i, set := range sets {
				if got := out[i/64]>>(i%64)&1 == 1; got != s.Matches(set) {
					t.Fatalf("%q on %q, %d of %d: %t", texts[k], model.Labels(set), i, n, got)
				}
			}
			if n%64 != 0 && out[n/64]>>(n%64) != 0 {
				t.Fatalf("%q: bits of no set are set", texts[k])
			}
		}
	}
}
