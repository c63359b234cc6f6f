package collector

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// Namespace is the prefix of every metric.
const Namespace = "kube_posture_"

// Metric is a metric family as the documentation shows it.
type Metric struct {
	Name, Help string
	// Type is gauge, counter or histogram.
	Type   string
	Labels []string
	// Named says that a label holds the name of an object in the cluster, other than a namespace, or that the family is about one that
	// does.
	Named bool
}

func (m Metric) desc() *prometheus.Desc { return prometheus.NewDesc(m.Name, m.Help, m.Labels, nil) }

func gauge(name, help string, labels ...string) Metric {
	return Metric{Name: Namespace + name, Help: help, Type: "gauge", Labels: labels}
}

// named marks a family as Named.
func named(m Metric) Metric {
	m.Named = true
	return m
}

// The families that are not a check's own.
var (
	checkResources = gauge("check_resources",
		"Resources that the check judged, by result. A resource counts once per check, whatever its other labels say.", "check", "result")
	checkInfo = gauge("check_info",
		"What each check is about; always 1. The severity is the one in force.", "check", "gap", "severity", "resource", "pod_security", "cis")
	finding = named(gauge("finding",
		"Failing, non-exempt resources behind one object: the top controller of pods, or the object itself.", "check", "namespace", "kind", "name"))
	findingsDropped = named(gauge("findings_dropped",
		"Findings that are not shown because there are more than findings.limit. Each namespace has a fair share of the limit, and shows its severest first."))
	namesDropped = named(gauge("names_dropped",
		"Nodes, cluster-admins by binding, and privileged bindings that have no series of their own because there are more than 20000 of them. "+
			"Gauges that count resources leave nothing out.", "list"))
	clusterInfo   = gauge("cluster_info", "The cluster that is watched; always 1.", "kubernetes_version")
	namespaceInfo = gauge("namespace_info",
		"Namespaces with the team that owns them, from the label that ownership.namespace_label names, and whether they are system namespaces; always 1.",
		"namespace", "team", "system")
	namespaceChecked = gauge("namespace_check_resources",
		"Resources in the namespace, by the severity of the check that judged them and by result; a resource counts once per check. Exempt and unknown "+
			"ones are left out. Absent where nothing passes or fails, and while a check that is switched on cannot be judged.",
		"namespace", "severity", "result")
	podSecurityLevel = gauge("namespace_pod_security_level",
		"The Pod Security level in force for each mode (enforce, audit, warn) of a namespace; always 1.", "namespace", "mode", "level", "version")
	podSecurityReady = gauge("namespace_pod_security_ready",
		"Whether enforcing the level, at the latest version, would reject no pod that runs in the namespace now (1) or some (0). "+
			"Absent for a namespace that is being deleted, and where it is unknown.", "namespace", "level")
	reachableFrom = gauge("namespace_reachable_from_namespaces",
		"Other namespaces with a pod that the network policies of both sides let open a connection to a pod of the namespace, on any port. "+
			"Pods on the host network are left out; absent where nobody knows.", "namespace")
	reachableOutside = gauge("namespace_reachable_from_outside",
		"Whether the network policies let anything outside of the cluster open a connection to a pod of the namespace (1), whether or not a "+
			"Service leads there. Pods on the host network are left out; absent where nobody knows.", "namespace")
	enforcerInfo = gauge("network_policy_enforcer_info",
		"Who enforces network policies, as the DaemonSets, nodes and APIs of the cluster tell: none for nobody, unknown where they do not tell; "+
			"always 1.", "name")
	nodeOvercommit = named(gauge("node_limit_overcommit_ratio",
		"Sum of the limits of the bounded pods on the node over what the node can allocate. Pods without a bound are not in it.", "node", "resource"))
	nodeUnbounded = named(gauge("node_unbounded_pods",
		"Pods on the node that may use all it has of the resource, because a container has no limit.", "node", "resource"))
	clusterAdminInfo = named(gauge("cluster_admin_subject_info",
		"Subjects that may do everything, by each ClusterRoleBinding that lets them; always 1. origin is that of the binding's grant. "+
			"Power granted outside RBAC is not visible.",
		"subject_kind", "subject_namespace", "subject_name", "binding", "role", "origin"))
	bindingCreated = named(gauge("rbac_binding_created_timestamp_seconds",
		"When the privileged binding was made, in seconds since 1970. Bindings of the API server and of the provider are left out.", "kind", "namespace", "name"))
	bindingReview = named(gauge("rbac_binding_last_review_timestamp_seconds",
		"When the privileged binding was last reviewed, in seconds since 1970. Absent when it never was, or the annotation cannot be read.",
		"kind", "namespace", "name"))
	exemptionInfo = gauge("exemption_info", "Exemptions in the configuration, the built-in one included; always 1.", "exemption", "owner", "reason")
	exemptionTime = gauge("exemption_expiry_timestamp_seconds",
		"When the exemption stops exempting, in seconds since 1970. Absent for the built-in one, which does not expire.", "exemption")
	exemptionHits = gauge("exemption_matches",
		"Failing resources that the exemption covers, counted once per check. An expired one covers none; absent while one of its checks cannot be judged.", "exemption")

	informerSynced = gauge("informer_synced",
		"Whether the kind is in the cache completely (1). While it is 0 everything that depends on the kind is absent.", "resource")
	informerObjects = gauge("informer_objects", "Objects of the kind in the cache.", "resource")
	informerEvent   = gauge("informer_last_event_timestamp_seconds",
		"When the source last answered for the kind, bookmarks included, in seconds since 1970.", "resource")
	informerVersion = gauge("informer_resource_version",
		"The resourceVersion up to which everything about the kind is in this scrape, to be compared with that of an object. Absent while the kind "+
			"is not in the cache, and where versions are no numbers.", "resource")
	configSuccessful = gauge("config_last_reload_successful", "Whether the last attempt to load the configuration succeeded (1).")
	configTime       = gauge("config_last_reload_success_timestamp_seconds",
		"When the configuration was last loaded successfully, in seconds since 1970.")
	snapshotSkipped = gauge("snapshot_skipped",
		"Documents and objects of the snapshot that are not served: broken ones, and those of kinds that are not watched. Absent when a cluster is watched.", "reason")

	snapshotIncomplete = gauge("snapshot_incomplete_files",
		"Files of the snapshot that are empty, end too early, or are being written; the last good content of each is served. Files that are broken "+
			"elsewhere are not counted, see snapshot_skipped. Absent when a cluster is watched.")

	watchErrors = Metric{Name: Namespace + "watch_errors_total", Type: "counter", Labels: []string{"resource", "reason"},
		Help: "Failed lists and watches of the kind. Expired watches (reason expired) are normal and end in a new list. " +
			"Reason restored is no failure: etcd was restored from a backup, and the kind was relisted."}
	checkPanics = Metric{Name: Namespace + "check_panics_total", Type: "counter", Labels: []string{"check"},
		Help: "Times that a check broke on a resource, which then counts as unknown."}
	computeDuration = Metric{Name: Namespace + "compute_duration_seconds", Type: "histogram",
		Help: "Time taken to join, exempt and sum everything for one scrape."}
	buildInfo = Metric{Name: Namespace + "build_info", Type: "gauge", Labels: []string{"branch", "build_date", "goarch", "goos", "goversion", "revision", "tags", "version"},
		Help: "The version that this exporter was built from; always 1."}
)

// forCheck is a check's own family.
func forCheck(e *check.Check) Metric {
	var labels []string
	if !e.ClusterWide {
		labels = append(labels, "namespace")
	}
	for _, l := range e.Labels {
		labels = append(labels, l.Name)
	}
	if e.Open != "" {
		labels = append(labels, e.Open)
	}
	return gauge(e.ID, e.Title, labels...)
}

func postureFamilies() []Metric {
	return []Metric{
		checkResources, checkInfo, finding, findingsDropped, namesDropped, clusterInfo, namespaceInfo, namespaceChecked, podSecurityLevel, podSecurityReady,
		reachableFrom, reachableOutside, enforcerInfo, nodeOvercommit, nodeUnbounded, clusterAdminInfo, bindingCreated, bindingReview, exemptionInfo, exemptionTime, exemptionHits,
	}
}

func selfFamilies() []Metric {
	return []Metric{informerSynced, informerObjects, informerEvent, informerVersion, configSuccessful, configTime, snapshotSkipped, snapshotIncomplete}
}

// Metrics lists every family that the exporter serves besides those of the Go runtime and the process, in the order of the
// documentation: the checks' own first.
func Metrics(set *check.Set) []Metric {
	var list []Metric
	for _, e := range set.Entries() {
		list = append(list, forCheck(e.Check))
	}
	list = append(list, postureFamilies()...)
	list = append(list, buildInfo, watchErrors, checkPanics, computeDuration)
	return append(list, selfFamilies()...)
}
