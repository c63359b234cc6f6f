package model_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
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

// TestLabel: one label is found whatever stands around it, and what only looks like it is not.
func TestLabel(t *testing.T) {
	all := map[string]string{"team": "shop", "a": "", "am": "b", "steam": "x", "odd\x00": "team\x01no\x02", "z": "\x01\x02\x00"}
	set := model.NewLabelSet(all)
	for key, want := range all {
		if got, ok := model.Label(set, key); !ok || got != want {
			t.Errorf("%q is %q, %t; want %q", key, got, ok, want)
		}
	}
	for _, key := range []string{"", "tea", "eam", "shop", "m", "no", "odd"} {
		if got, ok := model.Label(set, key); ok {
			t.Errorf("%q is found: %q", key, got)
		}
	}
	for _, none := range []model.LabelSet{{}, model.NewLabelSet(nil)} {
		if got, ok := model.Label(none, "team"); ok {
			t.Errorf("found where there is none: %q", got)
		}
	}
}

// TestSelectorsAreInterned: what asks for the same is equal, in whichever order it is written, and nothing else is.
func TestSelectorsAreInterned(t *testing.T) {
	compile := func(text string) model.Selector {
		parsed, err := labels.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := model.NewSelector(parsed)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, same := range [][2]string{{"a=b,c in (d,e),f", "c in (e,d),f,a=b"}, {"a in (b)", "a=b"}, {"", ""}} {
		if compile(same[0]) != compile(same[1]) {
			t.Errorf("%q and %q differ", same[0], same[1])
		}
	}
	seen := make(map[model.Selector]string)
	for _, text := range []string{"", "a=b", "a!=b", "a", "!a", "a in (b,c)", "a in (b,c,d)", "a notin (b,c)", "a=b,a=c", "a in (b,c),a=d", "a in (b,c),d"} {
		s := compile(text)
		if other, ok := seen[s]; ok {
			t.Errorf("%q and %q are the same", text, other)
		}
		seen[s] = text
		if s.Everything() != (text == "") || (s.Text() == "") != (text == "") {
			t.Errorf("%q: everything %t, text %q", text, s.Everything(), s.Text())
		}
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

// TestBounds: what is too large to be matched is refused or marked, at sizes far above real use.
func TestBounds(t *testing.T) {
	values := func(n, size int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprintf("%0*d", size, i)
		}
		return out
	}
	compile := func(op metav1.LabelSelectorOperator, values []string) error {
		parsed, err := metav1.LabelSelectorAsSelector(&metav1.LabelSelector{
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: op, Values: values}},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = model.NewSelector(parsed)
		return err
	}
	for _, op := range []metav1.LabelSelectorOperator{"In", "NotIn"} {
		if err := compile(op, values(1000, 63)); err != nil {
			t.Errorf("%s with 1,000 values of the greatest length: %v", op, err)
		}
		if err := compile(op, values(1100, 63)); err == nil || !strings.Contains(err.Error(), "split it") {
			t.Errorf("%s with 1,100 values of the greatest length: %v", op, err)
		}
	}
	of := func(n int) map[string]string {
		out := make(map[string]string, n)
		for i, v := range values(n, 63) {
			out[fmt.Sprint("k", i)] = v
		}
		return out
	}
	if few := of(200); model.BoundedLabels(few) != model.NewLabelSet(few) {
		t.Error("200 labels with values of the greatest length are not kept")
	}
	many := model.BoundedLabels(of(300))
	if many != model.TooManyLabels() {
		t.Error("300 labels with values of the greatest length are kept")
	}
	if n := len(model.Labels(many)); n > 0 || many == model.NewLabelSet(nil) || many == model.NewLabelSet(map[string]string{"\x02": ""}) {
		t.Errorf("too many labels look like %d", n)
	}
}

// TestValuesAreWhole: a value is met as a whole, not as a part of another or of the key.
func TestValuesAreWhole(t *testing.T) {
	for text, want := range map[string]bool{
		"app in (web,db)": true, "app in (eb,we,w)": false, "app in (webs)": false, "app notin (eb,webs)": true, "app notin (web)": false,
		"ap in (web)": false, "app,tier": true, "tier notin (web)": true, "!web": true, "web": false, "app!=web": false, "none!=web": true,
	} {
		parsed, err := labels.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := model.NewSelector(parsed)
		if err != nil {
			t.Fatal(err)
		}
		set := model.NewLabelSet(map[string]string{"app": "web", "tier": "app"})
		if s.Matches(set) != want {
			t.Errorf("%s: %t", text, !want)
		}
		if n := testing.AllocsPerRun(10, func() { s.Matches(set) }); n > 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}
