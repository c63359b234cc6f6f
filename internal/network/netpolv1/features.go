package netpolv1

// Feature is something that a NetworkPolicy can say, and what becomes of it here.
type Feature struct{ Name, Treatment string }

// Considered lists what is considered of a NetworkPolicy and what is not, in the order of the object's fields, for the documentation.
func Considered() []Feature {
	return []Feature{
		{"`spec.podSelector`", "considered; one that cannot be parsed makes the policy unknown to every pod of its namespace"},
		{"`spec.policyTypes`", "considered; without it ingress always, and egress when there are rules for it, as the API server fills it in"},
		{"rules: `from`, `to`", "considered; no list or an empty one is everybody"},
		{"rules: `ports`", "the rule is about some traffic only; which is not considered"},
		{"peers: `podSelector`, `namespaceSelector`", "considered, by the labels of pods and namespaces; of a namespace whose object is missing, a selector on its labels is unknown"},
		{"peers: `ipBlock`", "0.0.0.0/0 or ::/0 without `except` is everybody; of other blocks, those for private use may hold pods"},
		{"`status`", "not considered"},
	}
}
