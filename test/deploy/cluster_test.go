package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// cluster is a real control plane, with the namespace of the documentation, which admits only what is restricted.
type cluster struct {
	*testcluster.Cluster
	objects dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("runs a real control plane")
	}
	c := &cluster{Cluster: testcluster.Start(t, testcluster.WithControllerManager())}
	c.CreateNamespace(t, namespace, map[string]string{
		"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest",
	})
	c.objects = must[*dynamic.DynamicClient](t)(dynamic.NewForConfig(c.Config()))
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.Client().Discovery()))
	return c
}

// define makes the API server serve a kind, with whatever fields.
func (c *cluster) define(t *testing.T, kind schema.GroupVersionKind, plural string, namespaced bool) {
	t.Helper()
	scope := "Cluster"
	if namespaced {
		scope = "Namespaced"
	}
	group := plural + "." + kind.Group
	definition := map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": group, "annotations": map[string]any{"api-approved.kubernetes.io": "unapproved, for a test"}},
		"spec": map[string]any{
			"group": kind.Group, "scope": scope,
			"names": map[string]any{"kind": kind.Kind, "plural": plural, "singular": strings.ToLower(kind.Kind), "listKind": kind.Kind + "List"},
			"versions": []any{map[string]any{
				"name": kind.Version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
			}},
		},
	}
	definitions := c.objects.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	existing, err := definitions.Get(context.Background(), group, metav1.GetOptions{})
	if err == nil { // another version of the same kind
		versions, _, _ := unstructured.NestedSlice(existing.Object, "spec", "versions")
		first := definition["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any)
		first["storage"] = false
		noError(t, unstructured.SetNestedSlice(existing.Object, append(versions, first), "spec", "versions"))
		must[*unstructured.Unstructured](t)(definitions.Update(context.Background(), existing, metav1.UpdateOptions{}))
	} else {
		must[*unstructured.Unstructured](t)(definitions.Create(context.Background(), &unstructured.Unstructured{Object: definition}, metav1.CreateOptions{}))
	}
	c.awaitServed(t, kind)
}

func (c *cluster) awaitServed(t *testing.T, kind schema.GroupVersionKind) {
	t.Helper()
	await(t, kind.String()+" to be served", func() error {
		c.mapper.Reset()
		mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err == nil {
			_, err = c.objects.Resource(mapping.Resource).List(context.Background(), metav1.ListOptions{Limit: 1})
		}
		return err
	})
}

// defineOperator makes the API server serve the kinds of the Prometheus operator. What their fields are, the operator's own types say: see decode.
func (c *cluster) defineOperator(t *testing.T) {
	for plural, kind := range map[string]string{"servicemonitors": "ServiceMonitor", "prometheusrules": "PrometheusRule"} {
		c.define(t, schema.GroupVersionKind{Group: "monitoring.coreos.com", Version: "v1", Kind: kind}, plural, true)
	}
}

// defineEngines makes the API server serve every kind of the table that not everyone has.
func (c *cluster) defineEngines(t *testing.T) {
	for _, k := range informers.Table() {
		if k.Optional {
			cluster := strings.HasPrefix(k.Object, "Global") || strings.Contains(k.Object, "Cluster") || strings.Contains(k.Object, "Admin") || k.Object == "Tier"
			c.define(t, k.GroupVersionKind(), k.Plural(), !cluster)
		}
	}
}

// create sends an object to the API server, which checks its fields strictly.
func (c *cluster) create(t *testing.T, o runtime.Object, dryRun bool) error {
	t.Helper()
	content := must[map[string]any](t)(runtime.DefaultUnstructuredConverter.ToUnstructured(o))
	u := &unstructured.Unstructured{Object: content}
	kind := u.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return err
	}
	options := metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	var into dynamic.ResourceInterface = c.objects.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		into = c.objects.Resource(mapping.Resource).Namespace(u.GetNamespace())
	}
	_, err = into.Create(context.Background(), u, options)
	return err
}

// token is one of a ServiceAccount, as a pod gets one.
func (c *cluster) token(t *testing.T, account string) string {
	t.Helper()
	answer, err := c.Client().CoreV1().ServiceAccounts(namespace).CreateToken(context.Background(), account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	noError(t, err)
	return answer.Status.Token
}

// kubeconfig is the access of a ServiceAccount, with its token and nothing else.
func (c *cluster) kubeconfig(t *testing.T, account string) string {
	t.Helper()
	admin := c.Config()
	file := t.TempDir() + "/kubeconfig"
	noError(t, clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{name: {Server: admin.Host, CertificateAuthorityData: admin.CAData}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{name: {Token: c.token(t, account)}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	}, file))
	return file
}

// pods are those of the exporter, once the Deployment's ReplicaSet has made them.
func (c *cluster) pods(t *testing.T, want int) []corev1.Pod {
	t.Helper()
	var list *corev1.PodList
	await(t, fmt.Sprintf("%d pods of the exporter", want), func() (err error) {
		list, err = c.Client().CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=" + name})
		if err == nil && len(list.Items) != want {
			sets, _ := c.Client().AppsV1().ReplicaSets(namespace).List(context.Background(), metav1.ListOptions{})
			conditions, _ := json.Marshal(sets)
			err = fmt.Errorf("there are %d: %s", len(list.Items), conditions)
		}
		return err
	})
	return list.Items
}
