package hostile

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// evil is the namespace that is flooded.
const evil = "evil"

// flood is what one tenant makes: n is how much of it.
type flood struct {
	name string
	n    int
	make func(n int) []runtime.Object
}

var floods = []flood{
	{"policies that each spare one pod, and its pods", 5_000, sparing},
	{"policies for every pod, and pods with labels of their own", 5_000, everywhere},
	{"policies with a peer of its own in every namespace, and pods", 5_000, peers},
	{"pods with 20 labels, beside 25 policies with 5,000 values", 5_000, values},
	{"pods of 1 MB of labels, and as many policies of 0.7 MB of values", 20, bombs},
	{"role bindings with the longest names", 30_000, bindings},
	{"pods with the longest names and labels", 10_000, pods},
}

func longest(i, size int) string {
	text := fmt.Sprint("l", i, "-")
	return text + strings.Repeat("x", size-len(text))
}

func meta(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: evil, Name: name} }

func pod(name string, labels map[string]string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: meta(name), Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "x"}}}}
	p.Labels = labels
	return p
}

func policy(i int, selector metav1.LabelSelector, types ...networkingv1.PolicyType) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		ObjectMeta: meta(fmt.Sprint("p", i)), Spec: networkingv1.NetworkPolicySpec{PodSelector: selector, PolicyTypes: types},
	}
}

func expression(key string, op metav1.LabelSelectorOperator, values ...string) metav1.LabelSelector {
	return metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: op, Values: values}}}
}

func valuesOf(i, n int) []string {
	out := make([]string, n)
	for k := range out {
		out[k] = fmt.Sprintf("v%d-%05d", i, k)
	}
	return out
}

// sparing makes no two pods alike: each is selected by all policies but its own.
func sparing(n int) (out []runtime.Object) {
	for i := range n {
		key := fmt.Sprint("k", i)
		p := policy(i, expression(key, metav1.LabelSelectorOpNotIn, valuesOf(0, 20)...), networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress)
		spaces, selector := expression(fmt.Sprint("q", i), metav1.LabelSelectorOpDoesNotExist), expression(fmt.Sprint("w", i), metav1.LabelSelectorOpNotIn, "a")
		p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &spaces, PodSelector: &selector}}}}
		out = append(out, p, pod(p.Name, map[string]string{key: "v0-00000", fmt.Sprint("a", i): "b"}))
	}
	return out
}

func everywhere(n int) (out []runtime.Object) {
	for i := range n {
		p := policy(i, metav1.LabelSelector{}, networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress)
		selector := expression(fmt.Sprint("w", i), metav1.LabelSelectorOpIn, "a")
		p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &selector}}}}
		out = append(out, p, pod(p.Name, map[string]string{fmt.Sprint("a", i): "b"}))
	}
	return out
}

func peers(n int) (out []runtime.Object) {
	for i := range n {
		p := policy(i, expression("g", metav1.LabelSelectorOpIn, fmt.Sprint(i)), networkingv1.PolicyTypeIngress)
		spaces, selector := expression("team", metav1.LabelSelectorOpNotIn, fmt.Sprint(i)), expression("app", metav1.LabelSelectorOpNotIn, fmt.Sprint(i))
		p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &spaces, PodSelector: &selector}}}}
		out = append(out, p, pod(p.Name, map[string]string{"g": fmt.Sprint(i)}))
	}
	return out
}

func values(n int) (out []runtime.Object) {
	for i := range 25 {
		out = append(out, policy(i, expression("k", metav1.LabelSelectorOpIn, valuesOf(i, 5000)...), networkingv1.PolicyTypeIngress))
	}
	for i := range n {
		labels := map[string]string{"k": fmt.Sprint("w", i)}
		for k := range 20 {
			labels[fmt.Sprint("x", i, "-", k)] = strings.Repeat("y", 60)
		}
		out = append(out, pod(fmt.Sprint("p", i), labels))
	}
	return out
}

func bombs(n int) (out []runtime.Object) {
	for i := range n {
		labels := map[string]string{}
		for k := range 7000 {
			labels[longest(k, 63)] = strings.Repeat("y", 63)
		}
		out = append(out, pod(fmt.Sprint("p", i), labels), policy(i, expression("k", metav1.LabelSelectorOpIn, valuesOf(i, 50_000)...), networkingv1.PolicyTypeIngress))
	}
	return out
}

func bindings(n int) (out []runtime.Object) {
	all := []string{"*"}
	out = append(out, &rbacv1.Role{ObjectMeta: meta("all"), Rules: []rbacv1.PolicyRule{{APIGroups: all, Resources: all, Verbs: all}}})
	for i := range n {
		out = append(out, &rbacv1.RoleBinding{
			ObjectMeta: meta(longest(i, 253)), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "all"},
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: longest(i, 253)}},
		})
	}
	return out
}

func pods(n int) (out []runtime.Object) {
	for i := range n {
		out = append(out, pod(longest(i, 253), map[string]string{longest(i, 63): longest(i, 63)}))
	}
	return out
}
