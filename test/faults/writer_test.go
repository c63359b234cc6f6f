package faults

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/test/history"
)

// writeEvery is the pause between two changes: an API server and everything that is compared with it share two cores.
const writeEvery = 30 * time.Millisecond

// writer changes the cluster, for as long as it is not told to stop, whether or not an API server is there.
type writer struct {
	client  kubernetes.Interface
	history *history.History

	written, failed atomic.Int64
	passing         int
}

func (w *writer) run(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		// What has begun is finished, or takes too long because the API server is away.
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		err := w.history.Operate(asking)
		if n%40 == 0 {
			err = w.pass(asking)
		}
		cancel()
		if err != nil {
			w.failed.Add(1)
		} else {
			w.written.Add(1)
		}
		select {
		case <-ctx.Done():
		case <-time.After(writeEvery):
		}
	}
}

// pass makes a namespace with a pod, or takes away the one that it made before, as the controllers would.
func (w *writer) pass(ctx context.Context) error {
	name := fmt.Sprintf("passing-%d", w.passing/2)
	defer func() { w.passing++ }()
	core := w.client.CoreV1()
	if w.passing%2 == 0 {
		if _, err := core.Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: history.Named(name)}, metav1.CreateOptions{}); err != nil {
			return err
		}
		if _, err := core.ServiceAccounts(name).Create(ctx, &corev1.ServiceAccount{ObjectMeta: history.Named("default")}, metav1.CreateOptions{}); err != nil {
			return err
		}
		pod := history.PlainPod("web")
		pod.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
		_, err := core.Pods(name).Create(ctx, pod, metav1.CreateOptions{})
		return err
	}
	if err := core.Namespaces().Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		return err
	}
	if err := core.Pods(name).DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: new(int64)}, metav1.ListOptions{}); err != nil {
		return err
	}
	if err := core.ServiceAccounts(name).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
		return err
	}
	namespace, err := core.Namespaces().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	namespace.Spec.Finalizers = nil
	_, err = core.Namespaces().Finalize(ctx, namespace, metav1.UpdateOptions{})
	return err
}

// engine defines and removes the kinds of a policy engine.
type engine struct {
	client dynamic.Interface
	ledger *ledger
}

var (
	crds     = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	policies = schema.GroupVersionResource{Group: "cilium.io", Version: "v2", Resource: "ciliumnetworkpolicies"}
)

func definitionsOfCilium() (list []*unstructured.Unstructured, err error) {
	data, err := os.ReadFile(filepath.Join("..", "live", "testdata", "crds", "cilium.yaml"))
	if err != nil {
		return nil, err
	}
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096); ; {
		u := &unstructured.Unstructured{}
		if decoder.Decode(u) != nil {
			return list, nil
		}
		list = append(list, u)
	}
}

// install defines the kinds and makes a policy that isolates everything in a namespace.
func (e *engine) install(ctx context.Context) error {
	list, err := definitionsOfCilium()
	if err != nil {
		return err
	}
	for _, u := range list {
		if _, err := e.client.Resource(crds).Create(ctx, u, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	policy := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": map[string]any{"name": "closed"},
		"spec": map[string]any{"endpointSelector": map[string]any{}, "egress": []any{map[string]any{}}},
	}}
	for ctx.Err() == nil { // a definition takes a moment to be served
		if _, err = e.client.Resource(policies).Namespace(history.Namespace(1)).Create(ctx, policy, metav1.CreateOptions{}); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

func (e *engine) remove(ctx context.Context) error {
	list, err := definitionsOfCilium()
	if err != nil {
		return err
	}
	for _, u := range list {
		e.ledger.undefine(u.GetName()) // it is served no more before etcd has forgotten it
		if err := e.client.Resource(crds).Delete(ctx, u.GetName(), metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}
