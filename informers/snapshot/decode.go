package snapshot

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/kubernetes/scheme"
)

// decode decodes the JSON of one object of a wanted kind. Kinds that the
// client-go scheme does not know come out unstructured.
func decode(gvk schema.GroupVersionKind, raw json.RawMessage) (object, error) {
	if !scheme.Scheme.Recognizes(gvk) {
		return decodeUnstructured(gvk, raw)
	}
	raw, err := checkQuantities(gvk, raw)
	if err != nil {
		return nil, err
	}
	decoded, _, err := scheme.Codecs.UniversalDeserializer().Decode(raw, &gvk, nil)
	if err != nil {
		return nil, err
	}
	return asObject(decoded, gvk)
}

// decodeAs decodes an object written in another version of the kind. It fails
// if any field is unknown to the wanted version: then the versions differ in
// more than their name, and dropping fields would be guessing.
func decodeAs(gvk schema.GroupVersionKind, raw json.RawMessage) (object, error) {
	var fields map[string]json.RawMessage
	if err := utiljson.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	fields["apiVersion"] = json.RawMessage(fmt.Sprintf("%q", gvk.GroupVersion().String()))
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	if raw, err = checkQuantities(gvk, raw); err != nil {
		return nil, err
	}
	strict := kjson.NewSerializerWithOptions(kjson.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, kjson.SerializerOptions{Strict: true})
	decoded, _, err := strict.Decode(raw, &gvk, nil)
	if err != nil {
		return nil, err
	}
	return asObject(decoded, gvk)
}

func decodeUnstructured(gvk schema.GroupVersionKind, raw json.RawMessage) (object, error) {
	u := &unstructured.Unstructured{}
	if err := utiljson.Unmarshal(raw, &u.Object); err != nil {
		return nil, err
	}
	if meta, ok := u.Object["metadata"]; ok {
		if _, ok := meta.(map[string]any); !ok {
			return nil, fmt.Errorf("metadata is a %T, not an object", meta)
		}
	}
	u.SetGroupVersionKind(gvk)
	return u, nil
}

// asObject sets the kind, which a list item may leave out.
func asObject(decoded runtime.Object, gvk schema.GroupVersionKind) (object, error) {
	obj, ok := decoded.(object)
	if !ok {
		return nil, fmt.Errorf("%T has no metadata", decoded)
	}
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	return obj, nil
}
