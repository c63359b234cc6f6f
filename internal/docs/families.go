package docs

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// family is what a descriptor does not say of a family that is not a check's own.
type family struct {
	group group
	// closed are the labels whose values are known beforehand, and these; every other label is open.
	closed map[string][]string
	// needs are the kinds without which the family is absent.
	needs []model.Kind
	// perCheck says that each check's series need what the check needs.
	perCheck bool
	// perList are the kinds without which the series of a list are absent, by the label list.
	perList map[string][]model.Kind
	// everyCheck says that it is absent while any check that is switched on cannot be judged.
	everyCheck bool
}

// group is a section of the document.
type group uint8

const (
	groupChecks group = iota
	groupCluster
	groupExemptions
	groupSelf
	groupCount
)

// sections are the titles of the groups and what is said about them.
var sections = [groupCount]struct{ title, intro string }{
	groupChecks: {"All checks", "Levels 0 and 2: what every check has in common, and the offenders by name."},
	groupCluster: {
		"Cluster, namespaces, nodes and administrators",
		"State that is neither pass nor fail. Kubernetes is made for 10,000 namespaces, and each has its series. Of nodes, cluster-admins by binding and " +
			"privileged bindings at most 20,000 each have theirs; `kube_posture_names_dropped` counts the others.",
	},
	groupExemptions: {"Exemptions", "What [configuration.md](configuration.md) accepts, and how much of it there is."},
	groupSelf: {
		"The exporter itself",
		"These are there from the start, before anything is known about posture. On the same endpoint are the Go runtime's `go_*`, the process's " +
			"`process_*` and the handler's `promhttp_metric_handler_*`.",
	},
}

// families says of every family besides the checks' own what its descriptor does not, by the name without the prefix.
func families() map[string]family {
	resources := []string{model.CPU.String(), model.Memory.String()}
	levels := []string{check.Privileged.String(), check.Baseline.String(), check.Restricted.String()}
	boolean := []string{"true", "false"}
	kind := map[string][]string{"resource": everyKind()}
	nodes := family{group: groupCluster, closed: map[string][]string{"resource": resources}, needs: []model.Kind{model.Pods, model.Nodes}}
	reach := family{group: groupCluster, needs: []model.Kind{model.Pods, model.Namespaces, model.NetworkPolicies}}
	bindings := family{
		group: groupCluster, closed: map[string][]string{"kind": {"RoleBinding", "ClusterRoleBinding"}},
		needs: []model.Kind{model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings},
	}
	admins := []model.Kind{model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings}
	return map[string]family{
		"check_resources": {group: groupChecks, perCheck: true, closed: map[string][]string{"result": results()}},
		"check_info":      {group: groupChecks, closed: map[string][]string{"severity": check.Severities(), "gap": everyGap()}},
		"finding":         {group: groupChecks, perCheck: true}, "findings_dropped": {group: groupChecks},
		"names_dropped": {
			group: groupCluster, closed: map[string][]string{"list": {"cluster_admins", "nodes", "privileged_bindings"}},
			perList: map[string][]model.Kind{"cluster_admins": admins, "nodes": nodes.needs, "privileged_bindings": bindings.needs},
		},

		"cluster_info":   {group: groupCluster},
		"namespace_info": {group: groupCluster, needs: []model.Kind{model.Namespaces}, closed: map[string][]string{"system": boolean}},
		"namespace_check_resources": {
			group: groupChecks, everyCheck: true, closed: map[string][]string{"severity": check.Severities(), "result": results()[:posture.Exempt]},
		},
		"namespace_pod_security_level": {
			group: groupCluster, needs: []model.Kind{model.Namespaces},
			closed: map[string][]string{"mode": {"enforce", "audit", "warn"}, "level": levels},
		},
		"namespace_pod_security_ready": {
			group: groupCluster, needs: []model.Kind{model.Pods, model.Namespaces}, closed: map[string][]string{"level": levels[1:]},
		},
		"namespace_reachable_from_namespaces": reach, "namespace_reachable_from_outside": reach,
		"network_policy_enforcer_info": {group: groupCluster, needs: []model.Kind{model.DaemonSets, model.Nodes}},
		"node_limit_overcommit_ratio":  nodes, "node_unbounded_pods": nodes,
		"cluster_admin_subject_info": {
			group: groupCluster, needs: admins,
			closed: map[string][]string{"subject_kind": subjectKinds(), "origin": {"builtin", "custom", "provider"}},
		},
		"rbac_binding_created_timestamp_seconds": bindings, "rbac_binding_last_review_timestamp_seconds": bindings,

		"exemption_info": {group: groupExemptions}, "exemption_matches": {group: groupExemptions},
		"exemption_expiry_timestamp_seconds": {group: groupExemptions},

		"informer_synced":  {group: groupSelf, closed: kind},
		"informer_objects": {group: groupSelf, closed: kind}, "informer_last_event_timestamp_seconds": {group: groupSelf, closed: kind},
		"informer_resource_version": {group: groupSelf, closed: kind},
		"watch_errors_total":        {group: groupSelf, closed: map[string][]string{"resource": everyKind(), "reason": watchReasons}},
		"check_panics_total":        {group: groupSelf}, "compute_duration_seconds": {group: groupSelf}, "build_info": {group: groupSelf},
		"config_last_reload_successful": {group: groupSelf}, "config_last_reload_success_timestamp_seconds": {group: groupSelf},
		"snapshot_incomplete_files": {group: groupSelf},
		"snapshot_skipped":          {group: groupSelf, closed: map[string][]string{"reason": {"broken", "unknown_kind"}}},
	}
}

// watchReasons are what informers.Reason sorts errors into.
var watchReasons = []string{"forbidden", "unauthorized", "not_found", "expired", "throttled", "server_error", "stalled", "restored", "network"}

func everyKind() []string {
	var names []string
	for k := range model.KindCount {
		names = append(names, k.String())
	}
	return names
}

func everyGap() []string {
	return []string{
		string(check.Root), string(check.Network), string(check.Token), string(check.Resources), string(check.RBAC), string(check.PodSecurity),
	}
}

func results() []string {
	var names []string
	for r := range posture.ResultCount {
		names = append(names, r.String())
	}
	return names
}

func subjectKinds() []string {
	var names []string
	for k := range model.SubjectKindCount {
		names = append(names, k.String())
	}
	return names
}
