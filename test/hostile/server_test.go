package hostile

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

// version is the resource version of everything.
const version = "1000"

// server holds objects and streams them to watches, as an API server does to a client that asks for
// the initial events; after that nothing changes.
type server struct {
	kinds  map[string]*informers.Kind // by path
	events map[string][][]byte        // by path
}

// serve starts a server and returns the path of a kubeconfig for it.
func serve(t *testing.T, objects []runtime.Object) string {
	t.Helper()
	s := &server{kinds: map[string]*informers.Kind{}, events: map[string][][]byte{}}
	paths := map[string]string{}
	for _, k := range informers.Table() {
		root := "/api/" + k.Version
		if k.Group != "" {
			root = "/apis/" + k.Group + "/" + k.Version
		}
		if !k.Optional {
			s.kinds[root+"/"+k.Plural()] = &k
			paths[fmt.Sprintf("%T", k.Example)+k.Object] = root + "/" + k.Plural()
		}
	}
	for _, o := range objects {
		name := fmt.Sprintf("%T", o)
		if m, ok := o.(*metav1.PartialObjectMetadata); ok {
			name += m.Kind
			m.TypeMeta = metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: "meta.k8s.io/v1"}
		} else {
			name += name[strings.LastIndex(name, ".")+1:]
		}
		path, ok := paths[name]
		if !ok {
			continue
		}
		k := s.kinds[path]
		if !k.MetadataOnly {
			o.GetObjectKind().SetGroupVersionKind(k.GroupVersionKind())
		}
		o.(metav1.Object).SetResourceVersion(version)
		s.events[path] = append(s.events[path], event(t, "ADDED", o))
	}
	for path, k := range s.kinds {
		mark := &metav1.PartialObjectMetadata{}
		mark.SetGroupVersionKind(k.GroupVersionKind())
		if k.MetadataOnly {
			mark.TypeMeta = metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: "meta.k8s.io/v1"}
		}
		mark.ResourceVersion = version
		mark.Annotations = map[string]string{metav1.InitialEventsAnnotationKey: "true"}
		s.events[path] = append(s.events[path], event(t, "BOOKMARK", mark))
	}
	at := httptest.NewServer(s)
	t.Cleanup(func() {
		at.CloseClientConnections()
		at.Close()
	})
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":%q}}],`+
		`"contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],"users":[{"name":"u","user":{}}]}`, at.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func event(t *testing.T, what string, o runtime.Object) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"type": what, "object": o})
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/version":
		fmt.Fprint(w, `{"major":"1","minor":"36","gitVersion":"v1.36.0"}`)
		return
	case "/api":
		fmt.Fprint(w, `{"kind":"APIVersions","versions":["v1"]}`)
		return
	case "/apis":
		fmt.Fprint(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`)
		return
	}
	k := s.kinds[r.URL.Path]
	if k == nil {
		http.NotFound(w, r)
		return
	}
	q := r.URL.Query()
	if q.Get("watch") == "" {
		list, group := k.Object+"List", k.GroupVersionKind().GroupVersion().String()
		if k.MetadataOnly {
			list, group = "PartialObjectMetadataList", "meta.k8s.io/v1"
		}
		fmt.Fprintf(w, `{"kind":%q,"apiVersion":%q,"metadata":{"resourceVersion":%q},"items":[]}`, list, group, version)
		return
	}
	if q.Get("sendInitialEvents") == "true" {
		for _, e := range s.events[r.URL.Path] {
			w.Write(e)
		}
	}
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}
