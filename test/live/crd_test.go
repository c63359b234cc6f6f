package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// engine is a group of kinds that somebody installs together, and a policy of one of them that closes the namespace shop for egress,
// which no NetworkPolicy there does.
type engine struct {
	name, file string
	resource   schema.GroupVersionResource
	policy     string
}

var engines = []engine{
	{"Cilium", "cilium.yaml", schema.GroupVersionResource{Group: "cilium.io", Version: "v2", Resource: "ciliumnetworkpolicies"},
		`{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: closed, namespace: shop}, spec: {endpointSelector: {}, egress: [{}]}}`},
	{"Calico", "calico.yaml", schema.GroupVersionResource{Group: "crd.projectcalico.org", Version: "v1", Resource: "globalnetworkpolicies"},
		`{apiVersion: crd.projectcalico.org/v1, kind: GlobalNetworkPolicy, metadata: {name: default.closed}, spec: {tier: default, types: [Egress]}}`},
	{"Kubernetes", "policy.networking.k8s.io.yaml",
		schema.GroupVersionResource{Group: "policy.networking.k8s.io", Version: "v1alpha1", Resource: "baselineadminnetworkpolicies"},
		`{apiVersion: policy.networking.k8s.io/v1alpha1, kind: BaselineAdminNetworkPolicy, metadata: {name: default}, spec: {subject: {namespaces: {}},
			egress: [{name: deny, action: Deny, to: [{namespaces: {}}, {networks: [0.0.0.0/0, "::/0"]}]}]}}`},
}

// definitions is where the API server keeps what defines kinds.
var definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// crdClient makes and deletes definitions and their objects.
type crdClient struct {
	dynamic.Interface
}

func (c crdClient) apply(t *testing.T, resource schema.GroupVersionResource, manifest string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	noError(t, yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifest), 4096).Decode(u))
	var made *unstructured.Unstructured
	await(t, u.GetName()+" to be taken", func() (err error) { // a definition takes a moment to be served
		made, err = c.of(resource, u).Create(context.Background(), u, create)
		return err
	})
	return made
}

func (c crdClient) of(resource schema.GroupVersionResource, u *unstructured.Unstructured) dynamic.ResourceInterface {
	if ns := u.GetNamespace(); ns != "" {
		return c.Resource(resource).Namespace(ns)
	}
	return c.Resource(resource)
}

func (c crdClient) install(t *testing.T, e engine) {
	t.Helper()
	data := must[[]byte](t)(os.ReadFile(filepath.Join("testdata", "crds", e.file)))
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for {
		u := &unstructured.Unstructured{}
		err := decoder.Decode(u)
		if errors.Is(err, io.EOF) {
			return
		}
		noError(t, err)
		must[*unstructured.Unstructured](t)(c.Resource(definitions).Create(context.Background(), u, create))
	}
}

// optionalKinds are the rows of the table that the tests install.
func optionalKinds() []informers.Kind {
	return slices.DeleteFunc(informers.Table(), func(k informers.Kind) bool { return !k.Optional || k.Group == "projectcalico.org" })
}

// TestPolicyKindsComeAndGo defines the kinds of three engines while exporters run, fills them, empties them and takes them away: the
// gauges follow, a kind that may not be listed makes unknown what it could change, and in the end nothing is left of them.
func TestPolicyKindsComeAndGo(t *testing.T) {
	cluster := startCluster(t)
	shop(t, cluster)
	var optional []model.Kind
	for _, k := range informers.Table() {
		if k.Optional {
			optional = append(optional, k.Kind)
		}
	}
	grant(t, cluster, "without-engines", listAndWatch(optional...))
	admin, blind := startExporter(t, cluster.Config()), startExporter(t, cluster.ConfigFor("without-engines"))
	client := crdClient{must[*dynamic.DynamicClient](t)(dynamic.NewForConfig(cluster.Config()))}
	before := admin.awaitTruth(t, cluster)
	blind.awaitTruth(t, cluster)
	series, goroutines := len(admin.now(t)), runtime.NumGoroutine()
	open := inShop("pods_without_network_policy", "direction", "egress")
	if before[open] == 0 {
		t.Fatal("every pod is isolated for egress without any engine: the test would prove nothing")
	}

	for _, e := range engines {
		client.install(t, e)
	}
	defined := make(expect)
	for _, k := range optionalKinds() {
		defined[synced(k.String())], defined[sample("informer_objects", "resource", k.String())] = 1, 0
	}
	admin.await(t, "the new kinds to be listed", defined)
	blind.await(t, "the new kinds to be refused", refused())
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { testFilled(t, cluster, client, admin, e, before) })
	}

	noError(t, client.Resource(definitions).DeleteCollection(context.Background(), metav1.DeleteOptions{}, metav1.ListOptions{}))
	for _, e := range []*exporter{admin, blind} {
		// A kind that was served is unknown for half a minute, beside what client-go backs off for.
		agrees := func() error { return equal(before, e.now(t).posture()) }
		if eventually("the gauges to be those before", agrees) != nil {
			await(t, "the gauges to be those before", agrees)
		}
		gone := make(expect)
		for _, k := range optionalKinds() {
			gone[synced(k.String())], gone[sample("informer_objects", "resource", k.String())] = absent, absent
		}
		e.await(t, "the kinds to be gone", gone)
	}
	await(t, "nothing to be left", func() error { return leftovers(admin.now(t), series, goroutines) })
}

// refused is what an exporter says that may not list the kinds: it is not known of any pod whether it is isolated for egress.
func refused() expect {
	out := expect{
		inShop("pods_without_network_policy", "direction", "egress"):                               absent,
		sample("check_resources", "check", "pods_without_network_policy", "result", "fail"):        0,
		sample("namespace_reachable_from_outside", "namespace", "shop"):                            absent,
		sample("check_resources", "check", "network_policies_selecting_nothing", "result", "fail"): 1,
	}
	for _, k := range optionalKinds() {
		out[synced(k.String())] = 0
	}
	return out
}

// testFilled makes one policy of an engine and deletes it again.
func testFilled(t *testing.T, cluster *testcluster.Cluster, client crdClient, e *exporter, engine engine, before samples) {
	u := client.apply(t, engine.resource, engine.policy)
	e.await(t, "the pods to be isolated", expect{
		inShop("pods_without_network_policy", "direction", "egress"):                               0,
		inShop("namespaces_without_default_deny", "direction", "egress"):                           0,
		sample("informer_objects", "resource", engine.resource.Resource+"."+engine.resource.Group): 1,
	})
	e.awaitTruth(t, cluster)
	noError(t, client.of(engine.resource, u).Delete(context.Background(), u.GetName(), metav1.DeleteOptions{}))
	await(t, "the gauges to be those before", func() error { return equal(before, e.now(t).posture()) })
}

// leftovers complains about series and goroutines that were not there before. Errors are counted for ever.
func leftovers(s samples, series, goroutines int) error {
	runtime.GC()
	for key := range s {
		if family(key) == "watch_errors_total" {
			delete(s, key)
		}
	}
	if n := len(s); n > series {
		return fmt.Errorf("%d series, there were %d", n, series)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		return fmt.Errorf("%d goroutines, there were %d", n, goroutines)
	}
	return nil
}
