package leaks

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/version"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

const (
	// bookmarkEvery is how often a watch is told the version; a real server does it about every minute.
	bookmarkEvery = 2 * time.Second
	// wakeEvery is how often those who wait look at the clock.
	wakeEvery = 250 * time.Millisecond
	// batch is how many bytes of events are written at once, and linger how long a watch waits for more to come when there are less.
	batch  = 128 << 10
	linger = 5 * time.Millisecond
	// refuseEvery: every so manieth list of a kind that is asked for as a stream is refused, as by a server that has no such thing.
	refuseEvery = 2
)

// server speaks list and watch as kube-apiserver does, from memory.
type server struct {
	journals map[model.Kind]*journal
	order    []model.Kind         // of the table
	wires    map[model.Kind]*wire // the writer's
	version  uint64

	http       *httptest.Server
	kubeconfig string
	mu         sync.Mutex
	open       map[net.Conn]bool
}

// serve starts a server without objects. Its end is the test's, or that of ctx for whoever waits.
func serve(ctx context.Context, t *testing.T, of *version.Info) *server {
	t.Helper()
	s := &server{journals: make(map[model.Kind]*journal), wires: make(map[model.Kind]*wire), version: firstVersion, open: make(map[net.Conn]bool)}
	mux := http.NewServeMux()
	var kinds []informers.Kind
	for _, k := range informers.Table() {
		if k.Optional {
			continue // as in a cluster where they are not installed
		}
		var err error
		s.journals[k.Kind], s.order = newJournal(&k), append(s.order, k.Kind)
		s.wires[k.Kind], err = newWire(&k)
		noError(t, err)
		kinds = append(kinds, k)
		mux.HandleFunc("GET "+root(&k)+"/"+k.Plural(), s.journals[k.Kind].handle)
	}
	for path, answer := range discovery(kinds, of) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { respond(w, http.StatusOK, answer) })
	}
	s.http = httptest.NewUnstartedServer(mux)
	s.http.EnableHTTP2 = true
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that are cut
	s.http.Config.ConnState = s.track
	s.http.StartTLS()
	s.writeKubeconfig(t)
	ticker := time.NewTicker(wakeEvery)
	stop := context.AfterFunc(ctx, s.stop)
	t.Cleanup(func() {
		stop()
		s.stop()
		ticker.Stop()
		s.http.CloseClientConnections()
		s.http.Close()
	})
	go func() {
		for range ticker.C {
			for _, j := range s.journals {
				j.wake()
			}
		}
	}()
	return s
}

func (s *server) stop() {
	for _, j := range s.journals {
		j.stop(nil)
	}
}

func (s *server) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(s.open, c)
	} else {
		s.open[c] = true
	}
}

// cut closes every connection in the middle of whatever goes on.
func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.Close()
	}
}

func (s *server) writeKubeconfig(t *testing.T) {
	t.Helper()
	const name = "leaks"
	s.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	noError(t, clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{name: {
			Server:                   s.http.URL,
			CertificateAuthorityData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.http.Certificate().Raw}),
		}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{name: {}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	}, s.kubeconfig))
}

// emit makes a change at the next version, which it returns. It belongs to one goroutine, and waits for whoever watches.
func (s *server) emit(kind model.Kind, what watch.EventType, o object) (uint64, error) {
	s.version++
	o.SetResourceVersion(strconv.FormatUint(s.version, 10))
	key, err := cache.MetaNamespaceKeyFunc(o)
	if err != nil {
		return 0, err
	}
	w := s.wires[kind]
	encoded, err := w.encode(o)
	if err != nil {
		return 0, fmt.Errorf("encode %s %s: %w", kind, key, err)
	}
	frame, err := w.event(what, encoded)
	if err != nil {
		return 0, fmt.Errorf("encode %s %s: %w", kind, key, err)
	}
	s.journals[kind].add(key, what, s.version, encoded, frame)
	return s.version, nil
}
