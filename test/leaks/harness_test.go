package leaks

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// steady are samples of a process that grows in nothing, or in what grow adds. It is noisy, as a real one is.
func steady(grow func(s *sample)) (samples []sample) {
	rng := rand.New(rand.NewPCG(1, 1))
	noise := func(of float64) float64 { return of * (0.95 + 0.1*rng.Float64()) }
	for i := range 200 {
		s := sample{
			Events: int64(i+1) * 100_000, Resident: noise(80 * mebibyte), Live: noise(20 * mebibyte),
			Goroutines: 90 + float64(rng.IntN(5)), Files: 12 + float64(rng.IntN(2)), Series: noise(8000),
		}
		if i < 20 { // the heap finds its size
			s.Resident *= 0.7
		}
		grow(&s)
		samples = append(samples, s)
	}
	return samples
}

// TestVerdict feeds the verdict what leaks: it says which quantity does, and that nothing else does.
func TestVerdict(t *testing.T) {
	for leaking, grow := range map[string]func(*sample){
		"": func(*sample) {},
		// One and a half bytes of each event stay.
		"resident, MiB":  func(s *sample) { s.Resident += float64(s.Events) * 1.5 },
		"live heap, MiB": func(s *sample) { s.Live += float64(s.Events) * 0.6 },
		// One goroutine of a million events, one file of two million.
		"goroutines": func(s *sample) { s.Goroutines += float64(s.Events) / 1e6 },
		"open files": func(s *sample) { s.Files += float64(s.Events) / 2e6 },
		"series":     func(s *sample) { s.Series += float64(s.Events) / 20_000 },
	} {
		trends, err := judge(steady(grow))
		noError(t, err)
		for _, trend := range trends {
			if want := trend.Name == leaking; trend.Grows != want {
				t.Errorf("where %q leaks, %+v", leaking, trend)
			}
		}
	}
	trends, err := judge(steady(func(s *sample) { s.Files += float64(s.Events) * 3e-6 }))
	noError(t, err)
	if got := trends[3].Slope; math.Abs(got-3) > 0.1 {
		t.Errorf("3 files of a million events are a slope of %v", got)
	}
	for name, few := range map[string][]sample{"none": nil, "few": steady(func(*sample) {})[:10]} {
		if _, err := judge(few); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestGraves lets series come back from the dead.
func TestGraves(t *testing.T) {
	g := newGraves()
	visit := func(text string) []string {
		e, err := parse([]byte(text))
		noError(t, err)
		g.visit(e)
		return g.wrong
	}
	const gone = "kube_posture_pods_privileged{namespace=\"gone\"} 1\n"
	const finding = "kube_posture_finding{check=\"x\",namespace=\"there\",kind=\"Deployment\",name=\"gone\"} 1\n"
	g.bury(name{namespace: "gone"}, event{model.Pods, 10}, event{model.Roles, 12})
	g.bury(name{"Deployment", "there", "gone"}, event{model.Pods, 11})
	for _, kind := range markable() {
		g.marked(kind, 20)
	}
	if wrong := visit(gone + finding); len(wrong) > 0 {
		t.Errorf("nothing has been taken yet, and %v is wrong", wrong)
	}
	pods := "kube_posture_pods_privileged{namespace=\"marker-pods-0\"} 0\n"
	if wrong := visit(gone + pods); len(wrong) > 0 || g.settled != 1 {
		t.Errorf("roles have not been taken yet: %v is wrong, %d are settled", wrong, g.settled)
	}
	if wrong := visit(finding + pods); !slices.Equal(wrong, []string{"Deployment there/gone"}) {
		t.Errorf("a finding of a deleted workload: %v", wrong)
	}
	roles := "kube_posture_rbac_roles_with_wildcards{namespace=\"marker-roles-0\"} 1\n"
	if wrong := visit(gone + roles); len(wrong) != 2 || wrong[1] != "gone" || g.settled != 2 || g.checks != 1+1+2 {
		t.Errorf("a series of a deleted namespace: %v is wrong, %d are settled, %d checks", wrong, g.settled, g.checks)
	}
	if g.caughtUp() {
		t.Error("not every marker has been seen")
	}
}

func TestDifferences(t *testing.T) {
	text := "# HELP kube_posture_x x\nkube_posture_x{a=\"1\"} 1\ngo_goroutines 5\nkube_posture_watch_errors_total{resource=\"pods\"} 3\nkube_posture_y 2\n"
	lines := posture([]byte(text))
	if !slices.Equal(lines, []string{`kube_posture_x{a="1"} 1`, "kube_posture_y 2"}) {
		t.Errorf("the posture of the text is %q", lines)
	}
	if got := differences(lines, []string{"kube_posture_y 2", `kube_posture_x{a="1"} 1`}); got != "" {
		t.Errorf("the order makes a difference: %s", got)
	}
	if got := differences(lines, []string{"kube_posture_y 3", `kube_posture_x{a="1"} 1`}); !strings.HasPrefix(got, "2 of 2 lines differ") {
		t.Errorf("another value makes %q", got)
	}
}
