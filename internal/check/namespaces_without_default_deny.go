package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var namespacesWithoutDefaultDeny = Check{
	ID:       "namespaces_without_default_deny",
	Gap:      Network,
	Severity: Low,
	Title: "Namespaces without a NetworkPolicy that selects every pod and allows nothing in the direction. Namespaces being deleted are " +
		"not judged, and whether the network enforces policies is not seen.",
	Why: "A pod that no other policy happens to select is open the moment it starts. The pods that are open now are counted by " +
		"pods_without_network_policy, so this is the missing guard only: hygiene, low.",
	Remediation: "Create a NetworkPolicy with podSelector: {}, policyTypes [Ingress, Egress] and no rules, next to policies that allow " +
		"what is needed, DNS first.",
	Labels: directionLabels,
	CIS:    []Reference{{Edition: "cis-1.12", Control: "5.3.2"}},
	Needs:  []model.Kind{model.Namespaces, model.NetworkPolicies},
	Judge:  NamespaceJudge(judgeDefaultDeny),
}

var notDenied = [model.DirectionCount]string{
	"no NetworkPolicy denies ingress to every pod by default", "no NetworkPolicy denies egress to every pod by default",
}

// judgeDefaultDeny: policies only ever add permissions, so one that selects everything and permits nothing is the only way to deny
// what nobody has thought of. An empty rule permits everything and does not count.
func judgeDefaultDeny(f *NamespaceFacts, r *Report) {
	for d := range model.DirectionCount {
		r.Say(int(d), f.DefaultDeny[d].Not(), "metadata.name", notDenied[d])
	}
}
