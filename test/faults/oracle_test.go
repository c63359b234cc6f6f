package faults

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// expires is when the exemption of the test ends: nothing but the clock that is set goes past it.
var expires = time.Now().Add(12 * time.Hour).Truncate(24 * time.Hour).Add(24 * time.Hour)

// configuration is that of the exporters.
func configuration() string {
	return "exemptions:\n  - name: host-access\n    checks: [pods_using_host_namespaces]\n    owner: observability\n    reason: reads node metrics\n    expires: " +
		expires.UTC().Format(time.RFC3339) + "\n"
}

// oracle says what a scrape must say.
type oracle struct {
	checks   *check.Set
	settings *posture.Settings
	ledger   *ledger
	version  string
	onPanic  check.OnPanic
}

func newOracle(checks *check.Set, l *ledger, version string, onPanic check.OnPanic) *oracle {
	c := config.Default()
	return &oracle{checks: checks, ledger: l, version: version, onPanic: onPanic, settings: posture.NewSettings(checks, posture.Options{
		OwnerLabel: c.Ownership.NamespaceLabel, SystemNamespaces: c.SystemNamespaces, FindingsLimit: c.Findings.Limit,
		Review: rbac.ReviewRule{Annotation: c.RBAC.Review.Annotation, Period: c.RBAC.Review.Period},
		Exemptions: []posture.Exemption{{
			Name: "host-access", Owner: "observability", Reason: "reads node metrics", Checks: []string{"pods_using_host_namespaces"}, Expires: expires,
		}},
	})}
}

// cut is which revision of each kind an exporter has.
type cut struct {
	have     [model.KindCount]bool
	versions [model.KindCount]uint64 // 0 of a kind that is not served
	pasts    [model.KindCount]int    // which past the version is of
	groups   []string
	// versionless says that the API server has not told its version.
	versionless bool
}

// expect computes the lines about posture from scratch.
func (o *oracle) expect(c cut, now time.Time) (map[string]bool, error) {
	s := &posture.Snapshot{Have: c.have, Groups: c.groups, GroupVersions: []string{"v1"}, KubernetesVersion: o.version}
	if c.versionless {
		s.KubernetesVersion = ""
	}
	controlled := make(map[model.Kind]map[string]any)
	for _, k := range informers.Table() {
		if !c.have[k.Kind] || c.versions[k.Kind] == 0 {
			continue
		}
		objects := o.ledger.state(c.pasts[k.Kind], k.Kind, c.versions[k.Kind])
		s.Objects[k.Kind] = len(objects)
		controlled[k.Kind] = objects
		for object := range maps.Values(objects) {
			s.Add(object)
		}
	}
	s.Controlled = func(kind model.Kind, namespace, name string) *model.Controlled {
		found, _ := controlled[kind][namespace+"/"+name].(*model.Controlled)
		return found
	}
	report := posture.Compute(s, o.settings, now, o.onPanic)
	registry := prometheus.NewRegistry()
	if err := registry.Register(collector.New(o.checks, collector.NewCounters(nil), func() collector.View { return collector.View{Report: report} })); err != nil {
		return nil, err
	}
	families, err := registry.Gather()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			return nil, err
		}
	}
	return postureLines(text.String()), nil
}

// postureLines are the samples that are about the cluster and not about the exporter.
func postureLines(text string) map[string]bool {
	lines := make(map[string]bool)
	for line := range strings.Lines(text) {
		name, ours := strings.CutPrefix(line, collector.Namespace)
		if ours && !aboutItself(name) {
			lines[line] = true
		}
	}
	return lines
}

// aboutItself says whether the family is about the exporter.
func aboutItself(name string) bool {
	for _, prefix := range []string{"informer_", "watch_errors_", "check_panics_", "compute_", "config_", "build_", "snapshot_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// difference tells of some lines that are in one of two sets only.
func difference(want, got map[string]bool) string {
	var out strings.Builder
	n := 0
	tell := func(sign string, some, others map[string]bool) {
		for line := range some {
			if others[line] {
				continue
			}
			if n++; n <= 12 {
				fmt.Fprintf(&out, "  %s %s", sign, line)
			}
		}
	}
	tell("missing:", want, got)
	tell("too much:", got, want)
	if n > 12 {
		fmt.Fprintf(&out, "  and %d more\n", n-12)
	}
	return out.String()
}
