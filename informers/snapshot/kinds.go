package snapshot

import (
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// defaultNamespace is where the API server puts a namespaced object that
// names no namespace.
const defaultNamespace = metav1.NamespaceDefault

// clusterScoped lists the kinds without a namespace; every other kind has one.
var clusterScoped = map[schema.GroupKind]bool{
	{Kind: "Namespace"}:        true,
	{Kind: "Node"}:             true,
	{Kind: "PersistentVolume"}: true,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}:         true,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}:  true,
	{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}: true,

	{Group: "policy.networking.k8s.io", Kind: "ClusterNetworkPolicy"}:       true,
	{Group: "policy.networking.k8s.io", Kind: "AdminNetworkPolicy"}:         true,
	{Group: "policy.networking.k8s.io", Kind: "BaselineAdminNetworkPolicy"}: true,
	{Group: "cilium.io", Kind: "CiliumClusterwideNetworkPolicy"}:            true,
	{Group: "projectcalico.org", Kind: "GlobalNetworkPolicy"}:               true,
	{Group: "projectcalico.org", Kind: "Tier"}:                              true,
	{Group: "projectcalico.org", Kind: "GlobalNetworkSet"}:                  true,
	{Group: "crd.projectcalico.org", Kind: "GlobalNetworkPolicy"}:           true,
	{Group: "crd.projectcalico.org", Kind: "Tier"}:                          true,
	{Group: "crd.projectcalico.org", Kind: "GlobalNetworkSet"}:              true,
}

// object is what the source serves: a typed object, an unstructured one for a
// kind the client-go scheme does not know, or an *Undecodable.
type object interface {
	runtime.Object
	metav1.Object
}

// kindTable answers which kinds are wanted and how they are decoded.
type kindTable struct {
	wanted map[schema.GroupVersionKind]bool
	// byGroupKind leads from a kind in another version to the wanted version.
	byGroupKind map[schema.GroupKind]schema.GroupVersionKind
}

func newKindTable(kinds []schema.GroupVersionKind) (*kindTable, error) {
	if len(kinds) == 0 {
		return nil, errors.New("snapshot: no kinds wanted: name at least one in Options.Kinds")
	}
	t := &kindTable{
		wanted:      make(map[schema.GroupVersionKind]bool, len(kinds)),
		byGroupKind: make(map[schema.GroupKind]schema.GroupVersionKind, len(kinds)),
	}
	for _, gvk := range kinds {
		if gvk.Version == "" || gvk.Kind == "" {
			return nil, fmt.Errorf("snapshot: wanted kind %q: give a version and a kind", gvk.String())
		}
		if _, err := newObject(gvk); err != nil {
			return nil, err
		}
		t.wanted[gvk] = true
		if _, taken := t.byGroupKind[gvk.GroupKind()]; !taken {
			t.byGroupKind[gvk.GroupKind()] = gvk
		}
	}
	return t, nil
}

// newObject makes an empty object of the Go type that the kind is served as.
func newObject(gvk schema.GroupVersionKind) (object, error) {
	if !scheme.Scheme.Recognizes(gvk) {
		u := &unstructured.Unstructured{Object: map[string]any{}}
		u.SetGroupVersionKind(gvk)
		return u, nil
	}
	empty, err := scheme.Scheme.New(gvk)
	if err != nil {
		return nil, fmt.Errorf("snapshot: wanted kind %s: %w", gvk, err)
	}
	o, ok := empty.(object)
	if !ok {
		return nil, fmt.Errorf("snapshot: wanted kind %s has no metadata: only kinds of single objects can be listed and watched", gvk)
	}
	o.GetObjectKind().SetGroupVersionKind(gvk)
	return o, nil
}

// converted returns the wanted version of a kind written in another version
// that the scheme knows, too. Whether the object really carries over is for
// the strict decoder to say.
func (t *kindTable) converted(gvk schema.GroupVersionKind) (schema.GroupVersionKind, bool) {
	target, ok := t.byGroupKind[gvk.GroupKind()]
	if !ok || !scheme.Scheme.Recognizes(gvk) || !scheme.Scheme.Recognizes(target) {
		return schema.GroupVersionKind{}, false
	}
	return target, true
}
