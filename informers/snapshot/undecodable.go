package snapshot

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Undecodable stands for an object of a wanted kind that has a name but a body
// that does not decode, for example because of an invalid quantity. It is
// listed and watched in place of the object, under the same namespace and
// name, so that its verdict becomes unknown instead of missing.
//
// TypeMeta is the wanted kind. ObjectMeta holds every metadata field that
// decodes on its own; a field that does not is left empty. Err says in one
// line why the body does not decode.
type Undecodable struct {
	metav1.TypeMeta
	metav1.ObjectMeta
	Err string
}

var (
	_ runtime.Object = (*Undecodable)(nil)
	_ metav1.Object  = (*Undecodable)(nil)
)

// DeepCopyObject implements runtime.Object.
func (u *Undecodable) DeepCopyObject() runtime.Object {
	if u == nil {
		return nil
	}
	out := &Undecodable{TypeMeta: u.TypeMeta, Err: u.Err}
	u.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return out
}

// lenientMeta decodes each metadata field apart, because one bad field (a
// number as a label, a malformed time) makes the whole decoder give up and
// would take the name with it.
func lenientMeta(raw json.RawMessage) metav1.ObjectMeta {
	var meta metav1.ObjectMeta
	var fields map[string]json.RawMessage
	if err := utiljson.Unmarshal(raw, &fields); err != nil {
		return meta
	}
	for name, value := range fields {
		one, err := json.Marshal(map[string]json.RawMessage{name: value})
		if err != nil {
			continue
		}
		// A failed decoding may leave half a field behind: try on a spare first.
		if utiljson.Unmarshal(one, &metav1.ObjectMeta{}) == nil {
			_ = utiljson.Unmarshal(one, &meta)
		}
	}
	return meta
}
