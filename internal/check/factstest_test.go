package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// factsCase is what a judge that is no pod check is given, and what it must say. Nothing expected means that the resource passes.
type factsCase[F any] struct {
	name  string
	facts F
	// fails, unknowns and skips are combinations of label values as verdict names them.
	fails, unknowns, skips []string
	// counts are combinations in which the resource counts without failing.
	counts []string
}

// testFacts runs a judge over the cases, counting and explaining; counting must allocate nothing, because it happens at every scrape.
func testFacts[F any, J ~func(F, *Report)](t *testing.T, check *Check, judge J, cases []factsCase[F]) {
	t.Helper()
	if _, err := NewSet([]Check{*check}); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var r Report
			judge(c.facts, &r)
			want := [][]string{c.fails, c.unknowns, everySkip(check, c.skips), c.counts}
			if diff := cmp.Diff(want, said(check, &r)); diff != "" {
				t.Errorf("fails, unknowns, skips, counts (-want +got):\n%s", diff)
			}
			explaining := Explaining()
			judge(c.facts, explaining)
			if diff := cmp.Diff(want, said(check, explaining)); diff != "" {
				t.Errorf("explaining, fails, unknowns, skips, counts (-want +got):\n%s", diff)
			}
			for _, v := range explaining.Violations() {
				if v.Field == "" || v.Message == "" {
					t.Errorf("violation %+v does not say what is wrong, or where", v)
				}
			}
			if (len(explaining.Violations()) > 0) != (len(c.fails) > 0) {
				t.Errorf("explained by %+v, want the reasons of %q", explaining.Violations(), c.fails)
			}
			if allocations := testing.AllocsPerRun(10, func() {
				r.Reset()
				judge(c.facts, &r)
			}); allocations != 0 {
				t.Errorf("counting allocated %v times, want 0", allocations)
			}
		})
	}
}

// said names what the report holds.
func said(check *Check, r *Report) [][]string {
	return [][]string{
		combinations(check, uint64(r.Fails())), combinations(check, uint64(r.Unknowns())), combinations(check, uint64(r.Skips())),
		combinations(check, uint64(r.Counts())),
	}
}

// everySkip turns the one word "all" into every combination.
func everySkip(check *Check, skips []string) []string {
	if len(skips) == 1 && skips[0] == "all" {
		return combinations(check, 1<<check.Values()-1)
	}
	return skips
}

// TestNot: the opposite of what nobody knows is not known either.
func TestNot(t *testing.T) {
	for answer, want := range map[Answer]Answer{Yes: No, No: Yes, Unknown: Unknown} {
		if got := answer.Not(); got != want {
			t.Errorf("not %d = %d, want %d", answer, got, want)
		}
	}
}
