package config

import "time"

// SystemNamespacesExemption is the name of the built-in exemption that covers Config.SystemNamespaces; no exemption in a file may have it.
const SystemNamespacesExemption = "system-namespaces"

// AllChecks in Exemption.Checks stands for every check.
const AllChecks = "*"

// Config is the whole configuration. It is immutable once Parse, Load or a Reloader has returned it: readers share it.
type Config struct {
	Ownership Ownership
	// SystemNamespaces are globs (path.Match) of the namespaces that the built-in exemption covers; empty switches it off.
	SystemNamespaces []string
	Checks           Checks
	Findings         Findings
	Exemptions       []Exemption
	Network          Network
	RBAC             RBAC
}

// Ownership says where the owner of a namespace is written.
type Ownership struct {
	// NamespaceLabel is the namespace label that holds the team; empty means that nobody is looked for.
	NamespaceLabel string
}

// Checks changes what the catalog says.
type Checks struct {
	// Disabled holds check IDs ("pods_privileged") and single values of one ("containers_without_limit/cpu").
	Disabled []string
	// Severity replaces a check's severity, by check ID.
	Severity map[string]string
}

// Findings bounds the finding series.
type Findings struct {
	// Limit is the largest number of series; 0 allows none.
	Limit int
	// MinSeverity is the lowest severity that gets series.
	MinSeverity string
}

// Exemption lets resources fail checks until a day. An empty list of Namespaces, Kinds or Names matches everything.
type Exemption struct {
	// Name is unique and not SystemNamespacesExemption.
	Name string
	// Checks holds at least one check ID, "id/value", or AllChecks.
	Checks []string
	// Namespaces, Kinds and Names are globs (path.Match); Kinds and Names are those of the finding,
	// for a pod its top controller. Namespaces that are not empty cover no cluster-scoped object.
	Namespaces, Kinds, Names []string
	// Owner and Reason are free text, shown in the exemption's metric; neither is blank.
	Owner, Reason string
	// Expires is the first instant, in UTC, at which the exemption exempts nothing any more.
	Expires time.Time
}

// Expired reports whether the exemption exempts nothing at the given time.
func (e Exemption) Expired(now time.Time) bool { return !now.Before(e.Expires) }

// Network says what nobody can find out about the network.
type Network struct {
	// Enforcer names who enforces network policies, such as "cilium"; "none" for nobody, and empty to find out.
	Enforcer string
	// EnforcerNamespaces are the names of the namespaces in which a DaemonSet of a network plugin
	// is believed: only those that no tenant can write to. Empty means that none is.
	EnforcerNamespaces []string
}

// RBAC configures the reviews and the who-can queries.
type RBAC struct {
	Review Review
	WhoCan []WhoCan
}

// Review says how the last review of a privileged binding is recorded, and how long it holds.
type Review struct {
	// Annotation is the key of the binding's annotation that holds the time of the last review.
	Annotation string
	// Period is how long a review holds; it is positive.
	Period time.Duration
}

// WhoCan is one access question. Exactly one of Resource and NonResourceURL is set; with NonResourceURL, the fields
// Subresource, APIGroup, ResourceName and Namespace are empty.
type WhoCan struct {
	// Name is the query's value of the access label: unique, of a to z, 0 to 9 and "-", and none of BuiltinAccessNames.
	Name string
	Verb string
	// Resource is the plural, or "*". "pods/log" in a file is split into Resource and Subresource.
	Resource, Subresource string
	// APIGroup is empty for the core group.
	APIGroup     string
	ResourceName string
	// Namespace limits the question to one namespace; empty asks for access in all of them at once.
	Namespace      string
	NonResourceURL string
}

// Known is what the caller knows and a file may name.
type Known struct {
	// Checks maps each check ID to the closed set of values of its extra labels, nil when it has none.
	Checks map[string][]string
	// Severities are the allowed severities, the highest first.
	Severities []string
	// Kinds are the kinds that stand without an API group in findings.
	Kinds []string
}

// Default returns a new configuration with the defaults, which is what an empty file means.
func Default() *Config {
	return &Config{
		Ownership:        Ownership{NamespaceLabel: "team"},
		SystemNamespaces: []string{"kube-system", "kube-public", "kube-node-lease"},
		Findings:         Findings{Limit: 20000, MinSeverity: "low"},
		Network: Network{EnforcerNamespaces: []string{
			"kube-system", "calico-system", "cilium", "kube-flannel", "openshift-ovn-kubernetes", "openshift-sdn", "ovn-kubernetes", "nsx-system",
		}},
		RBAC: RBAC{Review: Review{Annotation: "kube-posture/reviewed-at", Period: 2160 * time.Hour}},
	}
}

// BuiltinAccessNames returns the names of the built-in access queries, which no query in a file may have.
func BuiltinAccessNames() []string {
	return []string{
		"read-secrets", "create-secrets", "create-pods", "patch-pods", "exec-pods", "attach-pods", "debug-pods",
		"create-workloads", "patch-workloads", "nodes-proxy", "write-node-status", "escalate-roles", "bind-roles",
		"impersonate", "create-tokens", "approve-certificates", "write-webhooks", "write-mutating-policies",
		"write-api-services", "create-persistent-volumes", "patch-namespaces", "delete-pods",
		"act-as-powerful-service-account",
	}
}
