package network_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/netpolv1"
)

// The cluster of the benchmarks: 100,000 pods that are 20,000 endpoints, in 5,000 namespaces with ten NetworkPolicies each.
const (
	benchNamespaces = 5_000
	benchWorkloads  = 4
	benchReplicas   = 5
)

// cluster is what the benchmarks compute on.
type cluster struct {
	namespaces []network.Namespace
	pods       []network.Endpoint
	policies   []network.Placed
}

func newCluster(policies func(i int) []*networkingv1.NetworkPolicy) *cluster {
	c := &cluster{namespaces: make([]network.Namespace, benchNamespaces)}
	account := model.Intern("default")
	for i := range c.namespaces {
		ns := &c.namespaces[i]
		*ns = network.Namespace{Name: model.Intern(spaceName(i)), Known: true, Labels: model.NewLabelSet(map[string]string{
			"kubernetes.io/metadata.name": spaceName(i), "team": fmt.Sprint("team-", i%200), "env": []string{"prod", "stage", "dev"}[i%3],
			"pod-security.kubernetes.io/enforce": "baseline",
		})}
		for w := range benchWorkloads {
			labels := model.NewLabelSet(map[string]string{
				"app.kubernetes.io/name": fmt.Sprint("app-", w), "app.kubernetes.io/instance": spaceName(i),
				"role": []string{"frontend", "backend", "db", "worker"}[w], "pod-template-hash": fmt.Sprintf("%08x", i*benchWorkloads+w),
			})
			for range benchReplicas {
				c.pods = append(c.pods, network.Endpoint{Namespace: ns, Labels: labels, ServiceAccount: account})
			}
		}
		for _, np := range policies(i) {
			p := netpolv1.Policy(&np.Spec)
			c.policies = append(c.policies, network.Placed{Policy: &p, Of: &network.Object{Namespaced: model.Namespaced{Meta: model.NewMeta(spaceName(i), np.Name)}}})
		}
	}
	return c
}

func spaceName(i int) string {
	if i < 4 {
		return []string{"kube-system", "monitoring", "ingress-nginx", "gateway"}[i]
	}
	return fmt.Sprint("namespace-", i)
}

func byLabel(key, value string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}

// tenPolicies are a platform's usual policies: nine namespaces of ten deny by default; what is allowed from other namespaces is selected by
// their name, by one of 200 teams, by a role anywhere in the cluster, by address, and by a gateway that each namespace has for itself.
func tenPolicies(i int) []*networkingv1.NetworkPolicy {
	space := func(name string) *metav1.LabelSelector { return byLabel("kubernetes.io/metadata.name", name) }
	app := func(w int) metav1.LabelSelector { return *byLabel("app.kubernetes.io/name", fmt.Sprint("app-", w)) }
	ports := make([]networkingv1.NetworkPolicyPort, 1)
	in := func(s metav1.LabelSelector, p ...networkingv1.NetworkPolicyPeer) *networkingv1.NetworkPolicy {
		return &networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{
			PodSelector: s, PolicyTypes: []networkingv1.PolicyType{"Ingress"}, Ingress: []networkingv1.NetworkPolicyIngressRule{{From: p, Ports: ports}},
		}}
	}
	out := func(s metav1.LabelSelector, p ...networkingv1.NetworkPolicyPeer) *networkingv1.NetworkPolicy {
		return &networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{
			PodSelector: s, PolicyTypes: []networkingv1.PolicyType{"Egress"}, Egress: []networkingv1.NetworkPolicyEgressRule{{To: p, Ports: ports}},
		}}
	}
	type peer = networkingv1.NetworkPolicyPeer
	every := metav1.LabelSelector{}
	deny := &networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Ingress", "Egress"}}}
	if i%10 == 0 {
		deny.Spec.PodSelector = app(9)
	}
	list := []*networkingv1.NetworkPolicy{
		deny,
		out(every, peer{NamespaceSelector: space("kube-system"), PodSelector: byLabel("role", "backend")}),
		in(app(0), peer{NamespaceSelector: space("ingress-nginx")}),
		in(every, peer{NamespaceSelector: space("monitoring")}),
		in(app(1), peer{PodSelector: byLabel("role", "frontend")}),
		out(app(0), peer{PodSelector: byLabel("role", "backend")}, peer{NamespaceSelector: byLabel("team", fmt.Sprint("team-", i%200))}),
		in(app(1), peer{NamespaceSelector: byLabel("team", fmt.Sprint("team-", i%200)), PodSelector: byLabel("role", "frontend")}),
		out(app(3), peer{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"}}}),
		in(app(2), peer{NamespaceSelector: &every, PodSelector: byLabel("role", "worker")}),
		in(app(3), peer{NamespaceSelector: space(spaceName((i*7 + 5) % benchNamespaces))}),
	}
	for k, np := range list {
		np.Name = fmt.Sprint("policy-", k)
	}
	return list
}

func (c *cluster) world() (*network.World, []network.ID) {
	w := network.NewWorld(len(c.pods) / benchReplicas)
	for i := range c.namespaces {
		c.namespaces[i] = *w.Namespace(c.namespaces[i])
	}
	ids := make([]network.ID, len(c.pods))
	for i := range c.pods {
		ids[i] = w.Endpoint(c.pods[i])
	}
	return w, ids
}

// cpu is the CPU time that the process has used: other work on the machine does not count.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reportCPU reports the mean and the least CPU time of an iteration, garbage collection included in the first.
func reportCPU(b *testing.B, f func()) {
	b.ReportAllocs()
	least := time.Hour
	start := cpu()
	for b.Loop() {
		before := cpu()
		f()
		least = min(least, cpu()-before)
	}
	b.ReportMetric(float64((cpu()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(least.Microseconds())/1000, "least-cpu-ms/op")
}

func BenchmarkWorld(b *testing.B) {
	c := newCluster(tenPolicies)
	reportCPU(b, func() { c.world() })
}

func BenchmarkBuild(b *testing.B) {
	c := newCluster(tenPolicies)
	w, _ := c.world()
	reportCPU(b, func() { network.Build(c.policies, w) })
}

func BenchmarkReach(b *testing.B) {
	c := newCluster(tenPolicies)
	w, _ := c.world()
	m := network.Build(c.policies, w)
	reportCPU(b, func() { m.Reach() })
}

// BenchmarkJoin is everything that a scrape asks: every pod's verdict, every namespace's, every policy's, and reach.
func BenchmarkJoin(b *testing.B) {
	c := newCluster(tenPolicies)
	reportCPU(b, func() { c.join() })
}

// BenchmarkJoinAdmin adds 20 Admin policies, of which each is about a team or everyone, and a Baseline that denies.
func BenchmarkJoinAdmin(b *testing.B) {
	c := newCluster(tenPolicies)
	c.addAdmin(b)
	reportCPU(b, func() { c.join() })
}

func (c *cluster) addAdmin(b *testing.B) {
	peers := func(spaces, pods *metav1.LabelSelector) network.Matcher {
		m, err := network.Peers(spaces, pods)
		if err != nil {
			b.Fatal(err)
		}
		return m
	}
	for i := range 20 {
		p := &network.Policy{Source: network.Source{Name: fmt.Sprint("admin-", i)}, Stage: network.Admin, Order: float64(i)}
		p.Selects = network.Everyone()
		if i%2 == 1 {
			p.Selects = peers(byLabel("team", fmt.Sprint("team-", i)), nil)
		}
		for d := range p.Sides {
			p.Sides[d] = network.Side{Applies: true, Rules: []network.Rule{
				{Action: network.Action(i % 3), Pods: []network.Matcher{peers(byLabel("team", fmt.Sprint("team-", i+100)), byLabel("role", "worker"))}},
				{Action: network.Deny, Pods: []network.Matcher{peers(byLabel("env", "dev"), byLabel("role", "db"))}},
			}}
		}
		c.policies = append(c.policies, network.Placed{Policy: p})
	}
	deny := &network.Policy{Stage: network.Baseline, Selects: network.Everyone()}
	for d := range deny.Sides {
		deny.Sides[d] = network.Side{Applies: true, Rules: []network.Rule{{Action: network.Deny, Everyone: true}}}
	}
	c.policies = append(c.policies, network.Placed{Policy: deny})
}

// BenchmarkJoinCalico has the same policies as Calico's own, whose rules are asked in their order.
func BenchmarkJoinCalico(b *testing.B) {
	c := newCluster(tenPolicies)
	for _, p := range c.policies {
		p.Engine, p.Tier, p.TierOrder = network.Calico, network.DefaultTier, network.DefaultTierOrder
	}
	reportCPU(b, func() { c.join() })
}

// BenchmarkJoinUnsure has a policy that nobody can read, about every pod of a team, so that everything is computed for certain and for
// what is possible.
func BenchmarkJoinUnsure(b *testing.B) {
	c := newCluster(tenPolicies)
	m, err := network.Peers(byLabel("team", "team-7"), nil)
	if err != nil {
		b.Fatal(err)
	}
	c.policies = append(c.policies, network.Alone(&network.Policy{Engine: network.Cilium, Stage: network.Namespaced, Selects: m, Invalid: "cannot be read"})...)
	reportCPU(b, func() { c.join() })
}

func (c *cluster) join() (isolated, denying, selecting, reached int) {
	w, ids := c.world()
	m := network.Build(c.policies, w)
	for _, id := range ids {
		if m.Isolation(id)[model.Ingress] == check.Isolated {
			isolated++
		}
	}
	r := m.Reach()
	for i := range c.namespaces {
		name := c.namespaces[i].Name
		if m.DefaultDeny(name)[model.Ingress] == check.Yes {
			denying++
		}
		n, _ := r.From(name)
		reached += n
		if r.FromOutside(name) == check.Yes {
			reached++
		}
	}
	for i := range c.policies {
		if m.Selects(i) == check.Yes {
			selecting++
		}
	}
	return isolated, denying, selecting, reached
}
