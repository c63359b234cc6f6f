package informers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
)

// TestSightings: what was there is gone when it has been missing three times and for half a minute,
// and what was never there is gone at once.
func TestSightings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := make(sightings)
		if !s.gone("never") {
			t.Error("what was never there is not gone")
		}
		s.there("a")
		for _, after := range []time.Duration{0, 10 * time.Second, 19 * time.Second} {
			if time.Sleep(after); s.gone("a") {
				t.Fatal("gone within half a minute")
			}
		}
		s.there("a")
		if s.gone("a") {
			t.Error("gone at once, after it was there again")
		}
		if time.Sleep(time.Minute); s.gone("a") {
			t.Error("gone by the second answer")
		}
		for range 2 {
			if !s.gone("a") {
				t.Error("not gone after three answers and a minute")
			}
		}
	})
}

// discovered is an API server that serves discovery only.
type discovered struct {
	*served
	groups, resources atomic.Bool
	ready             atomic.Int32 // the status of /readyz
}

func startDiscovery(t *testing.T) *discovered {
	t.Helper()
	d := &discovered{}
	d.groups.Store(true)
	d.resources.Store(true)
	d.ready.Store(http.StatusOK)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any
		switch r.URL.Path {
		case "/readyz":
			w.WriteHeader(int(d.ready.Load()))
			return
		case "/apis":
			list := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
			names := []string{"apps"}
			if d.groups.Load() {
				names = append(names, "cilium.io")
			}
			for _, name := range names {
				version := metav1.GroupVersionForDiscovery{GroupVersion: name + "/v2", Version: "v2"}
				list.Groups = append(list.Groups, metav1.APIGroup{Name: name, Versions: []metav1.GroupVersionForDiscovery{version}})
			}
			answer = list
		default:
			list := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: "cilium.io/v2"}
			if d.resources.Load() {
				list.APIResources = []metav1.APIResource{{Name: "ciliumnetworkpolicies", Kind: "CiliumNetworkPolicy", Verbs: metav1.Verbs{"list"}}}
			}
			answer = list
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	client, err := discovery.NewDiscoveryClientForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	d.served = newServed(client)
	d.fresh = 0
	return d
}

var ciliumPolicies = schema.GroupVersionResource{Group: "cilium.io", Version: "v2", Resource: "ciliumnetworkpolicies"}

// TestDiscoveryFlips: a group, or a resource of a group, that was served and is missing is unknown
// at first, and so is what else the group decides; after a while it is believed to be gone.
func TestDiscoveryFlips(t *testing.T) {
	for name, flip := range map[string]func(d *discovered, there bool){
		"group":    func(d *discovered, there bool) { d.groups.Store(there) },
		"resource": func(d *discovered, there bool) { d.resources.Store(there) },
	} {
		t.Run(name, func(t *testing.T) {
			d := startDiscovery(t)
			want := func(there, failed bool) {
				t.Helper()
				got, err := d.kind(t.Context(), ciliumPolicies)
				if got != there || (err != nil) != failed || err != nil && (!apierrors.IsNotFound(err) || Reason(err) != "not_found") {
					t.Fatalf("served %t, %v, want %t and an error %t", got, err, there, failed)
				}
				if known := slices.Contains(*d.known.Load(), "cilium.io"); known != (there || failed || name == "resource") {
					t.Fatalf("the group is known: %t", known)
				}
			}
			want(true, false)
			flip(d, false)
			for range 5 {
				want(false, true)
			}
			flip(d, true)
			want(true, false)
			flip(d, false)
			want(false, true)
			want(false, true)
			for name, seen := range d.seen { // half a minute later
				seen.since = seen.since.Add(-goneAfter)
				if seen.missing > 0 {
					d.seen[name] = seen
				}
			}
			want(false, false)
			flip(d, true)
			want(true, false)
		})
	}
}

// TestDiscoveryOfAStartingServer: what is missing from the first answer of an API server that is
// not ready is unknown, until it is ready or has had a minute. One that does not tell is ready.
func TestDiscoveryOfAStartingServer(t *testing.T) {
	d := startDiscovery(t)
	d.groups.Store(false)
	d.ready.Store(http.StatusInternalServerError)
	if got, err := d.kind(t.Context(), ciliumPolicies); got || err == nil || Reason(err) != "server_error" {
		t.Errorf("served %t, %v, of an API server that starts", got, err)
	}
	d.began = d.began.Add(-startsWithin)
	if got, err := d.kind(t.Context(), ciliumPolicies); got || err != nil {
		t.Errorf("served %t, %v, of an API server that starts for ever", got, err)
	}
	for _, status := range []int32{http.StatusOK, http.StatusForbidden, http.StatusNotFound} {
		d := startDiscovery(t)
		d.groups.Store(false)
		d.ready.Store(status)
		if got, err := d.kind(t.Context(), ciliumPolicies); got || err != nil {
			t.Errorf("served %t, %v, when /readyz answers %d", got, err, status)
		}
	}
}
