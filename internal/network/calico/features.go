package calico

// Feature is something that Calico's policies can say, and what becomes of it here.
type Feature struct{ Name, Treatment string }

// Considered lists what is considered of Calico's policies and what is not, in the order of the objects' fields, for the documentation.
func Considered() []Feature {
	// A rule about some traffic lets through when it allows, and keeps nobody out when it denies.
	return []Feature{
		{"`crd.projectcalico.org/v1` and `projectcalico.org/v3`", "two views of the same objects: each policy counts once, as the newer group shows it"},
		{"policies that mirror Kubernetes' own (`knp.default.…`, `kcnp.…`)", "not counted: the policies themselves are read"},
		{"Staged kinds", "not considered: they are not enforced"},
		{"`Tier`: `order`, `defaultAction`", "considered; the tiers that every Calico has need not exist; a policy of a tier that cannot be found is unknown"},
		{"`spec.tier`, `spec.order`", "considered; without an order a policy is asked last, equal ones by name"},
		{"`spec.selector`", "considered, the whole language; empty is `all()`; one that cannot be parsed makes its policy unknown"},
		{"`spec.namespaceSelector` of a GlobalNetworkPolicy", "considered"},
		{"`spec.serviceAccountSelector`", "considered for names (`projectcalico.org/name`); one that asks for other labels makes its policy unknown, because labels of ServiceAccounts are not read"},
		{"`spec.types`", "considered; without it, the documented default"},
		{"`doNotTrack`, `preDNAT`", "such policies are not considered: they hold interfaces of hosts, not pods"},
		{"`applyOnForward`", "changes nothing for pods"},
		{"rules: `action`", "considered: Allow, Deny and Pass in their order; Log decides nothing"},
		{"rules: `protocol`, `notProtocol`, `icmp`, `notICMP`, `ipVersion`, `http`, `ports`, `notPorts`", "the rule is about some traffic only; which is not considered"},
		{"rules, the other end: `selector`, `notSelector`, `namespaceSelector`", "considered; in a namespaced policy any of them without a namespaceSelector means its own namespace"},
		{"rules, the other end: `namespaceSelector: global()`", "no pod; network sets only"},
		{"rules, the other end: `serviceAccounts`", "considered for names; by labels, the rule is taken to be about some of their traffic"},
		{"rules, the other end: `nets`, `notNets`", "all addresses of a family are everyone to an Allow, both families to a Deny or a Pass; of other blocks, those for private use may hold pods"},
		{"rules, the other end: selectors and `nets` together", "the rule is taken to be about some of the selected pods' traffic, because pods' addresses are not read"},
		{"rules, the other end: `services`, and what other editions of Calico add", "whom the rule matches is unknown"},
		{"rules, the policy's own end", "considered where it asks for no more than the policy's own selector; otherwise the rule is taken to be about some of the traffic of every pod that the policy selects"},
		{"NetworkSet, GlobalNetworkSet", "not read: a selector in a rule is taken to match some addresses outside of the cluster, unless there is no such object; pods are not looked for among their addresses"},
		{"HostEndpoint, Profile", "not considered: hosts are nobody's peer, and profiles allow"},
		{"labels `projectcalico.org/namespace`, `…/serviceaccount`, `…/orchestrator`, `pcns.…`, `pcsa.…`", "what Calico gives to every pod; a pod's own label of that name is not considered"},
	}
}
