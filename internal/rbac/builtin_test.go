package rbac

import (
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestBuiltInBinding(t *testing.T) {
	controller := "system:controller:job-controller"
	reader := "system::extension-apiserver-authentication-reader"
	for _, tc := range []struct {
		what string
		b    *model.Binding
		want bool
	}{
		{"cluster-admin", bootstrap(clusterBind("cluster-admin", "cluster-admin")), true},
		{"node, without subjects", bootstrap(clusterBind("system:node", "system:node")), true},
		{"a controller that Kubernetes does not have", bootstrap(clusterBind("system:controller:backdoor", "system:controller:backdoor",
			account("kube-system", "backdoor"))), false},
		{"a controller without a name", bootstrap(clusterBind("system:controller:", "system:controller:")), false},
		{"a controller's", bootstrap(clusterBind(controller, controller)), true},
		{"in a namespace", bootstrap(bind("kube-system", reader, "Role", "extension-apiserver-authentication-reader")), true},
		{"in a namespace, on another role", bootstrap(bind("kube-system", reader, "ClusterRole", "cluster-admin")), false},
		{"in another namespace", bootstrap(bind("default", reader, "Role", "extension-apiserver-authentication-reader")), false},
		{"without the label", clusterBind("cluster-admin", "cluster-admin"), false},
		{"a user's own with the label", bootstrap(clusterBind("mine", "cluster-admin", user("eve"))), false},
		{"a user's own with the label and a likely name", bootstrap(clusterBind("system:controller:mine", "cluster-admin", user("eve"))), false},
		{"a known name on another role", bootstrap(clusterBind("system:discovery", "cluster-admin")), false},
		{"a known name in a namespace", bootstrap(bind("a", "cluster-admin", "ClusterRole", "cluster-admin")), false},
		{"kubeadm's is not the API server's", clusterBind("kubeadm:cluster-admins", "cluster-admin", group("kubeadm:cluster-admins")), false},
	} {
		t.Run(tc.what, func(t *testing.T) {
			if got := build(tc.b).BuiltInBinding(tc.b); got != tc.want {
				t.Errorf("got %t, want %t", got, tc.want)
			}
		})
	}
}

func TestBuiltInSubject(t *testing.T) {
	viewer := bootstrap(clusterBind("system:public-info-viewer", "system:public-info-viewer"))
	discovery := bootstrap(clusterBind("system:discovery", "system:discovery"))
	jobs := bootstrap(clusterBind("system:controller:job-controller", "system:controller:job-controller"))
	for _, tc := range []struct {
		b    *model.Binding
		s    model.Subject
		want bool
	}{
		{viewer, group("system:unauthenticated"), true},
		{viewer, user("system:anonymous"), false},
		{discovery, group("system:authenticated"), true},
		{discovery, group("system:unauthenticated"), false},
		{jobs, account("kube-system", "job-controller"), true},
		{jobs, account("default", "job-controller"), false},
		{clusterBind("system:discovery", "system:discovery"), group("system:authenticated"), false},
		{bootstrap(clusterBind("mine", "mine")), group("system:authenticated"), false},
	} {
		if got := build(tc.b).BuiltInSubject(tc.b, tc.s); got != tc.want {
			t.Errorf("BuiltInSubject(%s, %s) = %t, want %t", tc.b.Name(), tc.s.Name, got, tc.want)
		}
	}
}

// TestModelIsImmutable asks everything from many goroutines at once (meant for the race detector), and compares the input afterwards.
func TestModelIsImmutable(t *testing.T) {
	w, again := newWorld(7), newWorld(7)
	m := Build(w.in)
	want := answers(m)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := answers(m); !slices.Equal(got, want) {
					t.Errorf("other answers: %s", cmp.Diff(want, got))
				}
			}
		})
	}
	wg.Wait()
	if !reflect.DeepEqual(w.in, again.in) {
		t.Error("Build has changed its input")
	}
}

// TestBroken: an object that could not be decoded grants nothing, and is there.
func TestBroken(t *testing.T) {
	r := clusterRole("r")
	r.Broken = true
	b := &model.Binding{Namespaced: meta("", "broken")}
	b.Broken = true
	granting := clusterBind("b", "r", user("alice"))
	m := build(r, b, granting)
	if m.RoleOf(granting) != r || m.RoleOf(b) != nil {
		t.Errorf("RoleOf: %v and %v", m.RoleOf(granting), m.RoleOf(b))
	}
	if m.Powerful(user("alice")) || m.Privileged(b) || m.GrantedBeyondAuthenticated(user("alice")) {
		t.Error("a broken object grants something")
	}
}
