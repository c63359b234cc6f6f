package model

import (
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Meta is what every projected object knows of itself. With a resourceVersion beside it, it implements metav1.Object, as client-go's store
// asks, read-only: the setters do nothing, because an object in the cache is never changed.
//
// A store makes an object's key of its namespace and name, once more for each object. It takes the name as it is where there is no namespace:
// so it is told the key for a name, and both are one text.
type Meta struct {
	// NS is the namespace; empty for cluster-scoped kinds.
	NS  Sym
	key string
}

// NewMeta returns what an object knows of itself. What it keeps of the texts are copies.
func NewMeta(namespace, name string) Meta {
	if namespace == "" {
		return Meta{key: strings.Clone(name)}
	}
	return Meta{NS: Intern(namespace), key: namespace + "/" + name}
}

// Key returns namespace/name, or the name alone where there is no namespace.
func (m *Meta) Key() string { return m.key }

// Name returns the object's name.
func (m *Meta) Name() string {
	if ns := Text(m.NS); ns != "" {
		return m.key[len(ns)+1:]
	}
	return m.key
}

// Namespaced is what most kinds embed: it also keeps the resourceVersion, by which a store can tell that nothing has changed.
type Namespaced struct {
	Meta
	Version
	// Broken says that the object could not be decoded: it exists, and nothing else is known about it.
	Broken bool
}

var (
	_ metav1.Object = (*Namespaced)(nil)
	_ metav1.Object = (*Pod)(nil)
	_ metav1.Object = (*Controlled)(nil)
)

// Version is the resourceVersion that an object was ingested at, in eight bytes; 0 is none, and stands for one that is no number.
type Version uint64

// ParseVersion reads a resourceVersion. The API server's are decimal numbers that can be compared; files and other servers may have others.
func ParseVersion(text string) Version {
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return Version(v)
}

// GetResourceVersion returns the resourceVersion the object was ingested at, empty when it is not known; part of metav1.Object.
func (v Version) GetResourceVersion() string {
	if v == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(v), 10)
}

// Namespace returns the namespace as a string.
func (m *Meta) Namespace() string { return Text(m.NS) }

// GetNamespace returns nothing, so that a store's key is what GetName returns; part of metav1.Object.
func (m *Meta) GetNamespace() string { return "" }

// GetName returns the key; part of metav1.Object.
func (m *Meta) GetName() string { return m.key }

// The rest of metav1.Object: facts that no join needs are not kept, and nothing can be set.

func (m *Meta) SetNamespace(string)                            {}
func (m *Meta) SetName(string)                                 {}
func (m *Meta) GetGenerateName() string                        { return "" }
func (m *Meta) SetGenerateName(string)                         {}
func (m *Meta) GetUID() types.UID                              { return "" }
func (m *Meta) SetUID(types.UID)                               {}
func (m *Meta) SetResourceVersion(string)                      {}
func (m *Meta) GetGeneration() int64                           { return 0 }
func (m *Meta) SetGeneration(int64)                            {}
func (m *Meta) GetSelfLink() string                            { return "" }
func (m *Meta) SetSelfLink(string)                             {}
func (m *Meta) GetCreationTimestamp() metav1.Time              { return metav1.Time{} }
func (m *Meta) SetCreationTimestamp(metav1.Time)               {}
func (m *Meta) GetDeletionTimestamp() *metav1.Time             { return nil }
func (m *Meta) SetDeletionTimestamp(*metav1.Time)              {}
func (m *Meta) GetDeletionGracePeriodSeconds() *int64          { return nil }
func (m *Meta) SetDeletionGracePeriodSeconds(*int64)           {}
func (m *Meta) GetLabels() map[string]string                   { return nil }
func (m *Meta) SetLabels(map[string]string)                    {}
func (m *Meta) GetAnnotations() map[string]string              { return nil }
func (m *Meta) SetAnnotations(map[string]string)               {}
func (m *Meta) GetFinalizers() []string                        { return nil }
func (m *Meta) SetFinalizers([]string)                         {}
func (m *Meta) GetOwnerReferences() []metav1.OwnerReference    { return nil }
func (m *Meta) SetOwnerReferences([]metav1.OwnerReference)     {}
func (m *Meta) GetManagedFields() []metav1.ManagedFieldsEntry  { return nil }
func (m *Meta) SetManagedFields(_ []metav1.ManagedFieldsEntry) {}
