package leaks

import (
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/test/world"
)

// The size of the cluster, which stays what it is.
const (
	namespaces       = 60
	workloads        = 4 // in a namespace, of replicas pods each on average
	replicas         = 8
	nodes            = 40
	jobsAtOnce       = 40
	clusterRoles     = 30 // each with a binding
	policiesEach     = 10
	bindingsEach     = 4
	replaceableTries = 4
)

// group is a namespace with everything in it.
type group struct {
	object    *corev1.Namespace
	things    []*thing
	workloads []*workload
	// last has the version of the last event of each kind in it.
	last [model.KindCount]uint64
}

// thing is an object that nothing else needs by its name, unless it is kept.
type thing struct {
	kind model.Kind
	object
	keep bool
}

// workload is a Deployment, which is no object here: a ReplicaSet and its pods.
type workload struct {
	name string
	set  *metav1.PartialObjectMetadata
	pods []*corev1.Pod
}

// populate makes the cluster.
func (c *churn) populate() {
	world.New(c.seed, world.Size{Nodes: nodes}).Objects(func(o runtime.Object) {
		switch o := o.(type) {
		case *corev1.Node:
			c.make(model.Nodes, o)
			c.nodes = append(c.nodes, o)
		case *rbacv1.ClusterRole:
			c.make(model.ClusterRoles, o)
		}
	})
	for range clusterRoles {
		c.newClusterRole()
	}
	for range namespaces {
		c.groups = append(c.groups, c.newGroup())
	}
	for range jobsAtOnce {
		c.newJob()
	}
	c.mark()
}

// fresh is a name that was never used.
func (c *churn) fresh(prefix string) string {
	c.names++
	return fmt.Sprintf("%s-%d", prefix, c.names)
}

// newGroup makes a namespace with what package world puts into one.
func (c *churn) newGroup() *group {
	g := &group{}
	ns := c.fresh("team")
	size := world.Size{Namespaces: 1, Policies: policiesEach, Bindings: bindingsEach}
	world.New(c.rng.Uint64(), size).Objects(func(made runtime.Object) {
		o := made.(object)
		kind, known := kindOf(made)
		if namespace, is := made.(*corev1.Namespace); is {
			g.object = namespace
			namespace.Name, namespace.Labels[corev1.LabelMetadataName] = ns, ns
			c.note(g, kind, c.make(kind, namespace))
			return
		}
		if !known || o.GetNamespace() == "" {
			return
		}
		o.SetNamespace(ns)
		if binding, is := made.(*rbacv1.RoleBinding); is {
			for i := range binding.Subjects {
				if binding.Subjects[i].Kind == rbacv1.ServiceAccountKind {
					binding.Subjects[i].Namespace = ns
				}
			}
		}
		needed := kind == model.ServiceAccounts || kind == model.Roles
		c.note(g, kind, c.make(kind, o))
		g.things = append(g.things, &thing{kind: kind, object: o, keep: needed})
	})
	c.newThings(g)
	for range workloads {
		g.workloads = append(g.workloads, c.newWorkload(g, c.fresh("app")))
	}
	// Policies that select by name select the workloads that there are in the beginning.
	for i, t := range g.things {
		if p, is := t.object.(*networkingv1.NetworkPolicy); is && p.Spec.PodSelector.MatchLabels != nil {
			p.Spec.PodSelector.MatchLabels["app.kubernetes.io/name"] = g.workloads[i%workloads].name
			c.note(g, t.kind, c.change(t.kind, p))
		}
	}
	return g
}

// newThings makes what package world does not: objects that nothing refers to, and a ClusterRoleBinding for an account of the namespace.
func (c *churn) newThings(g *group) {
	ns := g.object.Name
	meta := func(prefix string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: ns, Name: c.fresh(prefix), CreationTimestamp: metav1.NewTime(day)}
	}
	binding := meta("reader")
	binding.Namespace = ""
	daemon := &appsv1.DaemonSet{ObjectMeta: meta("agent")}
	daemon.Spec.Template.Spec.Containers = []corev1.Container{{Name: "agent", Image: "images.invalid/agent:1.0", Args: []string{"--verbose"}}}
	for _, t := range []*thing{
		{kind: model.ServiceAccounts, object: &corev1.ServiceAccount{ObjectMeta: meta("extra")}},
		{kind: model.Roles, object: &rbacv1.Role{ObjectMeta: meta("extra"), Rules: []rbacv1.PolicyRule{
			{Verbs: []string{"*"}, APIGroups: []string{""}, Resources: []string{"configmaps"}},
		}}},
		{kind: model.DaemonSets, object: daemon},
		{kind: model.ClusterRoleBindings, object: &rbacv1.ClusterRoleBinding{
			ObjectMeta: binding, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: ns, Name: "app"}},
		}},
	} {
		c.note(g, t.kind, c.make(t.kind, t.object))
		g.things = append(g.things, t)
	}
}

// day is when everything was made that has no other time.
var day = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// newWorkload makes a ReplicaSet and its pods, as package world does, but of one to three containers.
func (c *churn) newWorkload(g *group, called string) *workload {
	w := &workload{name: called}
	containers := 1 + c.rng.IntN(3)
	c.world.Workload(g.object.Name, called, replicas/2+c.rng.IntN(replicas), func(made runtime.Object) {
		switch o := made.(type) {
		case *metav1.PartialObjectMetadata:
			o.Name = c.fresh(o.Name)
			w.set = o
			c.note(g, model.ReplicaSets, c.make(model.ReplicaSets, o))
		case *corev1.Pod:
			o.Name, o.OwnerReferences[0].Name = c.fresh(called), w.set.Name
			o.Spec.Containers, o.Status.ContainerStatuses = o.Spec.Containers[:containers], o.Status.ContainerStatuses[:containers]
			o.Spec.NodeName = c.nodes[c.rng.IntN(len(c.nodes))].Name
			w.pods = append(w.pods, o)
			c.note(g, model.Pods, c.make(model.Pods, o))
		}
	})
	return w
}

// newClusterRole makes a ClusterRole and its binding, a privileged one at times.
func (c *churn) newClusterRole() {
	made := metav1.NewTime(day)
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: c.fresh("operator"), CreationTimestamp: made}}
	role.Rules = []rbacv1.PolicyRule{{Verbs: []string{"get", "list"}, APIGroups: []string{""}, Resources: []string{"pods", "secrets"}}}
	if c.rng.IntN(4) == 0 {
		role.Rules[0].Verbs, role.Rules[0].Resources, role.Rules[0].APIGroups = []string{"*"}, []string{"*"}, []string{"*"}
	}
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: role.Name, CreationTimestamp: made}}
	binding.RoleRef = rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name}
	binding.Subjects = []rbacv1.Subject{{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: c.fresh("group")}}
	c.make(model.ClusterRoles, role)
	c.make(model.ClusterRoleBindings, binding)
	c.cluster = append(c.cluster, &clusterRole{role, binding})
}

type clusterRole struct {
	role    *rbacv1.ClusterRole
	binding *rbacv1.ClusterRoleBinding
}

// marker makes an object that has a series: of its own, or as the only one that is in its namespace.
func marker(kind model.Kind, called string) object {
	alone := metav1.ObjectMeta{Name: called, CreationTimestamp: metav1.NewTime(day)}
	in := metav1.ObjectMeta{Name: "marker", Namespace: called, CreationTimestamp: metav1.NewTime(day)}
	every := []rbacv1.PolicyRule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}
	missing := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: "nowhere", Name: "nobody"}}
	view := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"}
	switch kind {
	case model.Pods:
		return &corev1.Pod{ObjectMeta: in, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "images.invalid/app:1.0"}}}}
	case model.Namespaces:
		return &corev1.Namespace{ObjectMeta: alone}
	case model.Nodes:
		return &corev1.Node{ObjectMeta: alone}
	case model.ServiceAccounts:
		return &corev1.ServiceAccount{ObjectMeta: in}
	case model.NetworkPolicies:
		return &networkingv1.NetworkPolicy{ObjectMeta: in}
	case model.Roles:
		return &rbacv1.Role{ObjectMeta: in, Rules: every}
	case model.RoleBindings:
		return &rbacv1.RoleBinding{ObjectMeta: in, RoleRef: view, Subjects: missing}
	case model.ClusterRoles:
		return &rbacv1.ClusterRole{ObjectMeta: alone, Rules: every}
	case model.ClusterRoleBindings:
		return &rbacv1.ClusterRoleBinding{ObjectMeta: alone, RoleRef: view, Subjects: missing}
	}
	return nil
}

// kindOf is the kind of what package world puts into a namespace.
func kindOf(o runtime.Object) (model.Kind, bool) {
	switch o.(type) {
	case *corev1.Namespace:
		return model.Namespaces, true
	case *corev1.ServiceAccount:
		return model.ServiceAccounts, true
	case *corev1.LimitRange:
		return model.LimitRanges, true
	case *corev1.ResourceQuota:
		return model.ResourceQuotas, true
	case *networkingv1.NetworkPolicy:
		return model.NetworkPolicies, true
	case *rbacv1.Role:
		return model.Roles, true
	case *rbacv1.RoleBinding:
		return model.RoleBindings, true
	}
	return 0, false
}

// make, change and remove are the three events. They return the version.
func (c *churn) make(kind model.Kind, o object) uint64   { return c.emit(kind, watch.Added, o) }
func (c *churn) change(kind model.Kind, o object) uint64 { return c.emit(kind, watch.Modified, o) }
func (c *churn) remove(kind model.Kind, o object) uint64 { return c.emit(kind, watch.Deleted, o) }

// note notes the last event of a kind in a namespace.
func (c *churn) note(g *group, kind model.Kind, version uint64) {
	if slices.Contains(markable(), kind) {
		g.last[kind] = version
	}
}

// buried are the last events of every kind that can make a series of the namespace.
func (g *group) buried() (all []event) {
	for kind, version := range g.last {
		if version > 0 {
			all = append(all, event{model.Kind(kind), version})
		}
	}
	return all
}
