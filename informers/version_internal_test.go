package informers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"
)

// TestVersionIsAskedForAgain: an API server that has just started tells its version to nobody, and one is upgraded while the exporter runs.
// The fault harness found an exporter that said unknown for as long as it lived.
func TestVersionIsAskedForAgain(t *testing.T) {
	var says atomic.Pointer[string]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		var answer any
		if v := says.Load(); v != nil {
			answer = version.Info{GitVersion: *v}
		} else {
			w.WriteHeader(http.StatusForbidden)
			answer = metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Reason: metav1.StatusReasonForbidden, Code: 403}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	c, err := NewCluster(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatalf("an API server that refuses to tell its version cannot be watched: %v", err)
	}
	if got := c.Version(); got != "" {
		t.Errorf("version %q of an API server that has not told it", got)
	}
	for _, v := range []string{"v1.36.0", "v1.37.2"} {
		says.Store(&v)
		if err := c.askVersion(t.Context()); err != nil || c.Version() != v {
			t.Errorf("version %q, %v, want %s", c.Version(), err, v)
		}
	}
}
