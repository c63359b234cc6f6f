package leaks

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// job is a Job of a CronJob, by its metadata, and its pod.
type job struct {
	group *group
	set   *metav1.PartialObjectMetadata
	pod   *corev1.Pod
}

// pick is a workload of a namespace and the place of one of its pods.
func (c *churn) pick(g *group) (*workload, int) {
	w := g.workloads[c.rng.IntN(len(g.workloads))]
	return w, c.rng.IntN(len(w.pods))
}

// status is what the kubelet writes.
func (c *churn) status(g *group) {
	w, i := c.pick(g)
	pod := w.pods[i]
	pod.Status.ContainerStatuses[c.rng.IntN(len(pod.Status.ContainerStatuses))].RestartCount++
	pod.Status.PodIP = fmt.Sprintf("10.%d.%d.%d", c.rng.IntN(256), c.rng.IntN(256), c.rng.IntN(256))
	c.note(g, model.Pods, c.change(model.Pods, pod))
}

// relabel gives a pod a label or an annotation with a value that nothing had before.
func (c *churn) relabel(g *group) {
	w, i := c.pick(g)
	pod := w.pods[i]
	if c.rng.IntN(2) == 0 {
		pod.Labels["revision"] = c.fresh("r")
	} else {
		pod.Annotations["restarted-at"] = c.fresh("t")
	}
	c.note(g, model.Pods, c.change(model.Pods, pod))
}

// replacePod is what a controller does with a pod that is gone: a new one, with a new name, that begins to run.
func (c *churn) replacePod(g *group) {
	w, i := c.pick(g)
	c.remove(model.Pods, w.pods[i])
	pod := w.pods[i].DeepCopy()
	pod.Name, pod.Status.Phase = c.fresh(w.name), corev1.PodPending
	w.pods[i] = pod
	c.make(model.Pods, pod)
	pod.Status.Phase = corev1.PodRunning
	c.note(g, model.Pods, c.change(model.Pods, pod))
}

// rollOut gives a workload new pods.
func (c *churn) rollOut(g *group) {
	i := c.rng.IntN(len(g.workloads))
	old := g.workloads[i]
	g.workloads[i] = c.newWorkload(g, old.name)
	c.drop(g, old)
}

// replaceWorkload ends a workload, for ever, and makes another.
func (c *churn) replaceWorkload(g *group) {
	i := c.rng.IntN(len(g.workloads))
	old := g.workloads[i]
	c.drop(g, old)
	c.graves.bury(name{kind: "Deployment", namespace: g.object.Name, name: old.name}, event{model.Pods, g.last[model.Pods]})
	g.workloads[i] = c.newWorkload(g, c.fresh("app"))
}

func (c *churn) drop(g *group, w *workload) {
	c.note(g, model.ReplicaSets, c.remove(model.ReplicaSets, w.set))
	for _, pod := range w.pods {
		c.note(g, model.Pods, c.remove(model.Pods, pod))
	}
}

// replaceGroup ends a namespace, in the order of the namespace controller, and makes another.
func (c *churn) replaceGroup() {
	i := c.rng.IntN(len(c.groups))
	g := c.groups[i]
	g.object.Status.Phase = corev1.NamespaceTerminating
	c.change(model.Namespaces, g.object)
	for _, w := range g.workloads {
		c.drop(g, w)
		c.graves.bury(name{kind: "Deployment", namespace: g.object.Name, name: w.name}, event{model.Pods, g.last[model.Pods]})
	}
	c.jobs = slices.DeleteFunc(c.jobs, func(j *job) bool {
		if j.group == g {
			c.dropJob(j)
		}
		return j.group == g
	})
	for _, t := range g.things {
		c.note(g, t.kind, c.remove(t.kind, t.object))
	}
	c.note(g, model.Namespaces, c.remove(model.Namespaces, g.object))
	c.graves.bury(name{namespace: g.object.Name}, g.buried()...)
	c.groups[i] = c.newGroup()
}

// newJob makes a Job of a new CronJob with a pod.
func (c *churn) newJob() {
	g := c.groups[c.rng.IntN(len(c.groups))]
	cron := c.fresh("nightly")
	set := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: g.object.Name, Name: c.fresh(cron)}}
	set.OwnerReferences = []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "CronJob", Name: cron, Controller: new(true)}}
	w, i := c.pick(g)
	pod := w.pods[i].DeepCopy()
	pod.Name, pod.Labels = c.fresh(cron), map[string]string{"job-name": set.Name}
	pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: set.Name, Controller: new(true)}}
	c.make(model.Jobs, set)
	c.note(g, model.Pods, c.make(model.Pods, pod))
	c.jobs = append(c.jobs, &job{g, set, pod})
}

// runJob lets the oldest Job end and go, and another begin.
func (c *churn) runJob() {
	if len(c.jobs) >= jobsAtOnce {
		old := c.jobs[0]
		c.jobs = c.jobs[1:]
		old.pod.Status.Phase = corev1.PodSucceeded
		c.note(old.group, model.Pods, c.change(model.Pods, old.pod))
		c.change(model.Jobs, old.set)
		c.dropJob(old)
	}
	c.newJob()
}

func (c *churn) dropJob(j *job) {
	c.note(j.group, model.Pods, c.remove(model.Pods, j.pod))
	c.remove(model.Jobs, j.set)
	c.graves.bury(name{"CronJob", j.set.Namespace, j.set.OwnerReferences[0].Name}, event{model.Pods, j.group.last[model.Pods]})
}

// nodeStatus is the kubelet's heartbeat.
func (c *churn) nodeStatus() {
	node := c.nodes[c.rng.IntN(len(c.nodes))]
	node.Status.Conditions = []corev1.NodeCondition{{
		Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.NewTime(day.Add(time.Duration(c.events) * time.Second)),
	}}
	c.change(model.Nodes, node)
}

// replaceNode takes a node away, whose pods stay as if nothing had happened, and adds one.
func (c *churn) replaceNode() {
	i := c.rng.IntN(len(c.nodes))
	old := c.nodes[i]
	c.graves.bury(named(model.Nodes, old), event{model.Nodes, c.remove(model.Nodes, old)})
	node := old.DeepCopy()
	node.Name = c.fresh("node")
	c.make(model.Nodes, node)
	c.nodes[i] = node
}

// changeThing annotates an object.
func (c *churn) changeThing(g *group) {
	t := g.things[c.rng.IntN(len(g.things))]
	t.SetAnnotations(map[string]string{"changed": c.fresh("t")})
	c.note(g, t.kind, c.change(t.kind, t.object))
}

// replaceThing ends an object that nothing needs, and makes another of its kind.
func (c *churn) replaceThing(g *group) {
	var t *thing
	for range replaceableTries {
		if t = g.things[c.rng.IntN(len(g.things))]; !t.keep {
			break
		}
	}
	if t.keep {
		return
	}
	version := c.remove(t.kind, t.object)
	if of := named(t.kind, t.object); of.kind != "" {
		c.graves.bury(of, event{t.kind, version})
	}
	t.object = t.DeepCopyObject().(object)
	t.SetName(c.fresh(t.kind.String()))
	c.note(g, t.kind, c.make(t.kind, t.object))
}

// replaceClusterRole ends a ClusterRole and its binding, and makes others.
func (c *churn) replaceClusterRole() {
	old := c.cluster[0]
	c.cluster = c.cluster[1:]
	c.graves.bury(named(model.ClusterRoleBindings, old.binding), event{model.ClusterRoleBindings, c.remove(model.ClusterRoleBindings, old.binding)})
	c.graves.bury(named(model.ClusterRoles, old.role), event{model.ClusterRoles, c.remove(model.ClusterRoles, old.role)})
	c.newClusterRole()
}
