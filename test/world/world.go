// Package world makes seeded, realistic clusters: the same seed and size give the same objects on every machine.
//
// It must never be tuned to make a number look better. Tests and benchmarks import it, nothing that ships does.
package world

import (
	"fmt"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Size says how much of everything there is.
type Size struct {
	Namespaces int
	// Pods is how many pods there are, in workloads of ten replicas on average.
	Pods int
	// Policies is how many network policies each namespace has.
	Policies int
	// Bindings is how many role bindings each namespace has.
	Bindings int
	Nodes    int
}

// World is a cluster under construction.
type World struct {
	rng  *rand.Rand
	size Size
}

// New makes a generator.
func New(seed uint64, size Size) *World {
	return &World{rng: rand.New(rand.NewPCG(seed, 0)), size: size}
}

// Objects calls visit with every object, in an order that a cluster could have grown in.
func (w *World) Objects(visit func(runtime.Object)) {
	for i := range w.size.Nodes {
		visit(w.node(i))
	}
	w.clusterRBAC(visit)
	pods := 0
	for i := range w.size.Namespaces {
		w.namespace(i, visit)
		share := w.size.Pods * (i + 1) / w.size.Namespaces
		for n := 0; pods < share; n++ {
			replicas := min(1+w.rng.IntN(19), share-pods)
			w.Workload(namespaceName(i), fmt.Sprintf("app-%d", n), replicas, visit)
			pods += replicas
		}
	}
}

func namespaceName(i int) string { return fmt.Sprintf("team-%d-service-%d", i%97, i) }

// one returns true once in n times.
func (w *World) one(n int) bool { return w.rng.IntN(n) == 0 }

func (w *World) meta(namespace, name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: namespace, Name: name, Labels: labels, ResourceVersion: fmt.Sprint(w.rng.IntN(1e9)),
		CreationTimestamp: metav1.NewTime(time.Date(2026, 1, 1+w.rng.IntN(200), 0, 0, 0, 0, time.UTC)),
	}
}

func (w *World) node(i int) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: w.meta("", nodeName(i), nil),
		Status: corev1.NodeStatus{
			Allocatable: resources("31850m", "125Gi"),
			NodeInfo:    corev1.NodeSystemInfo{KubeletVersion: "v1.37.2"},
		},
	}
}

func nodeName(i int) string { return fmt.Sprintf("node-%04d", i) }

func (w *World) namespace(i int, visit func(runtime.Object)) {
	name := namespaceName(i)
	labels := map[string]string{"kubernetes.io/metadata.name": name, "team": fmt.Sprintf("team-%d", i%97)}
	if w.one(3) {
		labels["pod-security.kubernetes.io/enforce"] = []string{"baseline", "restricted", "privileged"}[w.rng.IntN(3)]
	}
	visit(&corev1.Namespace{ObjectMeta: w.meta("", name, labels), Status: corev1.NamespaceStatus{Phase: corev1.NamespaceActive}})
	for _, account := range []string{"default", "app", "ci"} {
		sa := &corev1.ServiceAccount{ObjectMeta: w.meta(name, account, nil)}
		if w.one(4) {
			sa.AutomountServiceAccountToken = new(false)
		}
		visit(sa)
	}
	if w.one(2) {
		visit(&corev1.LimitRange{ObjectMeta: w.meta(name, "defaults", nil), Spec: corev1.LimitRangeSpec{
			Limits: []corev1.LimitRangeItem{{Type: corev1.LimitTypeContainer, Default: resources("1", "512Mi")}},
		}})
	}
	if w.one(3) {
		visit(&corev1.ResourceQuota{ObjectMeta: w.meta(name, "quota", nil), Spec: corev1.ResourceQuotaSpec{Hard: resources("100", "200Gi")}})
	}
	w.policies(name, visit)
	w.bindings(name, visit)
}
