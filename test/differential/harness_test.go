package differential_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	// patience is how long the API server and the controllers may take to have seen a world.
	patience = 2 * time.Minute
	// interval is how often they are asked whether they have.
	interval = 20 * time.Millisecond
)

// harness is one API server for all worlds, and the two ways in which it is read.
type harness struct {
	client kubernetes.Interface
	source informers.Source
	checks *check.Set
}

func newHarness(t *testing.T, cluster *testcluster.Cluster) *harness {
	t.Helper()
	for _, name := range []string{"blue", "green"} {
		cluster.CreateNamespace(t, name, nil)
	}
	source, err := informers.NewCluster(cluster.Config())
	if err != nil {
		t.Fatal(err)
	}
	checks, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{client: cluster.Client(), source: source, checks: checks}
	h.letEverybodyAskWhoTheyAre(t)
	return h
}

// letEverybodyAskWhoTheyAre adds to every world what is needed to check the groups of those who are not authenticated.
func (h *harness) letEverybodyAskWhoTheyAre(t *testing.T) {
	t.Helper()
	b := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "who-am-i"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:basic-user"},
		Subjects:   []rbacv1.Subject{{Kind: "Group", Name: "system:unauthenticated"}},
	}
	if _, err := h.client.RbacV1().ClusterRoleBindings().Create(t.Context(), b, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// create creates the world; the API server must accept all of it.
func (h *harness) create(t *testing.T, w *world) {
	t.Helper()
	ctx, o, api := t.Context(), metav1.CreateOptions{}, h.client.RbacV1()
	insist := func(create func() error) {
		t.Helper()
		if err := insist(ctx, create); err != nil {
			t.Fatalf("create the world of SEED=%d: %v\n%s", w.seed, err, w)
		}
	}
	for _, r := range w.clusterRoles {
		insist(func() error { _, err := api.ClusterRoles().Create(ctx, r, o); return err })
	}
	for _, r := range w.roles {
		insist(func() error { _, err := api.Roles(r.Namespace).Create(ctx, r, o); return err })
	}
	for _, b := range w.clusterBindings {
		insist(func() error { _, err := api.ClusterRoleBindings().Create(ctx, b, o); return err })
	}
	for _, b := range w.bindings {
		insist(func() error { _, err := api.RoleBindings(b.Namespace).Create(ctx, b, o); return err })
	}
}

// remove deletes the world. It is called at the end of the test, when the test's own context has ended.
func (h *harness) remove(t *testing.T, w *world) {
	ctx := context.Background()
	o, api := metav1.DeleteOptions{}, h.client.RbacV1()
	of := metav1.ListOptions{LabelSelector: fmt.Sprintf("%s=%d", worldLabel, w.seed)}
	err := insist(ctx, func() error {
		failed := []error{
			api.ClusterRoleBindings().DeleteCollection(ctx, o, of),
			api.ClusterRoles().DeleteCollection(ctx, o, of),
		}
		for _, ns := range namespaces {
			failed = append(failed, api.RoleBindings(ns).DeleteCollection(ctx, o, of), api.Roles(ns).DeleteCollection(ctx, o, of))
		}
		return errors.Join(failed...)
	})
	if err != nil {
		t.Errorf("delete the world of SEED=%d: %v", w.seed, err)
	}
}

// insist tries again when the API server could not ask etcd in time, as happens when the disk is busy with something else; an object
// that is there at the second try is the first one's.
func insist(ctx context.Context, do func() error) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, interval, patience, true, func(context.Context) (bool, error) {
		again := last != nil
		last = do()
		switch {
		case again && apierrors.IsAlreadyExists(last):
			last = nil
		case apierrors.IsInvalid(last), apierrors.IsAlreadyExists(last):
			return false, last
		}
		return last == nil, nil
	})
	if last == nil {
		last = err
	}
	return last
}

// read returns what the exporter has to build its Model from.
func (h *harness) read(t *testing.T) rbac.Input {
	t.Helper()
	projector := informers.NewProjector(h.checks, func(id string, recovered any) { t.Errorf("%s panicked: %v", id, recovered) })
	snap, err := informers.Read(t.Context(), h.source, projector)
	if err != nil {
		t.Fatal(err)
	}
	return rbac.Input{Roles: snap.Roles, Bindings: snap.Bindings}
}

// unchanged ends the test when the world is not what it was before the reviews: then they prove nothing.
func (h *harness) unchanged(t *testing.T, before rbac.Input) {
	t.Helper()
	after := h.read(t)
	if len(after.Roles) != len(before.Roles) || len(after.Bindings) != len(before.Bindings) {
		t.Fatalf("there were %d roles and %d bindings before the reviews, and are %d and %d after",
			len(before.Roles), len(before.Bindings), len(after.Roles), len(after.Bindings))
	}
	for i, r := range after.Roles {
		if !reflect.DeepEqual(before.Roles[i], r) {
			t.Fatalf("role %s/%s has changed during the reviews:\n%+v\n%+v", r.Namespace(), r.Name(), before.Roles[i], r)
		}
	}
	for i, b := range after.Bindings {
		if !reflect.DeepEqual(before.Bindings[i], b) {
			t.Fatalf("binding %s/%s has changed during the reviews:\n%+v\n%+v", b.Namespace(), b.Name(), before.Bindings[i], b)
		}
	}
}

// objects are all roles and bindings that the API server has, as they are written.
type objects struct {
	roles     map[string][]rbacv1.PolicyRule
	bindings  []rbacv1.RoleBinding
	worldsOwn []rbacv1.RoleBinding
}

// roleKey is the key of a role in objects; a ClusterRole has no namespace.
func roleKey(namespace, name string) string { return namespace + "/" + name }

// list reads without the exporter. A ClusterRoleBinding is returned as a RoleBinding without a namespace.
func (h *harness) list(t *testing.T) *objects {
	t.Helper()
	ctx, o, api := t.Context(), metav1.ListOptions{}, h.client.RbacV1()
	clusterRoles, err1 := api.ClusterRoles().List(ctx, o)
	roles, err2 := api.Roles("").List(ctx, o)
	clusterBindings, err3 := api.ClusterRoleBindings().List(ctx, o)
	bindings, err4 := api.RoleBindings("").List(ctx, o)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	out := &objects{roles: make(map[string][]rbacv1.PolicyRule)}
	for _, r := range clusterRoles.Items {
		out.roles[roleKey("", r.Name)] = r.Rules
	}
	for _, r := range roles.Items {
		out.roles[roleKey(r.Namespace, r.Name)] = r.Rules
	}
	for _, b := range clusterBindings.Items {
		out.bindings = append(out.bindings, rbacv1.RoleBinding{ObjectMeta: b.ObjectMeta, RoleRef: b.RoleRef, Subjects: b.Subjects})
	}
	out.bindings = append(out.bindings, bindings.Items...)
	for _, b := range out.bindings {
		if b.Labels[worldLabel] != "" {
			out.worldsOwn = append(out.worldsOwn, b)
		}
	}
	return out
}

// names are the resourceNames of all rules, and a name that none has.
func (o *objects) names() []string {
	names := []string{"zzz"}
	for _, rules := range o.roles {
		for _, r := range rules {
			if slices.Contains(r.Verbs, "impersonate") || slices.Contains(r.Verbs, "*") {
				names = append(names, r.ResourceNames...)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// rulesOf returns the rules that the binding grants, none when its role does not exist.
func (o *objects) rulesOf(b *rbacv1.RoleBinding) []rbacv1.PolicyRule {
	if b.RoleRef.Kind == "Role" {
		return o.roles[roleKey(b.Namespace, b.RoleRef.Name)]
	}
	return o.roles[roleKey("", b.RoleRef.Name)]
}

// await looks again and again until the condition holds, and ends the test with its last complaint when it does not in time.
func await(t *testing.T, what string, condition func(context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), interval, patience, true, func(ctx context.Context) (bool, error) {
		last = condition(ctx)
		return last == nil, nil
	})
	if err != nil {
		t.Fatalf("waited %s for %s: %v", patience, what, last)
	}
}
