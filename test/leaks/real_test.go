package leaks

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
	"github.com/kube-posture/kube-posture-exporter/test/world"
)

// TestReal holds the server to a real one: one exporter watches a real kube-apiserver, one this package's server with the same objects, and
// both say the same; and again when the real cluster has changed, and the same changes have been made here as events.
func TestReal(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane")
	}
	ctx := t.Context()
	cluster := testcluster.Start(t, testcluster.WithAPIServerArgs("--disable-admission-plugins=ResourceQuota,LimitRanger,PodSecurity"))
	of, err := cluster.Client().Discovery().ServerVersion()
	noError(t, err)
	m := &mirror{config: cluster.Config(), server: serve(ctx, t, of), known: make(map[string]string)}
	size := world.Size{Namespaces: 3, Pods: 60, Policies: policiesEach, Bindings: bindingsEach, Nodes: 3}
	world.New(1, size).Objects(func(o runtime.Object) { noError(t, m.create(ctx, o)) })
	if n := m.copy(ctx, t); n < 150 {
		t.Fatalf("only %d objects were copied", n)
	}
	binary := program(t)
	real, here := start(t, binary, cluster.Kubeconfig()), start(t, binary, m.server.kubeconfig)
	same := func(sign string, there bool) {
		t.Helper()
		var difference string
		for deadline := time.Now().Add(patience / 4); time.Now().Before(deadline); time.Sleep(lookEvery) {
			want, err := real.scrape(ctx)
			noError(t, err)
			got, err := here.scrape(ctx)
			noError(t, err)
			if strings.Contains(string(want), sign) != there {
				difference = fmt.Sprintf("the exporter of the real cluster: a series with %s is not %v", sign, there)
			} else if difference = differences(posture(want), posture(got)); difference == "" {
				return
			}
		}
		t.Fatal(difference)
	}
	same(`kube_posture_finding{check="containers_without_limit"`, true)

	core := cluster.Client().CoreV1()
	pods, err := core.Pods("").List(ctx, metav1.ListOptions{})
	noError(t, err)
	gone := pods.Items[0].OwnerReferences[0].Name
	for i := range pods.Items {
		pod := &pods.Items[i]
		switch {
		case pod.OwnerReferences[0].Name == gone:
			noError(t, core.Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}))
		case i%2 == 0:
			pod.Labels["tier"], pod.Labels["app.kubernetes.io/name"] = "none", "app-3"
			_, err := core.Pods(pod.Namespace).Update(ctx, pod, metav1.UpdateOptions{})
			noError(t, err)
		}
	}
	for _, binding := range []string{"operator-0", "operator-1"} {
		noError(t, cluster.Client().RbacV1().ClusterRoleBindings().Delete(ctx, binding, metav1.DeleteOptions{}))
	}
	cluster.CreateNamespace(t, "late", nil)
	if n := m.copy(ctx, t); n < 20 {
		t.Fatalf("only %d changes were copied", n)
	}
	same(`namespace="late"`, true)
	same(`binding="operator-0"`, false)
}

// mirror makes this package's server have what a real one has.
type mirror struct {
	config *rest.Config
	server *server
	// known are the versions that the real server gave, by kind and key.
	known map[string]string
}

// copy makes the events that lead from what was there at the last call to what is there now, and says how many.
func (m *mirror) copy(ctx context.Context, t *testing.T) (events int) {
	t.Helper()
	for _, k := range informers.Table() {
		if k.Optional {
			continue
		}
		list, err := m.list(ctx, &k)
		noError(t, err)
		items, err := apimeta.ExtractList(list)
		noError(t, err)
		there := make(map[string]bool)
		for _, item := range items {
			o := item.(object)
			key, err := cache.MetaNamespaceKeyFunc(o)
			noError(t, err)
			of := k.String() + " " + key
			there[of] = true
			what, version := watch.Modified, o.GetResourceVersion()
			if m.known[of] == version {
				continue
			} else if m.known[of] == "" {
				what = watch.Added
			}
			m.known[of] = version
			_, err = m.server.emit(k.Kind, what, o)
			noError(t, err)
			events++
		}
		events += m.bury(t, &k, there)
	}
	return events
}

// bury deletes what is not there any more.
func (m *mirror) bury(t *testing.T, k *informers.Kind, there map[string]bool) (events int) {
	t.Helper()
	for of := range m.known {
		key, is := strings.CutPrefix(of, k.String()+" ")
		if !is || there[of] {
			continue
		}
		delete(m.known, of)
		item, _, err := m.server.wires[k.Kind].typed()
		noError(t, err)
		o := item.(object)
		namespace, name, err := cache.SplitMetaNamespaceKey(key)
		noError(t, err)
		o.SetNamespace(namespace)
		o.SetName(name)
		_, err = m.server.emit(k.Kind, watch.Deleted, o)
		noError(t, err)
		events++
	}
	return events
}

func (m *mirror) list(ctx context.Context, k *informers.Kind) (runtime.Object, error) {
	if k.MetadataOnly {
		client, err := metadata.NewForConfig(m.config)
		if err != nil {
			return nil, err
		}
		return client.Resource(k.GroupVersionResource()).List(ctx, metav1.ListOptions{})
	}
	client, err := m.client(k.GroupVersionKind().Group)
	if err != nil {
		return nil, err
	}
	list, err := scheme.Scheme.New(k.GroupVersionKind().GroupVersion().WithKind(k.Object + "List"))
	if err != nil {
		return nil, err
	}
	return list, client.Get().Resource(k.Plural()).Do(ctx).Into(list)
}

// client is one for version 1 of a group.
func (m *mirror) client(group string) (rest.Interface, error) {
	c := rest.CopyConfig(m.config)
	c.GroupVersion, c.APIPath = &schema.GroupVersion{Group: group, Version: "v1"}, "/apis"
	if group == "" {
		c.APIPath = "/api"
	}
	c.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return rest.RESTClientFor(c)
}

// create writes an object of package world to the real server, which makes some of them itself.
func (m *mirror) create(ctx context.Context, o runtime.Object) error {
	if set, is := o.(*metav1.PartialObjectMetadata); is {
		o = replicaSet(set)
	}
	if pod, is := o.(*corev1.Pod); is {
		fit(pod)
	}
	made := o.(object)
	made.SetResourceVersion("")
	made.SetManagedFields(nil)
	owners := made.GetOwnerReferences()
	for i := range owners {
		owners[i].UID = "00000000-0000-4000-8000-000000000000" // nobody collects garbage here
	}
	made.SetOwnerReferences(owners)
	kinds, _, err := scheme.Scheme.ObjectKinds(o)
	if err != nil {
		return err
	}
	for _, k := range informers.Table() {
		if k.GroupVersionKind() != kinds[0] {
			continue
		}
		client, err := m.client(k.Group)
		if err != nil {
			return err
		}
		err = client.Post().Resource(k.Plural()).NamespaceIfScoped(made.GetNamespace(), made.GetNamespace() != "").Body(o).Do(ctx).Error()
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("create %s %s/%s: %w", k.String(), made.GetNamespace(), made.GetName(), err)
		}
		return nil
	}
	return fmt.Errorf("%s is not in the table of kinds", kinds[0])
}

// replicaSet is one that has the given metadata.
func replicaSet(meta *metav1.PartialObjectMetadata) *appsv1.ReplicaSet {
	labels := map[string]string{"app": meta.Name}
	set := &appsv1.ReplicaSet{ObjectMeta: meta.ObjectMeta}
	set.Spec.Selector, set.Spec.Template.Labels = &metav1.LabelSelector{MatchLabels: labels}, labels
	set.Spec.Template.Spec.Containers = []corev1.Container{{Name: "app", Image: "images.invalid/app:1.0"}}
	return set
}

// fit makes a generated pod one that a real server takes.
func fit(pod *corev1.Pod) {
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		// On the host network two containers cannot have the same port.
		c.Ports[0].Name, c.Ports[0].ContainerPort = c.Name, 8080+int32(i)
		c.LivenessProbe.HTTPGet.Port = intstr.FromString(c.Ports[0].Name)
		for j := range c.Env {
			if from := c.Env[j].ValueFrom; from != nil {
				from.SecretKeyRef.Name = "credentials"
			}
		}
	}
}
