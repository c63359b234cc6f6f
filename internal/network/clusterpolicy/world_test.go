package clusterpolicy_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The objects as the API documents them, written once more for the oracle, which reads them and nothing of the adapter's.
type (
	object struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Metadata   metav1.ObjectMeta `json:"metadata"`
		Spec       spec              `json:"spec"`
	}
	spec struct {
		Tier     string `json:"tier,omitempty"`
		Priority *int   `json:"priority,omitempty"`
		Subject  peer   `json:"subject"`
		Ingress  []rule `json:"ingress,omitempty"`
		Egress   []rule `json:"egress,omitempty"`
	}
	rule struct {
		Name      string `json:"name,omitempty"`
		Action    string `json:"action"`
		From      []peer `json:"from,omitempty"`
		To        []peer `json:"to,omitempty"`
		Ports     []any  `json:"ports,omitempty"`
		Protocols []any  `json:"protocols,omitempty"`
	}
	peer struct {
		Namespaces  *metav1.LabelSelector `json:"namespaces,omitempty"`
		Pods        *pods                 `json:"pods,omitempty"`
		Nodes       *metav1.LabelSelector `json:"nodes,omitempty"`
		Networks    []string              `json:"networks,omitempty"`
		DomainNames []string              `json:"domainNames,omitempty"`
		// Moons stands for a kind of peer that nobody has heard of.
		Moons *metav1.LabelSelector `json:"moons,omitempty"`
	}
	pods struct {
		NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
		PodSelector       *metav1.LabelSelector `json:"podSelector"`
	}
)

func (o *object) unstructured(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var u unstructured.Unstructured
	if err := u.UnmarshalJSON(text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &u
}

type namespace struct {
	name   string
	labels map[string]string
}

type pod struct {
	in     *namespace
	labels map[string]string
}

// world is random but for its seed.
type world struct {
	rng        *rand.Rand
	namespaces []*namespace
	pods       []*pod
	policies   []*object
	namespaced []*networkingv1.NetworkPolicy
}

func newWorld(seed uint64) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 4))}
	for i := range 2 + w.rng.IntN(3) {
		ns := &namespace{name: fmt.Sprint("ns", i), labels: w.labels("team", "env")}
		ns.labels["kubernetes.io/metadata.name"] = ns.name
		w.namespaces = append(w.namespaces, ns)
		for range 1 + w.rng.IntN(3) {
			w.pods = append(w.pods, &pod{in: ns, labels: w.labels("app", "tier")})
		}
	}
	for i := range w.rng.IntN(6) {
		w.policies = append(w.policies, w.policy(i))
	}
	for range w.rng.IntN(3) {
		w.namespaced = append(w.namespaced, w.networkPolicy())
	}
	return w
}

func (w *world) chance(percent int) bool { return w.rng.IntN(100) < percent }

func (w *world) pick(of ...string) string { return of[w.rng.IntN(len(of))] }

func (w *world) labels(keys ...string) map[string]string {
	out := map[string]string{}
	for _, k := range keys {
		if w.chance(70) {
			out[k] = w.pick("a", "b", "")
		}
	}
	return out
}

func (w *world) selector(keys ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	if w.chance(45) {
		return s
	}
	if w.chance(50) {
		s.MatchLabels = map[string]string{w.pick(keys...): w.pick("a", "b", "ns0", "ns1")}
	}
	for range w.rng.IntN(2) {
		r := metav1.LabelSelectorRequirement{Key: w.pick(keys...), Operator: metav1.LabelSelectorOperator(w.pick("In", "NotIn", "Exists", "DoesNotExist"))}
		if r.Operator == metav1.LabelSelectorOpIn || r.Operator == metav1.LabelSelectorOpNotIn {
			r.Values = []string{w.pick("a", "b", "ns0"), w.pick("a", "ns1", "ns2")}
		}
		s.MatchExpressions = append(s.MatchExpressions, r)
	}
	return s
}

func (w *world) spaces() *metav1.LabelSelector {
	return w.selector("team", "env", "kubernetes.io/metadata.name")
}

// selection is a subject, or a peer that is pods.
func (w *world) selection(needsNamespaces bool) peer {
	if w.chance(50) {
		return peer{Namespaces: w.spaces()}
	}
	p := &pods{PodSelector: w.selector("app", "tier")}
	if needsNamespaces || w.chance(80) {
		p.NamespaceSelector = w.spaces()
	}
	return peer{Pods: p}
}

func (w *world) policy(i int) *object {
	o := &object{APIVersion: "policy.networking.k8s.io/v1alpha1", Kind: w.pick("ClusterNetworkPolicy", "ClusterNetworkPolicy", "AdminNetworkPolicy")}
	o.Metadata.Name = fmt.Sprint("policy", i)
	if i == 0 && w.chance(25) {
		o.Kind, o.Metadata.Name = "BaselineAdminNetworkPolicy", "default"
	} else {
		// Few priorities, so that there are equal ones.
		priority := w.rng.IntN(4) * 333
		o.Spec.Priority = &priority
	}
	if o.Kind == "ClusterNetworkPolicy" {
		o.APIVersion = "policy.networking.k8s.io/" + w.pick("v1alpha2", "v1beta1")
		o.Spec.Tier = w.pick("Admin", "Baseline")
	}
	o.Spec.Subject = w.selection(o.Kind != "ClusterNetworkPolicy")
	for range w.rng.IntN(3) {
		o.Spec.Ingress = append(o.Spec.Ingress, w.rule(o.Kind, false))
	}
	for range w.rng.IntN(3) {
		o.Spec.Egress = append(o.Spec.Egress, w.rule(o.Kind, true))
	}
	return o
}

func (w *world) rule(kind string, egress bool) rule {
	r := rule{Action: w.pick("Accept", "Deny", "Pass", "Deny")}
	if kind != "ClusterNetworkPolicy" && r.Action == "Accept" || kind == "BaselineAdminNetworkPolicy" && r.Action == "Pass" {
		r.Action = "Allow"
	}
	if w.chance(20) && kind == "ClusterNetworkPolicy" {
		r.Protocols = []any{map[string]any{"tcp": map[string]any{"destinationPort": map[string]any{"number": 80}}}}
	} else if w.chance(20) {
		r.Ports = []any{map[string]any{"namedPort": "web"}}
	}
	for range 1 + w.rng.IntN(3) {
		p := w.selection(kind != "ClusterNetworkPolicy")
		if egress && w.chance(50) {
			p = w.elsewhere(kind)
		} else if w.chance(4) {
			p = peer{}
			if w.chance(50) {
				p.Moons = w.selector("app")
			}
		}
		if egress {
			r.To = append(r.To, p)
		} else {
			r.From = append(r.From, p)
		}
	}
	return r
}

// elsewhere is a peer that only egress has.
func (w *world) elsewhere(kind string) (p peer) {
	switch w.rng.IntN(6) {
	case 0:
		p.Nodes = w.selector("zone")
	case 1:
		if kind != "BaselineAdminNetworkPolicy" {
			p.DomainNames = []string{"*.example.com"}
			break
		}
		fallthrough
	default:
		for range 1 + w.rng.IntN(3) {
			p.Networks = append(p.Networks, w.pick(blocks...))
		}
	}
	return p
}

// blocks are addresses that rules are about; see the samples of the oracle.
var blocks = []string{
	"0.0.0.0/0", "0.0.0.0/0", "::/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "192.0.0.0/2", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32",
	"203.0.113.0/24", "8000::/1", "::/1", "fd00::/8", "2001:db8::/32", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16",
}

func (w *world) networkPolicy() *networkingv1.NetworkPolicy {
	np := &networkingv1.NetworkPolicy{}
	np.Namespace, np.Name = w.namespaces[w.rng.IntN(len(w.namespaces))].name, fmt.Sprint("np", w.rng.IntN(100))
	np.Spec.PodSelector = *w.selector("app", "tier")
	if w.chance(70) {
		np.Spec.PolicyTypes = append(np.Spec.PolicyTypes, networkingv1.PolicyTypeIngress)
		for range w.rng.IntN(2) {
			r := networkingv1.NetworkPolicyIngressRule{}
			if w.chance(70) {
				r.From = []networkingv1.NetworkPolicyPeer{{NamespaceSelector: w.spaces()}}
			}
			np.Spec.Ingress = append(np.Spec.Ingress, r)
		}
	}
	if len(np.Spec.PolicyTypes) == 0 || w.chance(50) {
		np.Spec.PolicyTypes = append(np.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		if w.chance(30) {
			np.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{}}
		}
	}
	return np
}
