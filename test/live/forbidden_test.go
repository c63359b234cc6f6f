package live_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// blind is an exporter that may not see one kind.
type blind struct {
	*exporter
	kind informers.Kind
	user string
}

// TestForbiddenKind forbids each kind to an exporter of its own. What depends on the kind must be absent, everything else must be what
// an exporter that sees everything says, and giving or taking a permission changes that while they run.
func TestForbiddenKind(t *testing.T) {
	cluster := startCluster(t)
	shop(t, cluster)
	// Every role and binding before the first scrape: they are part of the world.
	var blinds []*blind
	for _, k := range served() {
		b := &blind{kind: k, user: "all-but-" + k.String()}
		grant(t, cluster, b.user, listAndWatch(k.Kind))
		blinds = append(blinds, b)
	}
	grant(t, cluster, "sees-all", listAndWatch())
	admin := startExporter(t, cluster.Config())
	for _, b := range blinds {
		b.exporter = startExporter(t, cluster.ConfigFor(b.user))
	}
	admin.awaitWhole(t)
	t.Run("at the start", func(t *testing.T) { forEachBlind(t, blinds, func(t *testing.T, b *blind) { b.sees(t, admin, false) }) })
	t.Run("counted", func(t *testing.T) { forEachBlind(t, blinds, testCounted) })

	for _, b := range blinds {
		allow(t, cluster, b.user)
	}
	t.Run("given back", func(t *testing.T) { forEachBlind(t, blinds, func(t *testing.T, b *blind) { b.sees(t, admin, true) }) })
	for _, b := range blinds {
		unbind(t, cluster, b.user)
	}
	// Open watches go on whoever may do what, until something cuts them.
	cluster.RestartAPIServer()
	t.Run("taken away", func(t *testing.T) { forEachBlind(t, blinds, testTakenAway) })
}

func forEachBlind(t *testing.T, blinds []*blind, test func(*testing.T, *blind)) {
	for _, b := range blinds {
		t.Run(b.kind.String(), func(t *testing.T) { test(t, b) })
	}
}

// sees compares what the exporter says with what the administrator's says, until they agree: about everything, or about everything
// that does not depend on the forbidden kind.
func (b *blind) sees(t *testing.T, admin *exporter, everything bool) {
	await(t, "the gauges to be those of an administrator, but for what depends on "+b.kind.String(), func() error {
		all, err := admin.scrape()
		if err != nil {
			return err
		}
		got, err := b.scrape()
		if err != nil {
			return err
		}
		want := all.posture()
		states := expect{synced(b.kind.String()): 1}
		if !everything {
			want = without(b.exporter, want, b.kind.Kind)
			states = expect{synced(b.kind.String()): 0, sample("informer_objects", "resource", b.kind.String()): absent}
		}
		for _, k := range served() {
			if k.Kind != b.kind.Kind {
				states[synced(k.String())] = 1
			}
		}
		return errors.Join(equal(want, got.posture()), states.compare(got))
	})
}

// testCounted: the refusals are counted as such, those of the kind and no others, and nothing is counted as something else.
func testCounted(t *testing.T, b *blind) {
	forbidden := sample("watch_errors_total", "resource", b.kind.String(), "reason", "forbidden")
	await(t, "the refusals to be counted", func() error {
		s, err := b.scrape()
		if err == nil && s[forbidden] < 1 {
			err = fmt.Errorf("%s is %v, want at least 1", forbidden, s[forbidden])
		}
		return err
	})
	others := b.now(t).filter(func(key string) bool { return family(key) == "watch_errors_total" && key != forbidden })
	if len(others) > 0 {
		t.Errorf("other errors are counted: %v", others)
	}
}

func testTakenAway(t *testing.T, b *blind) {
	await(t, "everything about the cluster to be gone", func() error {
		got, err := b.scrape()
		if err != nil {
			return err
		}
		wanted := make(expect)
		for _, k := range served() {
			wanted[synced(k.String())] = 0
			wanted[sample("informer_objects", "resource", k.String())] = absent
		}
		left := got.posture().filter(func(key string) bool {
			return !slices.Contains([]string{"check_info", "cluster_info", "exemption_info", "exemption_expiry_timestamp_seconds", "findings_dropped"}, family(key))
		})
		return errors.Join(equal(samples{}, left), wanted.compare(got))
	})
}

// allow gives a user what one of the roles did not.
func allow(t *testing.T, cluster *testcluster.Cluster, name string) {
	t.Helper()
	roles := cluster.Client().RbacV1().ClusterRoles()
	role := &rbacv1.ClusterRole{ObjectMeta: history.Named(name), Rules: listAndWatch()}
	must[*rbacv1.ClusterRole](t)(roles.Update(context.Background(), role, update))
}

// stateNeeds are the kinds without which the gauges that are no check's own can say nothing.
var stateNeeds = map[string][]model.Kind{
	"namespace_info":                             {model.Namespaces},
	"namespace_pod_security_level":               {model.Namespaces},
	"namespace_pod_security_ready":               {model.Namespaces, model.Pods},
	"namespace_reachable_from_namespaces":        {model.Namespaces, model.Pods, model.NetworkPolicies},
	"namespace_reachable_from_outside":           {model.Namespaces, model.Pods, model.NetworkPolicies},
	"network_policy_enforcer_info":               {model.DaemonSets, model.Nodes},
	"node_limit_overcommit_ratio":                {model.Nodes, model.Pods},
	"node_unbounded_pods":                        {model.Nodes, model.Pods},
	"rbac_binding_created_timestamp_seconds":     {model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings},
	"rbac_binding_last_review_timestamp_seconds": {model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings},
	"cluster_info":                               nil,
	"exemption_info":                             nil,
	"exemption_expiry_timestamp_seconds":         nil,
	"findings_dropped":                           nil,
}

// without is what is left of the gauges when a kind cannot be seen.
func without(e *exporter, all samples, kind model.Kind) samples {
	lost := make(map[string]bool)
	for name, needs := range stateNeeds {
		lost[name] = slices.Contains(needs, kind)
	}
	for _, entry := range e.checks.Entries() {
		lost[entry.ID] = slices.Contains(entry.Needs, kind)
		// A sum over every check of what is in namespaces.
		lost["namespace_check_resources"] = lost["namespace_check_resources"] || lost[entry.ID] && !entry.ClusterWide
	}
	covers := map[string][]string{"host-access": settingsOptions().Exemptions[0].Checks}
	for _, entry := range e.checks.Entries() {
		if _, ok := entry.Judge.(check.NamespaceJudge); ok {
			covers[posture.SystemExemption] = append(covers[posture.SystemExemption], entry.ID)
		}
	}
	return renamed(all, kind).filter(func(key string) bool {
		switch name := family(key); name {
		case "check_info":
			return true
		case "check_resources", "finding":
			return !lost[label(key, "check")]
		case "cluster_admin_subject_info":
			return !lost["cluster_admin_subjects"]
		case "names_dropped":
			return !lost[map[string]string{
				"cluster_admins": "cluster_admin_subjects", "nodes": "node_unbounded_pods",
				"privileged_bindings": "rbac_binding_created_timestamp_seconds",
			}[label(key, "list")]]
		case "exemption_matches":
			// A sum over some of its checks would be a partial sum.
			return !slices.ContainsFunc(covers[label(key, "exemption")], func(id string) bool { return lost[id] })
		default:
			gone, known := lost[name]
			return !known || !gone // a family that nobody told stateNeeds about depends on nothing
		}
	})
}

// renamed: without ReplicaSets or Jobs the findings name what the pod itself says, where no rule of names tells more.
func renamed(all samples, kind model.Kind) samples {
	owners := map[model.Kind][2]string{
		model.ReplicaSets: {`kind="Deployment",name="odd"`, `kind="ReplicaSet",name="odd-set"`},
		model.Jobs:        {`kind="CronJob",name="nightly"`, `kind="Job",name="nightly-manual"`},
	}
	pair, ok := owners[kind]
	if !ok {
		return all
	}
	out := make(samples)
	for key, v := range all {
		if !strings.Contains(key, pair[0]) {
			out[key] = v
			continue
		}
		out[strings.Replace(key, pair[0], pair[1], 1)] = 1
		if v == 2 { // the other pod's name follows the rule
			out[key] = 1
		}
	}
	return out
}
