package docs

import (
	"github.com/kube-posture/kube-posture-exporter/internal/network/calico"
	"github.com/kube-posture/kube-posture-exporter/internal/network/cilium"
	"github.com/kube-posture/kube-posture-exporter/internal/network/clusterpolicy"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
	"github.com/kube-posture/kube-posture-exporter/internal/network/netpolv1"
)

// Network renders docs/network.md: what is considered of the policies of each engine, and who is known to enforce them.
func Network() []byte {
	var p page
	p.marked("Network policies", "the packages below `internal/network`")
	p.paragraph("Every policy of every engine below goes into one model: which pods it selects, in which direction it isolates them, and whom its " +
		"rules admit. A pod has one of four verdicts for each direction:")
	p.table([]string{"verdict", "when", "gauge"}, [][]string{
		{"not isolated", "no policy keeps all traffic from it, or from leaving it", code("pods_without_network_policy")},
		{"isolated, but open to all", "a policy isolates it, and one that is asked in time admits everybody on every port", code("pods_open_to_all")},
		{"isolated", "what no policy allows is denied", "neither"},
		{"unknown", "a policy that nobody can read could change the answer", "neither; `check_resources{result=\"unknown\"}`"},
	})
	p.paragraph("`kube-posture-exporter explain network NAMESPACE/POD` shows for one pod which policies select it, whom they admit, and why the " +
		"verdict is what it is.")
	p.line("## Who is asked when\n")
	p.paragraph("Traffic has to pass every engine that has a policy; NetworkPolicies and the cluster-scoped kinds of Kubernetes are enforced by whichever " +
		"engine there is. Within one engine: the Admin tier first, rule by rule by priority; then NetworkPolicies and the engine's own, where any " +
		"Deny wins, then any Allow, and a pod that one of them isolates is denied the rest; then Baseline. Calico asks its tiers by their order, " +
		"and NetworkPolicies in the tier `default`. Pods on the host network are held by no policy and not judged. Ports are considered only as a " +
		"restriction: an Allow for some ports lets a connection through and is not everybody, a Deny for some keeps nobody out for certain.")
	p.paragraph("A kind is looked for every ten seconds in what the API server serves: its policies count from when its definition is there until it " +
		"leaves. A kind that is served and may not be listed makes unknown what it could change, and nothing else.")
	p.line("## Reach\n")
	p.paragraph("`namespace_reachable_from_namespaces` counts the other namespaces with a pod that may open a connection to a pod of the namespace: the " +
		"egress side of the one and the ingress side of the other both let it through on some port. `namespace_reachable_from_outside` asks the same " +
		"of addresses outside of the cluster, whether or not a Service leads there. A namespace without pods is reached by nobody. Where an answer " +
		"depends on what nobody can read, the series is absent.")
	p.engines()
	p.line("## Who enforces\n")
	p.paragraph("Without somebody who enforces them policies do nothing. `network_policy_enforcer_info` names who does, as DaemonSets, nodes and the " +
		"APIs served tell; the log says by what. Nobody is named without evidence, and nobody is taken to be missing where there is a sign of an " +
		"engine that is not known here. Where it is unknown, state it in the configuration: `network.enforcer`, `none` for nobody. That somebody " +
		"enforces NetworkPolicies does not mean that they enforce other kinds: `network_policies_unenforced` tells them apart.")
	p.paragraph("A name proves nothing where a tenant can make a DaemonSet. One is believed in the namespaces of `network.enforcer_namespaces` only, " +
		"and enforces only with an image of the network (whatever registry has it), on the host network, and with a container that is privileged " +
		"or has the capability NET_ADMIN or SYS_ADMIN. Without all of these the answer is unknown. A DaemonSet in another namespace that has all of " +
		"them is a hint: it makes the answer unknown where nothing that is believed enforces. One that has not is ignored, and the log says so. " +
		"Nodes are believed, because only kubelets and administrators write them.")
	var rows [][]string
	for _, n := range enforcer.Known() {
		rows = append(rows, []string{code(n.Name), n.Found, or(codes(n.Images()), "–"), n.Enforces, n.Source})
	}
	p.table([]string{"name", "found by", "image", "enforces", "source"}, rows)
	return p.Bytes()
}

// engines writes a table for each adapter.
func (p *page) engines() {
	p.line("## What is considered\n")
	section := func(title string, rows [][]string) {
		p.line("### %s\n", title)
		p.table([]string{"what", "treatment"}, rows)
	}
	section("NetworkPolicy (`networking.k8s.io/v1`)", features(netpolv1.Considered(), func(f netpolv1.Feature) (string, string) { return f.Name, f.Treatment }))
	section("ClusterNetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy (`policy.networking.k8s.io`)",
		features(clusterpolicy.Considered(), func(f clusterpolicy.Feature) (string, string) { return f.Name, f.Treatment }))
	section("Cilium", features(cilium.Considered(), func(f cilium.Feature) (string, string) { return f.Name, f.Treatment }))
	section("Calico", features(calico.Considered(), func(f calico.Feature) (string, string) { return f.Name, f.Treatment }))
}

func features[F any](list []F, split func(F) (name, treatment string)) (rows [][]string) {
	for _, f := range list {
		name, treatment := split(f)
		rows = append(rows, []string{name, treatment})
	}
	return rows
}
