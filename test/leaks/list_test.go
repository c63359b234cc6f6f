package leaks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

// list makes the bytes of a list of encoded objects.
func (w *wire) list(encoded [][]byte, at string) ([]byte, error) {
	_, list, err := w.typed()
	if err != nil {
		return nil, err
	}
	items := make([]runtime.Object, len(encoded))
	for i, data := range encoded {
		if items[i], err = runtime.Decode(w.decode, data); err != nil {
			return nil, err
		}
	}
	if err := apimeta.SetList(list, items); err != nil {
		return nil, err
	}
	list.(metav1.ListInterface).SetResourceVersion(at)
	return w.encode(list)
}

// discovery answers what clients ask before they list anything: the version, and the groups and resources of the kinds that are served.
// It answers in the plain form, as servers do whom nobody asks for the aggregated one.
func discovery(kinds []informers.Kind, of *version.Info) map[string]any {
	core := metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}}
	groups := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
	answers := map[string]any{"/version": of, "/api": &core, "/apis": &groups}
	for i := range kinds {
		k := &kinds[i]
		gv := k.GroupVersionKind().GroupVersion()
		path := root(k)
		if answers[path] == nil {
			answers[path] = &metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv.String()}
			if k.Group != "" {
				named := metav1.GroupVersionForDiscovery{GroupVersion: gv.String(), Version: gv.Version}
				groups.Groups = append(groups.Groups, metav1.APIGroup{
					Name: k.Group, Versions: []metav1.GroupVersionForDiscovery{named}, PreferredVersion: named,
				})
			}
		}
		resources := answers[path].(*metav1.APIResourceList)
		resources.APIResources = append(resources.APIResources, metav1.APIResource{Name: k.Plural(), Kind: k.Object, Verbs: metav1.Verbs{"list", "watch"}})
	}
	return answers
}

// root is the path of a kind's group and version.
func root(k *informers.Kind) string {
	if k.Group == "" {
		return "/api/" + k.Version
	}
	return "/apis/" + k.Group + "/" + k.Version
}

// respond answers as JSON, which is what errors and discovery are asked for in.
func respond(w http.ResponseWriter, code int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", runtime.ContentTypeJSON)
	w.WriteHeader(code)
	w.Write(text)
}

// refuse answers with an error of the API.
func refuse(w http.ResponseWriter, err *apierrors.StatusError) {
	status := err.Status()
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	respond(w, int(status.Code), &status)
}

// acceptable says whether the client asks for what is served: protobuf, and metadata where nothing else is kept.
func acceptable(k *informers.Kind, r *http.Request) error {
	accept := r.Header.Get("Accept")
	if !strings.Contains(accept, runtime.ContentTypeProtobuf) || strings.Contains(accept, "as=PartialObjectMetadata") != k.MetadataOnly {
		return fmt.Errorf("%s is not served as %q", k, accept)
	}
	return nil
}
