package posture_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unique"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// two checks with what the tests need: one without extra labels, one with two that can fail at once.
func twoChecks(t *testing.T) *check.Set {
	t.Helper()
	set, err := check.NewSet([]check.Check{
		{ID: "plain", Severity: check.High, Needs: []model.Kind{model.Pods}, Judge: check.PodJudge(func(*check.Pod, *check.Report) {})},
		{ID: "both", Severity: check.Low, Needs: []model.Kind{model.Pods}, Labels: []check.Label{{Name: "way", Values: []string{"in", "out"}}},
			Judge: check.PodJudge(func(*check.Pod, *check.Report) {})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Bits of the two checks.
const (
	plain = 1 << iota
	bothIn
	bothOut
)

func pod(namespace, owner string, fail uint64) *model.Pod {
	r := model.Replica{Flags: model.Judged, Verdicts: model.Verdicts{Fail: fail}, Labels: model.NewLabelSet(nil)}
	if owner != "" {
		r.Owner = ownedBy("apps/v1", "StatefulSet", owner, "", "")
	}
	return model.NewPod(model.NewMeta(namespace, fmt.Sprintf("%s-%x", owner, fail)), 0, model.Sym{}, &r)
}

// ownedBy is a controller reference.
func ownedBy(apiVersion, kind, name, uid, hash string) model.OwnerRef {
	return model.NewOwner(&metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: name, UID: types.UID(uid)}, hash)
}

// change makes the pod another one.
func change(p *model.Pod, how func(*model.Replica)) {
	r := p.Of()
	how(&r)
	p.Replica = unique.Make(r)
}

func podsOnly(pods ...*model.Pod) *posture.Snapshot {
	s := &posture.Snapshot{Pods: pods}
	s.Have[model.Pods] = true
	return s
}

func result(t *testing.T, set *check.Set, o posture.Options, s *posture.Snapshot) []string {
	t.Helper()
	if o.FindingsLimit == 0 {
		o.FindingsLimit = 100
	}
	all := lines(posture.Compute(s, posture.NewSettings(set, o), now, noPanic(t)))
	return slices.DeleteFunc(all, func(l string) bool { return strings.HasPrefix(l, "check ") && strings.Contains(l, "[0 0 0 0]") })
}

func TestExemptions(t *testing.T) {
	base := posture.Exemption{Name: "x", Owner: "me", Reason: "because", Checks: []string{"plain"}, Expires: now.Add(time.Hour)}
	with := func(change func(*posture.Exemption)) posture.Exemption { e := base; change(&e); return e }
	failing := []string{"check plain judged true [0 1 0 0]", `count plain[] "prod" 1`, `finding plain "prod" StatefulSet db 1`, "exemption x 0", `severity high "prod" 0 1`}
	exempted := []string{"check plain judged true [0 0 1 0]", `count plain[] "prod" 0`, "exemption x 1"}
	for name, tc := range map[string]struct {
		exemption posture.Exemption
		exempt    bool
	}{
		"by check":            {base, true},
		"every check":         {with(func(e *posture.Exemption) { e.Checks = []string{"*"} }), true},
		"another check":       {with(func(e *posture.Exemption) { e.Checks = []string{"both"} }), false},
		"the moment it ends":  {with(func(e *posture.Exemption) { e.Expires = now }), false},
		"just before it ends": {with(func(e *posture.Exemption) { e.Expires = now.Add(1) }), true},
		"namespace glob":      {with(func(e *posture.Exemption) { e.Namespaces = []string{"p*"} }), true},
		"another namespace":   {with(func(e *posture.Exemption) { e.Namespaces = []string{"pro"} }), false},
		"kind":                {with(func(e *posture.Exemption) { e.Kinds = []string{"DaemonSet", "StatefulSet"} }), true},
		"another kind":        {with(func(e *posture.Exemption) { e.Kinds = []string{"Pod"} }), false},
		"owner's name":        {with(func(e *posture.Exemption) { e.Names = []string{"db"} }), true},
		"the pod's own name":  {with(func(e *posture.Exemption) { e.Names = []string{"db-1"} }), false},
	} {
		t.Run(name, func(t *testing.T) {
			want := failing
			if tc.exempt {
				want = exempted
			}
			got := result(t, twoChecks(t), posture.Options{Exemptions: []posture.Exemption{tc.exemption}}, podsOnly(pod("prod", "db", plain)))
			got = slices.DeleteFunc(got, func(l string) bool { return strings.Contains(l, "both") || l == `severity low "prod" 1 0` })
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestExemptionOfNamespaces: a list of namespaces covers nothing that is in no namespace, not even
// "*".
func TestExemptionOfNamespaces(t *testing.T) {
	set := newSet(t)
	e := set.Entry("rbac_roles_with_wildcards")
	wild := model.Verdicts{Fail: e.Bits()}
	s := &posture.Snapshot{Roles: []*model.Role{
		{Namespaced: model.Namespaced{Meta: model.NewMeta("", "everything")}, Verdicts: wild},
		{Namespaced: model.Namespaced{Meta: model.NewMeta("a", "everything")}, Verdicts: wild},
	}}
	s.Have[model.Roles], s.Have[model.ClusterRoles] = true, true
	for _, tc := range []struct {
		namespaces []string
		exempt     int
	}{{nil, 2}, {[]string{}, 2}, {[]string{"*"}, 1}, {[]string{"a"}, 1}, {[]string{"", "*"}, 1}, {[]string{"b"}, 0}} {
		exempt := posture.Exemption{Name: "x", Checks: []string{e.ID}, Namespaces: tc.namespaces, Expires: now.Add(time.Hour)}
		r := posture.Compute(s, posture.NewSettings(set, posture.Options{Exemptions: []posture.Exemption{exempt}}), now, noPanic(t))
		if got := r.Checks[e.Index].Results; got[posture.Exempt] != tc.exempt || got[posture.Fail] != 2-tc.exempt {
			t.Errorf("namespaces %q: %v, want %d exempt", tc.namespaces, got, tc.exempt)
		}
	}
}

// TestExemptionUnknown: what an exemption covers is not known, and no 0, while one of its checks that are switched on cannot be judged.
func TestExemptionUnknown(t *testing.T) {
	covers := func(id string) posture.Options {
		return posture.Options{Exemptions: []posture.Exemption{{Name: "x", Checks: []string{id}, Expires: now.Add(time.Hour)}}}
	}
	off := covers("both")
	off.Disabled = []string{"both"}
	expired := covers("both")
	expired.Exemptions[0].Expires = now
	for name, tc := range map[string]struct {
		options posture.Options
		pods    bool
		want    string
	}{
		"judged":                 {covers("both"), true, "exemption x 0"},
		"not judged":             {covers("both"), false, "exemption x unknown"},
		"any check":              {covers("*"), false, "exemption x unknown"},
		"none of those":          {covers("other"), false, "exemption x 0"},
		"the check switched off": {off, false, "exemption x 0"},
		"expired":                {expired, false, "exemption x 0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := podsOnly()
			s.Have[model.Pods] = tc.pods
			if got := result(t, twoChecks(t), tc.options, s); !slices.Contains(got, tc.want) {
				t.Errorf("want %q in %q", tc.want, got)
			}
		})
	}
}

// TestExemptLabelValue: one way of failing is accepted, and the other still counts.
func TestExemptLabelValue(t *testing.T) {
	o := posture.Options{Exemptions: []posture.Exemption{{Name: "x", Checks: []string{"both/in"}}}}
	got := result(t, twoChecks(t), o, podsOnly(pod("a", "in", bothIn), pod("a", "both", bothIn|bothOut)))
	want := []string{
		"check both judged true [0 1 1 0]", "check plain judged true [2 0 0 0]",
		`count both[in] "a" 0`, `count both[out] "a" 1`, `count plain[] "a" 0`,
		"exemption x 2", `finding both "a" StatefulSet both 1`, `severity high "a" 2 0`, `severity low "a" 0 1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSystemNamespaces(t *testing.T) {
	set := newSet(t)
	namespace := func(name string) *model.Namespace {
		return &model.Namespace{Namespaced: model.Namespaced{Meta: model.NewMeta("", name)}, Self: model.Intern(name)}
	}
	s := &posture.Snapshot{Namespaces: []*model.Namespace{namespace("kube-system"), namespace("shop")}}
	s.Have[model.Namespaces], s.Have[model.ResourceQuotas] = true, true
	id := "namespaces_without_resource_quota"
	for _, tc := range []struct {
		system []string
		want   [posture.ResultCount]int
	}{
		{[]string{"kube-*"}, [posture.ResultCount]int{posture.Fail: 1, posture.Exempt: 1}},
		{nil, [posture.ResultCount]int{posture.Fail: 2}},
	} {
		r := posture.Compute(s, posture.NewSettings(set, posture.Options{SystemNamespaces: tc.system, FindingsLimit: 10}), now, noPanic(t))
		if got := r.Checks[set.Entry(id).Index].Results; got != tc.want {
			t.Errorf("system namespaces %v: %v, want %v", tc.system, got, tc.want)
		}
	}
}

func TestDisabled(t *testing.T) {
	s := podsOnly(pod("a", "x", plain|bothIn|bothOut))
	got := result(t, twoChecks(t), posture.Options{Disabled: []string{"plain", "both/out"}}, s)
	want := []string{"check both judged true [0 1 0 0]", `count both[in] "a" 1`, `finding both "a" StatefulSet x 1`, `severity low "a" 0 1`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFinishedPodsCountNowhere(t *testing.T) {
	finished := pod("gone", "job", plain)
	change(finished, func(r *model.Replica) { r.Flags = 0 })
	got := result(t, twoChecks(t), posture.Options{}, podsOnly(finished))
	if len(got) != 0 {
		t.Errorf("a finished pod left %q", got)
	}
}

// TestFindingsLimit: in a namespace the lowest severities go first, the same ones stay from scrape
// to scrape, and what is dropped is counted.
func TestFindingsLimit(t *testing.T) {
	set := twoChecks(t)
	var pods []*model.Pod
	for i := range 200 {
		pods = append(pods, pod("a", fmt.Sprint("w", i), plain|bothIn))
	}
	findings := func(limit, skip int) []string {
		r := posture.Compute(podsOnly(pods[skip:]...), posture.NewSettings(set, posture.Options{FindingsLimit: limit}), now, noPanic(t))
		if total := 2 * (len(pods) - skip); len(r.Findings) != min(limit, total) || r.Dropped != total-len(r.Findings) {
			t.Errorf("limit %d: %d findings and %d dropped of %d", limit, len(r.Findings), r.Dropped, total)
		}
		return filter(lines(r), func(l string) bool { return strings.HasPrefix(l, "finding") })
	}
	for _, limit := range []int{0, 1, 150, 200, 201, 399, 400, 500} {
		for i, line := range findings(limit, 0) {
			if high := strings.Contains(line, " plain "); limit < 200 && !high {
				t.Errorf("limit %d keeps %d: %s", limit, i, line)
			}
		}
	}
	if diff := cmp.Diff(findings(250, 0), findings(250, 0)); diff != "" {
		t.Errorf("the same world, other findings:\n%s", diff)
	}
	before, after := findings(250, 0), findings(250, 1)
	appeared := filter(after, func(l string) bool { return !slices.Contains(before, l) })
	if len(appeared) > 2 {
		t.Errorf("one workload went, and %d other findings appeared", len(appeared))
	}
}

func TestMinimumSeverity(t *testing.T) {
	got := result(t, twoChecks(t), posture.Options{FindingsMinimum: check.Medium}, podsOnly(pod("a", "x", plain|bothIn)))
	if found := filter(got, func(l string) bool { return strings.HasPrefix(l, "finding") }); len(found) != 1 || !strings.Contains(found[0], "plain") {
		t.Errorf("findings %q, want that of the high check alone", found)
	}
	raised := posture.Options{FindingsMinimum: check.Medium, Severity: map[string]check.Severity{"both": check.Critical, "plain": check.Low}}
	got = result(t, twoChecks(t), raised, podsOnly(pod("a", "x", plain|bothIn)))
	if found := filter(got, func(l string) bool { return strings.HasPrefix(l, "finding") }); len(found) != 1 || !strings.Contains(found[0], "both") {
		t.Errorf("findings %q, want that of the check that was raised", found)
	}
}
