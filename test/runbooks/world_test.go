package runbooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// patience is how long anything may take that the test waits for.
const patience = 90 * time.Second

// removed are the kinds of which nothing is left that is not in the world.
var removed = []schema.GroupVersionResource{
	{Version: "v1", Resource: "serviceaccounts"},
	{Version: "v1", Resource: "limitranges"},
	{Version: "v1", Resource: "resourcequotas"},
	{Group: "apps", Version: "v1", Resource: "deployments"},
	{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"},
}

// world is what the runbooks' examples name.
type world struct {
	client  dynamic.Interface
	mapper  meta.RESTMapper
	objects []*unstructured.Unstructured
}

func newWorld(t *testing.T, config *rest.Config, client kubernetes.Interface, objects []*unstructured.Unstructured) *world {
	t.Helper()
	w := &world{objects: objects}
	var err error
	w.client, err = dynamic.NewForConfig(config)
	noError(t, err)
	for _, crd := range decode(t, read(t, "testdata/crds.yaml")) {
		_, err := w.client.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}).
			Create(context.Background(), crd, metav1.CreateOptions{})
		noError(t, err)
	}
	await(t, "the CRDs to be served", func() error {
		list, err := client.Discovery().ServerResourcesForGroupVersion("monitoring.coreos.com/v1")
		if err == nil && len(list.APIResources) < 3 {
			err = fmt.Errorf("only %d kinds", len(list.APIResources))
		}
		return err
	})
	groups, err := restmapper.GetAPIGroupResources(client.Discovery())
	noError(t, err)
	w.mapper = restmapper.NewDiscoveryRESTMapper(groups)
	return w
}

// decode reads the objects of a text in YAML.
func decode(t *testing.T, text []byte) []*unstructured.Unstructured {
	t.Helper()
	var list []*unstructured.Unstructured
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return list
		}
		noError(t, err)
		if len(o.Object) > 0 {
			list = append(list, o)
		}
	}
}

func key(o *unstructured.Unstructured) string {
	return strings.Join([]string{o.GroupVersionKind().GroupKind().String(), o.GetNamespace(), o.GetName()}, "/")
}

// with are the objects of the world, with those that the world of one runbook has besides or instead.
func (w *world) with(t *testing.T, runbook string) []*unstructured.Unstructured {
	t.Helper()
	own := "testdata/" + runbook + ".yaml"
	if !exists(own) {
		return w.objects
	}
	objects := slices.Clone(w.objects)
	for _, o := range decode(t, read(t, own)) {
		if i := slices.IndexFunc(objects, func(other *unstructured.Unstructured) bool { return key(o) == key(other) }); i >= 0 {
			objects[i] = o
		} else {
			objects = append(objects, o)
		}
	}
	return objects
}

// reset makes the world what the objects say.
func (w *world) reset(t *testing.T, objects []*unstructured.Unstructured) {
	t.Helper()
	wanted := map[string]bool{}
	for _, o := range objects {
		wanted[key(o)] = true
		await(t, "to write "+key(o), func() error { return w.write(o) })
	}
	for _, resource := range removed {
		list, err := w.client.Resource(resource).List(context.Background(), metav1.ListOptions{LabelSelector: "!kubernetes.io/bootstrapping"})
		noError(t, err)
		for i := range list.Items {
			o := &list.Items[i]
			system := strings.HasPrefix(o.GetNamespace(), "kube-") || strings.HasPrefix(o.GetName(), "system:") || o.GetName() == "default"
			if system || wanted[key(o)] {
				continue
			}
			await(t, key(o)+" to be gone", func() error { return w.remove(resource, o) })
		}
	}
	for _, o := range objects {
		if o.GetKind() == "Deployment" {
			await(t, key(o)+" to be rolled out", func() error { return w.rolledOut(o) })
		}
	}
}

// remove is nil when the object is gone, and its pods with it.
func (w *world) remove(resource schema.GroupVersionResource, o *unstructured.Unstructured) error {
	options := metav1.DeleteOptions{}
	if resource.Group == "apps" {
		options.PropagationPolicy = new(metav1.DeletePropagationForeground)
	}
	err := w.client.Resource(resource).Namespace(o.GetNamespace()).Delete(context.Background(), o.GetName(), options)
	if apierrors.IsNotFound(err) {
		return nil
	}
	return errors.Join(err, errors.New("it is still there"))
}

func (w *world) resource(o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	mapping, err := w.mapper.RESTMapping(o.GroupVersionKind().GroupKind(), o.GroupVersionKind().Version)
	if err != nil {
		return nil, err
	}
	return w.client.Resource(mapping.Resource).Namespace(o.GetNamespace()), nil
}

// write creates an object, or replaces what somebody made of it.
func (w *world) write(o *unstructured.Unstructured) error {
	resource, err := w.resource(o)
	if err != nil {
		return err
	}
	_, err = resource.Create(context.Background(), o, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	there, err := resource.Get(context.Background(), o.GetName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	o = o.DeepCopy()
	o.SetResourceVersion(there.GetResourceVersion())
	_, err = resource.Update(context.Background(), o, metav1.UpdateOptions{})
	return err
}

// rolledOut is nil when every pod of a Deployment is of its template, and ready.
func (w *world) rolledOut(o *unstructured.Unstructured) error {
	resource, err := w.resource(o)
	if err != nil {
		return err
	}
	there, err := resource.Get(context.Background(), o.GetName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	number := func(path ...string) int64 {
		n, _, _ := unstructured.NestedInt64(there.Object, path...)
		return n
	}
	want := number("spec", "replicas")
	for _, field := range []string{"replicas", "updatedReplicas", "readyReplicas"} {
		if n := number("status", field); n != want || number("status", "observedGeneration") != there.GetGeneration() {
			return fmt.Errorf("%s is %d, want %d", field, n, want)
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	noError(t, err)
	return content
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// await looks again and again until the condition holds, and ends the test with its last complaint when it does not in time.
func await(t *testing.T, what string, condition func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ticker := time.NewTicker(20 * time.Millisecond); ; {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s for %s: %v", patience, what, err)
		case <-ticker.C:
		}
	}
}
