package cilium

// Feature is a part of the format, and what becomes of it here.
type Feature struct{ Name, Treatment string }

// Considered lists what is and what is not considered, for the documentation.
func Considered() []Feature { return append([]Feature(nil), features[:]...) }

var features = [...]Feature{
	{"kinds", "CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy of cilium.io/v2; one policy for spec and one for each of specs"},
	{"refusals", "Cilium takes an object as a whole or refuses it: an entry that it refuses makes all of them unknown, and so does a status condition Valid that is False; what Cilium accepts only when configured to is accepted when the condition is True"},
	{"endpointSelector", "considered; in a CiliumNetworkPolicy always within its own namespace"},
	{"nodeSelector", "skipped: such a policy is for hosts and for no pod"},
	{"default deny", "any rule isolates in its direction, a deny rule and one that matches nobody (`- {}`) too; an empty or absent list does not"},
	{"enableDefaultDeny", "considered; true does nothing without a rule for the direction, as in Cilium"},
	{"ingressDeny, egressDeny", "considered; they win over every rule that allows, whatever policy it is in"},
	{"label sources", "`k8s:`, `any:` and none are a pod's labels, `reserved:` is none of a pod's; labels of other sources are unknown"},
	{"namespaces in selectors", "`io.kubernetes.pod.namespace` and `io.cilium.k8s.namespace.labels.*` considered; a peer without either is of the policy's own namespace, or of any in a CiliumClusterwideNetworkPolicy"},
	{"ServiceAccounts in selectors", "`io.cilium.k8s.policy.serviceaccount` considered"},
	{"clusters in selectors", "`io.cilium.k8s.policy.cluster` exists on every pod; its value is not in the API, so asking for one is unknown; pods of other clusters are not considered"},
	{"labels that Cilium ignores", "its default list (`pod-template-hash`, `statefulset.kubernetes.io/pod-name`, ...) is unknown, because it can be configured; all others are taken to be used"},
	{"fromEndpoints, toEndpoints", "considered, including what a selector matches outside of the cluster"},
	{"fromEntities, toEntities", "all, world, world-ipv4, world-ipv6, cluster, cluster-mesh considered; unmanaged may be some pods; host, remote-node, kube-apiserver, health, ingress, init and none are neither pods nor outside"},
	{"fromCIDR, toCIDR, fromCIDRSet, toCIDRSet", "addresses outside of the cluster, never pods (policy-cidr-match-mode is not considered); CiliumCIDRGroups are some addresses"},
	{"toFQDNs", "some addresses outside of the cluster: a name never matches a pod"},
	{"fromGroups, toGroups", "some addresses outside of the cluster"},
	{"toServices", "unclear: it may be any peer, because Services are not read"},
	{"fromNodes, toNodes", "no pods; unknown unless Cilium's status says that it accepts the policy"},
	{"fromRequires, toRequires", "unknown: up to Cilium 1.18 they bound the rules of other policies, and later it refuses them"},
	{"empty lists of peers", "fromEndpoints, fromEntities, fromCIDR, fromCIDRSet, fromNodes and those for egress match nobody when they are empty; a rule without any of them matches everyone on its ports"},
	{"toPorts", "some ports, unless one is 0 for any protocol; an entry without ports matches nothing"},
	{"rules of layer 7, TLS, server names, listeners", "some ports: the connection is let through, or may be"},
	{"icmps", "some ports"},
	{"authentication", "not considered, but that test-always-fail is unclear"},
	{"policy modes", "policy-enforcement-mode, host firewall, audit mode and allow-localhost are settings of the agent, which are not read: `default` is assumed"},
	{"fields that are not known", "in a rule they make it unclear, elsewhere the entry unknown"},
}
