package review

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// TestAsTheGauges: in many random clusters the report calls exactly those bindings stale, unused and overdue that the checks do.
func TestAsTheGauges(t *testing.T) {
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	settings := posture.NewSettings(set, posture.Options{OwnerLabel: "team", FindingsLimit: 1 << 20, Review: quarterly})
	for seed := range uint64(300) {
		in := randomInput(rand.New(rand.NewPCG(seed, 0)))
		now := in.Date.Add(day24 - 1)
		want := failures(posture.Compute(in.Snapshot, settings, now, func(id string, recovered any) { t.Errorf("%s: %v", id, recovered) }))
		if diff := cmp.Diff(want, said(&in)); diff != "" {
			t.Fatalf("seed %d (-gauges +report):\n%s", seed, diff)
		}
	}
	// And in the recorded one.
	in := recorded(t)
	want := failures(posture.Compute(in.Snapshot, settings, in.Date.Add(day24-1), func(id string, recovered any) { t.Errorf("%s: %v", id, recovered) }))
	if diff := cmp.Diff(want, said(&in)); diff != "" {
		t.Errorf("(-gauges +report):\n%s", diff)
	}
}

// failures are what three checks say of bindings: the sum of each reason, and each object that fails.
func failures(r *posture.Report) []string {
	var list []string
	wanted := []string{"rbac_bindings_stale", "rbac_bindings_unused", "rbac_bindings_review_overdue"}
	entries := r.Settings.Set().Entries()
	for _, f := range r.Findings {
		if id := entries[f.Check].ID; slices.Contains(wanted, id) {
			o := r.Objects[f.Object]
			list = append(list, fmt.Sprintf("%s %s %s/%s", id, o.Kind, r.Namespaces[o.Namespace], o.Name))
		}
	}
	for c, column := range r.Columns {
		if column.Entry.ID != wanted[0] {
			continue
		}
		sum := 0
		for ns := range r.Namespaces {
			sum += max(0, int(r.Counts[ns*len(r.Columns)+c]))
		}
		list = append(list, fmt.Sprintf("%s: %d", column.Entry.Labels[0].Values[column.Value], sum))
	}
	slices.Sort(list)
	return list
}

// said is the same by what the report knows of each binding.
func said(in *Input) []string {
	var list []string
	r := Build(*in)
	listed := func(list []Binding, kind, namespace, name string) *Binding {
		for i := range list {
			if d := &list[i]; d.Kind == kind && d.Namespace == namespace && d.Name == name {
				return d
			}
		}
		return nil
	}
	sums := map[string]int{"missing_role": 0, "missing_service_account": 0, "missing_namespace": 0, "no_subjects": 0}
	b := newBuilder(in)
	for _, source := range in.Snapshot.Bindings {
		d := b.binding(source)
		say := func(id string, fails bool) {
			if fails {
				list = append(list, fmt.Sprintf("%s %s %s/%s", id, d.Kind, d.Namespace, d.Name))
			}
		}
		for _, code := range slices.Compact(codes(d.Stale)) {
			sums[code]++
		}
		privileged, stale := listed(r.Privileged, d.Kind, d.Namespace, d.Name), listed(r.Stale, d.Kind, d.Namespace, d.Name)
		builtIn := b.power.Origin(source) != model.CustomOrigin
		say("rbac_bindings_stale", len(d.Stale) > 0)
		say("rbac_bindings_unused", !builtIn && d.Unused != nil && *d.Unused)
		say("rbac_bindings_review_overdue", privileged != nil && !builtIn && privileged.Power != Unknown && privileged.Overdue)
		if len(d.Stale) > 0 && privileged == nil && stale == nil && !builtIn {
			list = append(list, "not in the report: "+d.Name)
		}
	}
	for code, n := range sums {
		list = append(list, fmt.Sprintf("%s: %d", code, n))
	}
	slices.Sort(list)
	return list
}

func codes(reasons []Reason) (codes []string) {
	for _, r := range reasons {
		codes = append(codes, r.Reason)
	}
	return codes
}

// randomInput is a small cluster in which every kind of leftover is likely, and so are bindings of the API server's names.
func randomInput(r *rand.Rand) Input {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	chance := func(percent int) bool { return r.IntN(100) < percent }
	in := input(nil)
	s := in.Snapshot
	s.Pods = nil
	for _, name := range []string{"all", "secrets", "nothing", "cluster-admin", "system:kube-scheduler", "system:node"} {
		if chance(80) {
			s.Roles = append(s.Roles, role("", name, [][]model.Rule{{everything()}, {secretReading()}, nil}[r.IntN(3)]...))
		}
	}
	for _, ns := range []string{"shop", "ci", "lost"} {
		for _, name := range []string{"a", "b"} {
			if chance(40) {
				s.ServiceAccounts = append(s.ServiceAccounts, &model.ServiceAccount{Namespaced: meta(ns, name)})
			}
			if chance(40) {
				s.Pods = append(s.Pods, pod(ns, name, model.Replica{ServiceAccount: model.Intern(name)}))
			}
		}
		if chance(10) {
			s.Pods = append(s.Pods, pod(ns, "torn", model.Replica{Flags: model.Judged | model.BrokenPod}))
		}
	}
	for i := range 12 {
		name := pick(fmt.Sprint("binding-", i), "system:controller:", "") + fmt.Sprint(i)
		ns, roleName := pick("", "", "shop", "ci"), pick("all", "secrets", "nothing", "missing")
		if known := pick("", "cluster-admin", "system:kube-scheduler", "system:node", "eks:addon-cluster-admin"); known != "" && chance(30) &&
			!slices.ContainsFunc(s.Bindings, func(b *model.Binding) bool { return b.Name() == known }) {
			ns, name, roleName = "", known, known
		}
		b := binding(ns, name, roleName)
		b.Bootstrap, b.Broken = chance(50), chance(5)
		b.Created = today.Add(-time.Duration(r.IntN(200)) * day24)
		if chance(10) {
			b.Created = time.Time{}
		}
		if chance(30) {
			b.Annotations = model.NewLabelSet(map[string]string{quarterly.Annotation: pick("2026-10-01", "2027-02-01", "2027-12-31", "soon", "2026-11-30T23:59:59Z")})
		}
		for range r.IntN(4) {
			b.Subjects = append(b.Subjects, []model.Subject{
				user("ann"), group("devs"), group("system:masters"), user("system:kube-scheduler"), account(pick("shop", "ci", "lost", "gone"), pick("a", "b", "web")),
			}[r.IntN(5)])
		}
		if b.Broken {
			b.Subjects = nil
		}
		s.Bindings = append(s.Bindings, b)
	}
	return in
}
