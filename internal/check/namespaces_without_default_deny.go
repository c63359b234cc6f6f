package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var namespacesWithoutDefaultDeny = Check{
	ID:       "namespaces_without_default_deny",
	Gap:      Network,
	Severity: Low,
	Title: "Namespaces in which no network policy of any engine denies the direction to every pod by default. Namespaces being deleted are " +
		"not judged, and whether anybody enforces the policies is another gauge.",
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
	"no network policy denies ingress to every pod by default", "no network policy denies egress to every pod by default",
}

// judgeDefaultDeny: NetworkPolicies only ever add permissions, so one that selects everything and permits nothing is the way to deny what
// nobody has thought of; an empty rule permits everything and does not count. Other engines have equivalents, such as a Baseline deny-all.
func judgeDefaultDeny(f *NamespaceFacts, r *Report) {
	for d := range model.DirectionCount {
		r.Say(int(d), f.DefaultDeny[d].Not(), "metadata.name", notDenied[d])
	}
}
