package docs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/informers/snapshot"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/demo"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// recorded reads the built-in recording.
func recorded(t *testing.T, set *check.Set) *posture.Snapshot {
	t.Helper()
	var wanted []schema.GroupVersionKind
	for _, k := range informers.Table() {
		wanted = append(wanted, k.GroupVersionKind())
	}
	source, err := snapshot.New(snapshot.Options{FS: demo.Cluster(), Kinds: wanted})
	if err != nil {
		t.Fatal(err)
	}
	snap, err := informers.Read(t.Context(), informers.Files{Source: source}, informers.NewProjector(set, failOnPanic(t)))
	if err != nil {
		t.Fatal(err)
	}
	// The recording has no DaemonSets, of which one would tell who enforces network policies.
	snap.DaemonSets = append(snap.DaemonSets, &enforcer.Object{
		Tells: true, DaemonSet: enforcer.DaemonSet{Namespace: "kube-flannel", Name: "kube-flannel-ds", Containers: []enforcer.Container{{Name: "kube-flannel"}}},
	})
	// Nobody has reviewed anything in the recording.
	for i, b := range snap.Bindings {
		if b.Name() == "oncall-debug-access" {
			reviewed := *b
			reviewed.Annotations = model.NewLabelSet(map[string]string{"reviewed": "2025-12-01"})
			snap.Bindings[i] = &reviewed
		}
	}
	return snap
}

func failOnPanic(t *testing.T) check.OnPanic {
	return func(id string, recovered any) { t.Errorf("%s panicked: %v", id, recovered) }
}

// without is the snapshot as if a kind could not be listed.
func without(s *posture.Snapshot, kind model.Kind) *posture.Snapshot {
	c := *s
	c.Have[kind], c.Objects[kind] = false, 0
	cluster := func(m *model.Namespaced) bool { return m.Namespace() == "" }
	switch kind {
	case model.Pods:
		c.Pods = nil
	case model.Namespaces:
		c.Namespaces = nil
	case model.Nodes:
		c.Nodes = nil
	case model.ServiceAccounts:
		c.ServiceAccounts = nil
	case model.LimitRanges:
		c.LimitRanges = nil
	case model.ResourceQuotas:
		c.ResourceQuotas = nil
	case model.NetworkPolicies:
		c.Policies = nil
	case model.DaemonSets:
		c.DaemonSets = nil
	case model.Roles, model.ClusterRoles:
		c.Roles = slices.DeleteFunc(slices.Clone(s.Roles), func(r *model.Role) bool {
			return cluster(&r.Namespaced) == (kind == model.ClusterRoles)
		})
	case model.RoleBindings, model.ClusterRoleBindings:
		c.Bindings = slices.DeleteFunc(slices.Clone(s.Bindings), func(b *model.Binding) bool {
			return cluster(&b.Namespaced) == (kind == model.ClusterRoleBindings)
		})
	}
	return &c
}

// scrape gathers what the collector makes of a snapshot, by family.
func scrape(t *testing.T, set *check.Set, snap *posture.Snapshot, o posture.Options) map[string]*dto.MetricFamily {
	t.Helper()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	report := posture.Compute(snap, posture.NewSettings(set, o), now, failOnPanic(t))
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector.New(set, collector.NewCounters(nil), func() collector.View {
		view := collector.View{Report: report, ConfigTime: now, Skipped: map[string]int{"broken": 0, "unknown_kind": 0}}
		for k := range model.KindCount {
			view.Informers = append(view.Informers, collector.Informer{Resource: k.String(), Synced: snap.Have[k], LastEvent: now, Version: 1})
		}
		return view
	}))
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	families := make(map[string]*dto.MetricFamily)
	for _, f := range gathered {
		families[strings.TrimPrefix(f.GetName(), collector.Namespace)] = f
	}
	return families
}

func options() posture.Options {
	return posture.Options{
		FindingsLimit: 20000, SystemNamespaces: []string{"kube-system"},
		Review:     rbac.ReviewRule{Annotation: "reviewed", Period: 90 * 24 * time.Hour},
		Exemptions: []posture.Exemption{{Name: "x", Checks: []string{"pods_privileged"}, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}},
	}
}

// series are the lines of a family, to compare with others.
func series(f *dto.MetricFamily) []string {
	var lines []string
	for _, m := range f.GetMetric() {
		lines = append(lines, fmt.Sprint(m.GetLabel(), m.GetGauge().GetValue()))
	}
	slices.Sort(lines)
	return lines
}

// TestNeedsAreTrue takes each kind away in turn: what says it needs the kind is gone, and everything else says what it said.
func TestNeedsAreTrue(t *testing.T) {
	set := catalog(t)
	snap := recorded(t, set)
	whole := scrape(t, set, snap, options())
	for kind := range model.KindCount {
		t.Run(kind.String(), func(t *testing.T) {
			left := scrape(t, set, without(snap, kind), options())
			unsure := network.Unread(kind, network.Source{}, "it may not be listed") != nil && kind != model.NetworkPolicies
			for _, e := range set.Entries() {
				if unsure && unsettled[e.ID] {
					compareUnsure(t, e.ID, whole, left)
					continue
				}
				compare(t, e.ID, slices.Contains(e.Needs, kind), whole, left)
				resources := left["check_resources"].GetMetric()
				judged := slices.ContainsFunc(resources, func(m *dto.Metric) bool { return m.GetLabel()[0].GetValue() == e.ID })
				if judged == slices.Contains(e.Needs, kind) {
					t.Errorf("check_resources of %s is there: %t", e.ID, judged)
				}
			}
			for name, f := range families() {
				switch {
				case f.group == groupCluster && unsure && unsettled[name]:
					compareUnsure(t, name, whole, left)
				case f.perList != nil:
					compareLists(t, name, f.perList, kind, whole, left)
				case f.group == groupCluster:
					compare(t, name, slices.Contains(f.needs, kind), whole, left)
				}
			}
		})
	}
}

// unsettled are the families that a policy of any engine could change: what is not certain without its kind is gone from them.
var unsettled = map[string]bool{
	"pods_without_network_policy": true, "pods_open_to_all": true, "namespaces_without_default_deny": true,
	"namespace_reachable_from_namespaces": true, "namespace_reachable_from_outside": true,
}

// compareUnsure allows a family to say less, but nothing else.
func compareUnsure(t *testing.T, name string, whole, left map[string]*dto.MetricFamily) {
	t.Helper()
	said := make(map[string]float64)
	for _, m := range whole[name].GetMetric() {
		said[fmt.Sprint(m.GetLabel())] = m.GetGauge().GetValue()
	}
	for _, m := range left[name].GetMetric() {
		if before, ok := said[fmt.Sprint(m.GetLabel())]; !ok || m.GetGauge().GetValue() > before {
			t.Errorf("%s%v is %v without the kind and %v with it", name, m.GetLabel(), m.GetGauge().GetValue(), before)
		}
	}
	if slices.Equal(series(whole[name]), series(left[name])) {
		t.Errorf("%s is as certain without the kind as with it", name)
	}
}

// compareLists wants the series of the lists that need the kind gone, and the others as they were.
func compareLists(t *testing.T, name string, needs map[string][]model.Kind, kind model.Kind, whole, left map[string]*dto.MetricFamily) {
	t.Helper()
	want := &dto.MetricFamily{}
	for _, m := range whole[name].GetMetric() {
		of, known := needs[m.GetLabel()[0].GetValue()]
		if !known {
			t.Errorf("%s: nothing is said about what %v needs", name, m.GetLabel())
		}
		if !slices.Contains(of, kind) {
			want.Metric = append(want.Metric, m)
		}
	}
	if diff := cmp.Diff(series(want), series(left[name])); diff != "" {
		t.Errorf("%s without the kind (-want +got):\n%s", name, diff)
	}
}

func compare(t *testing.T, name string, needed bool, whole, left map[string]*dto.MetricFamily) {
	t.Helper()
	switch {
	case whole[name] == nil:
		t.Errorf("the recording has no %s, so nothing is known about what it needs", name)
	case needed && left[name] != nil:
		t.Errorf("%s is there although it needs the kind: %v", name, series(left[name]))
	case !needed:
		if diff := cmp.Diff(series(whole[name]), series(left[name])); diff != "" {
			t.Errorf("%s does not say that it needs the kind, and without it differs (-with +without):\n%s", name, diff)
		}
	}
}

// TestLabelValuesAreClosed holds the values that are served against those that are documented.
func TestLabelValuesAreClosed(t *testing.T) {
	set := catalog(t)
	served := scrape(t, set, recorded(t, set), options())
	for name, f := range families() {
		for _, m := range served[name].GetMetric() {
			for _, l := range m.GetLabel() {
				if values, ok := f.closed[l.GetName()]; ok && !slices.Contains(values, l.GetValue()) {
					t.Errorf("%s{%s=%q} is served, and documented are %q", name, l.GetName(), l.GetValue(), values)
				}
			}
		}
	}
	if want, got := len(families())+len(set.Entries()), len(served); got < want-2 {
		// watch_errors_total and check_panics_total have no series before the first of them.
		t.Errorf("%d of %d families are served: %v", got, want, slices.Sorted(maps.Keys(served)))
	}
}

// TestWatchReasonsAreClosed sorts one error of each kind as the informers do.
func TestWatchReasonsAreClosed(t *testing.T) {
	pods := schema.GroupResource{Resource: "pods"}
	var got []string
	for _, err := range []error{
		apierrors.NewForbidden(pods, "", errors.New("no")), apierrors.NewUnauthorized("who"), apierrors.NewNotFound(pods, ""),
		&apimeta.NoKindMatchError{}, apierrors.NewMethodNotSupported(pods, "watch"), apierrors.NewResourceExpired("old"),
		apierrors.NewTooManyRequests("slow", 1), apierrors.NewInternalError(errors.New("broken")), context.DeadlineExceeded,
		&apierrors.StatusError{ErrStatus: metav1.Status{Code: 418}}, informers.ErrStalled, informers.ErrRestored,
	} {
		got = append(got, informers.Reason(err))
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(slices.Values(watchReasons)), slices.Compact(got)); diff != "" {
		t.Errorf("values of the reason label (-documented +given):\n%s", diff)
	}
}

// TestSeverityRule: what the document says each severity is for must not contradict what the catalog's checks say of themselves.
func TestSeverityRule(t *testing.T) {
	for _, c := range check.Catalog() {
		level, _, _ := strings.Cut(c.Control, "/")
		if want := map[string]check.Severity{"baseline": check.High, "restricted": check.Medium}; level != "" && c.Severity < want[level] {
			t.Errorf("%s corresponds to %s and is only %s", c.ID, c.Control, c.Severity)
		}
	}
}
