package clusterpolicy

// Feature is something that the policies can say, and what becomes of it here.
type Feature struct{ Name, Treatment string }

// Considered lists what is considered of the kinds and what is not, in the order of the objects' fields, for the documentation.
func Considered() []Feature {
	return []Feature{
		{"ClusterNetworkPolicy `spec.tier`", "considered: Admin before NetworkPolicies, Baseline after them"},
		{"AdminNetworkPolicy", "considered like a ClusterNetworkPolicy of the tier Admin; Allow is Accept"},
		{"BaselineAdminNetworkPolicy", "considered like a ClusterNetworkPolicy of the tier Baseline, after those that have a priority; any name but `default` makes it unknown"},
		{"`spec.priority`", "considered, lowest first; equal ones by name, though the API leaves their order to the implementation"},
		{"`spec.subject`", "considered; pods on the host network are never subjects"},
		{"`spec.ingress`, `spec.egress`", "considered, in their order; a direction without rules is not affected, an empty list denies nothing; that there may be only so many rules is not checked"},
		{"rules: `name`", "not considered"},
		{"rules: `action`", "considered; Pass in Baseline leaves the traffic allowed"},
		{"rules: `protocols`, `ports`", "the rule is about some traffic only; which is not considered"},
		{"peers: `namespaces`, `pods`", "considered; they are pods, so a rule with no other peers says nothing about addresses outside of the cluster"},
		{"peers: `networks`", "all addresses of one family are everyone to an Accept, both families to a Deny or a Pass; of other blocks, those for private use may hold pods"},
		{"peers: `nodes`", "not considered: nodes are neither pods nor outside of the cluster"},
		{"peers: `domainNames`", "whom the rule matches by them is unknown; its other peers are considered"},
		{"peers without any field, or with one that is not known here", "whom the rule matches is unknown, all its peers included, because implementations must fail closed when they do not know the field; a Pass may then deny as well"},
		{"`sameLabels`, `notSameLabels` and the selectors around them", "removed from the API with v0.1.7: they make their policy unknown"},
		{"other fields, and values that the API server would refuse", "they make their policy unknown; in a rule, an unknown field makes unknown whom it matches"},
		{"`status`", "not considered: whether the implementation has accepted the policy"},
	}
}
