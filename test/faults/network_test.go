package faults

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// network stands between one exporter and the API server: TLS and HTTP/2 as between real ones. What passes is the API server's own words.
type network struct {
	*wires
	kubeconfig string

	mu  sync.Mutex
	rng *rand.Rand
	// refusals are the statuses that requests get instead of an answer, silent those whose watches say nothing, truncated those whose
	// answers end early; by resource, "" for all.
	refusals  map[string]refusal
	silent    map[string]chan struct{}
	truncated map[string]bool
	// flipped makes discovery tell of no group, and the paths of the custom resources lead nowhere.
	flipped bool
	// discovered is when discovery was last asked that was not flipped.
	discovered time.Time
	// done counts what was done to requests and answers, by what it was.
	done map[string]int
}

// refusal is a status that some of the requests get.
type refusal struct {
	code   int
	reason metav1.StatusReason
	share  float64
}

// startNetwork runs a network until the end of the test. Whoever uses its kubeconfig is who the access says.
func startNetwork(t *testing.T, cluster *testcluster.Cluster, access *rest.Config, seed uint64) *network {
	t.Helper()
	target, err := url.Parse(access.Host)
	noError(t, err)
	transport, err := rest.TransportFor(access)
	noError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	n := &network{
		wires: newWires(listener), rng: rand.New(rand.NewPCG(seed, 1)),
		refusals: make(map[string]refusal), silent: make(map[string]chan struct{}), truncated: make(map[string]bool), done: make(map[string]int),
	}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: transport, FlushInterval: -1,
		ErrorLog: log.New(io.Discard, "", 0), ModifyResponse: n.spoil,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := &http.Server{
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n.serve(forward, w, r) }),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cluster.ServingCertificate()}}, ErrorLog: log.New(io.Discard, "", 0),
		ReadHeaderTimeout: time.Minute,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.ServeTLS(n.wires, "", "") }()
	t.Cleanup(func() {
		n.calm()
		_ = server.Close() // connections are cut in the middle
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the network ended with %v", err)
		}
	})
	n.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	noError(t, clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:  map[string]*clientcmdapi.Cluster{"c": {Server: "https://" + listener.Addr().String(), CertificateAuthorityData: access.CAData}},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{"c": {Token: "none"}}, Contexts: map[string]*clientcmdapi.Context{"c": {Cluster: "c", AuthInfo: "c"}},
		CurrentContext: "c",
	}, n.kubeconfig))
	noError(t, os.Chmod(n.kubeconfig, 0o600))
	return n
}

// calm ends every fault.
func (n *network) calm() {
	n.refuse(false)
	n.slow(0)
	if thawed, _ := n.now(); thawed != nil {
		select {
		case <-thawed:
		default:
			n.freeze(false)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.flipped = false
	clear(n.refusals)
	clear(n.truncated)
	for resource, c := range n.silent {
		close(c)
		delete(n.silent, resource)
	}
}

func (n *network) answer(resource string, r refusal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refusals[resource] = r
}

func (n *network) truncate(resource string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.truncated[resource] = true
}

// silence lets nothing of what watches say pass, while the connection goes on.
func (n *network) silence(resource string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.silent[resource] = make(chan struct{})
}

func (n *network) flip(yes bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.flipped = yes
}

func (n *network) did(what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.done[what]++
}

func (n *network) serve(forward http.Handler, w http.ResponseWriter, r *http.Request) {
	resource := path.Base(r.URL.Path)
	n.mu.Lock()
	refused, ok := n.refusals[resource]
	if !ok {
		refused, ok = n.refusals[""]
	}
	ok = ok && n.rng.Float64() < refused.share
	flipped := n.flipped
	n.mu.Unlock()
	switch {
	case flipped && r.URL.Path == "/apis":
		n.did("flipped")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`)
		return
	case flipped && strings.HasPrefix(r.URL.Path, "/apis/"+policies.Group):
		http.NotFound(w, r)
		return
	}
	if ok {
		n.did(string(refused.reason))
		w.Header().Set("Content-Type", "application/json")
		if refused.code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(refused.code)
		_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"a fault of the test","reason":"`+
			string(refused.reason)+`","code":`+itoa(refused.code)+`}`)
		return
	}
	forward.ServeHTTP(w, r)
	if r.URL.Path == "/apis" {
		n.mu.Lock()
		n.discovered = time.Now()
		n.mu.Unlock()
	}
}

// spoil decides what becomes of an answer.
func (n *network) spoil(r *http.Response) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	b := &body{ReadCloser: r.Body, n: n, resource: path.Base(r.Request.URL.Path), gone: r.Request.Context(), left: -1}
	b.watch = r.Request.URL.Query().Get("watch") != ""
	r.Body = b
	return nil
}

// body is the body of an answer.
type body struct {
	io.ReadCloser
	n        *network
	resource string
	watch    bool
	gone     context.Context
	left     int // bytes until it is cut off; -1 is not decided
}

// Read implements io.Reader. What was read when a fault begins is held back, too.
func (b *body) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	held, truncated := b.faults()
	if held != nil && b.watch {
		b.n.did("held")
		select {
		case <-held:
		case <-b.gone.Done():
			return 0, b.gone.Err()
		}
	}
	if !truncated {
		b.left = -1
		return n, err
	}
	if b.left < 0 {
		b.n.mu.Lock()
		b.left = b.n.rng.IntN(1000)
		b.n.mu.Unlock()
	}
	if n < b.left {
		b.left -= n
		return n, err
	}
	b.n.did("truncated")
	return min(n, b.left), io.ErrUnexpectedEOF // which makes the proxy abort the answer
}

func (b *body) faults() (held <-chan struct{}, truncated bool) {
	b.n.mu.Lock()
	defer b.n.mu.Unlock()
	for _, resource := range []string{b.resource, ""} {
		if c, ok := b.n.silent[resource]; ok {
			held = c
		}
		truncated = truncated || b.n.truncated[resource]
	}
	return held, truncated
}
