package testcluster

import (
	"context"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CreateNamespace makes a namespace in which pods can be created at once: the
// API server refuses a pod whose ServiceAccount does not exist, so the default
// one is created, or awaited when the controller manager makes it. Without the
// controller manager a deleted namespace stays Terminating for ever.
func (c *Cluster) CreateNamespace(t testing.TB, name string, labels map[string]string) *corev1.Namespace {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	wanted := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
	namespace, err := c.client.CoreV1().Namespaces().Create(ctx, wanted, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("testcluster: create namespace %q: %v", name, err)
	}
	if err := c.provideServiceAccount(ctx, name); err != nil {
		t.Fatalf("testcluster: %v", err)
	}
	return namespace
}

// awaitSystemNamespaces waits for the namespaces that the API server makes
// after it is ready, so that every test begins with the same ones.
func (c *Cluster) awaitSystemNamespaces(ctx context.Context) error {
	for _, name := range []string{metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic, corev1.NamespaceNodeLease} {
		err := await(ctx, "the API server to make namespace "+name, func(ctx context.Context) error {
			_, err := c.client.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
			return err
		}, c.apiServer)
		if err != nil {
			return err
		}
		if err := c.provideServiceAccount(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// provideServiceAccount does what the controller manager does for a namespace,
// or waits for it when it runs.
func (c *Cluster) provideServiceAccount(ctx context.Context, namespace string) error {
	accounts := c.client.CoreV1().ServiceAccounts(namespace)
	if c.controllerManager != nil {
		return await(ctx, "the controller manager to make the default ServiceAccount of namespace "+namespace, func(ctx context.Context) error {
			_, err := accounts.Get(ctx, "default", metav1.GetOptions{})
			return err
		}, c.controllerManager, c.apiServer)
	}
	_, err := accounts.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create the default ServiceAccount of namespace %q: %w", namespace, err)
	}
	return nil
}
