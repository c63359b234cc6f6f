package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/rand"
)

// maxListDepth bounds lists within lists; kubectl writes one level.
const maxListDepth = 8

var (
	errNotObject = errors.New("not a Kubernetes object: kind and apiVersion are missing")
	errNoList    = errors.New("it has items, but its kind is not List")
	errNoName    = errors.New("metadata.name is missing or no valid name")
	errNullItem  = errors.New("an item is null")
	errListDepth = fmt.Errorf("lists are nested deeper than %d levels", maxListDepth)
)

// header is the part of an object that says what it is.
type header struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Metadata   json.RawMessage `json:"metadata"`
	Items      json.RawMessage `json:"items"`
}

// readHeader finds out what an object is. The items of a typed list in the
// API's own form lack kind and apiVersion, which implied then supplies.
func readHeader(raw json.RawMessage, implied schema.GroupVersionKind) (header, schema.GroupVersionKind, error) {
	var h header
	if err := utiljson.Unmarshal(raw, &h); err != nil {
		return header{}, schema.GroupVersionKind{}, fmt.Errorf("not a Kubernetes object: %w", err)
	}
	gv, err := schema.ParseGroupVersion(h.APIVersion)
	if err != nil {
		return h, schema.GroupVersionKind{}, err
	}
	if h.APIVersion == "" {
		gv = implied.GroupVersion()
	}
	if h.Kind == "" {
		h.Kind = implied.Kind
	}
	if h.Kind == "" || gv.Version == "" {
		return h, schema.GroupVersionKind{}, errNotObject
	}
	return h, gv.WithKind(h.Kind), nil
}

// object decodes one object, list, or bare array of objects.
func (p *parser) object(raw json.RawMessage, implied schema.GroupVersionKind, depth int) {
	if isArray(raw) {
		p.list(header{Items: raw}, schema.GroupVersionKind{}, depth)
		return
	}
	h, gvk, err := readHeader(raw, implied)
	p.last = lastObject{header: h, kind: gvk, raw: raw, line: p.line}
	if err != nil {
		p.broken(h, err)
		return
	}
	switch target, convertible := p.kinds.converted(gvk); {
	case p.kinds.wanted[gvk]:
		p.add(h, gvk, raw)
	case isList(h):
		p.list(h, gvk, depth)
	case convertible:
		p.convert(gvk, target, raw)
	case isCollection(h):
		p.broken(h, errNoList)
	default:
		p.skip(gvk)
	}
}

func isArray(raw json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("["))
}

// isCollection reports whether something has items that are objects, as a list
// has whose kind has been cut.
func isCollection(h header) bool {
	var items []struct {
		Metadata map[string]json.RawMessage `json:"metadata"`
	}
	return isArray(h.Items) && utiljson.Unmarshal(h.Items, &items) == nil &&
		len(items) > 0 && len(items[0].Metadata) > 0
}

func isList(h header) bool {
	return strings.HasSuffix(h.Kind, "List") && h.Items != nil
}

func (p *parser) list(h header, gvk schema.GroupVersionKind, depth int) {
	if depth >= maxListDepth {
		p.broken(h, errListDepth)
		return
	}
	var items []json.RawMessage
	if err := utiljson.Unmarshal(h.Items, &items); err != nil {
		p.broken(h, fmt.Errorf("items: %w", err))
		return
	}
	p.out.readable = true
	for _, raw := range items {
		p.item(h, gvk, raw, depth)
	}
}

// item decodes an item of a list.
func (p *parser) item(list header, gvk schema.GroupVersionKind, raw json.RawMessage, depth int) {
	if isNull(raw) {
		p.last = lastObject{line: p.line}
		p.broken(list, errNullItem)
		return
	}
	var implied schema.GroupVersionKind
	if kind := strings.TrimSuffix(gvk.Kind, "List"); kind != "" {
		implied = gvk.GroupVersion().WithKind(kind)
	}
	p.guarded(func() { p.object(raw, implied, depth+1) })
}

// skip counts an object of a kind that is not wanted.
func (p *parser) skip(gvk schema.GroupVersionKind) {
	p.out.readable = true
	p.out.unknown[gvk]++
}

// add decodes an object of a wanted kind. If its body does not decode but its
// metadata says who it is, an Undecodable takes its place.
func (p *parser) add(h header, gvk schema.GroupVersionKind, raw json.RawMessage) {
	obj, err := decode(gvk, raw)
	if err != nil {
		err = shortened(err)
		u := &Undecodable{ObjectMeta: lenientMeta(h.Metadata), Err: err.Error()}
		u.SetGroupVersionKind(gvk)
		obj = u
	}
	if !p.place(obj, gvk) {
		if err != nil {
			p.broken(h, fmt.Errorf("%w; %w", errNoName, err))
			return
		}
		p.broken(h, errNoName)
		return
	}
	if err != nil {
		p.report(h, obj.GetNamespace(), obj.GetName(), err)
	}
}

// convert takes an object in another version than the wanted one if nothing
// of it gets lost, and otherwise counts it as unknown.
func (p *parser) convert(from, to schema.GroupVersionKind, raw json.RawMessage) {
	obj, err := decodeAs(to, raw)
	if err != nil || !p.place(obj, to) {
		p.skip(from)
	}
}

// place gives the object what the API server would give it, a namespace and a
// name, and adds it to the file's objects. It reports whether there is a name
// to file it under.
func (p *parser) place(obj object, gvk schema.GroupVersionKind) bool {
	created := obj.GetCreationTimestamp()
	admitted := obj.GetResourceVersion() != "" || obj.GetUID() != "" || !created.IsZero()
	// The recording's version means nothing here: the source counts its own.
	obj.SetResourceVersion("")
	switch {
	case clusterScoped[gvk.GroupKind()]:
		obj.SetNamespace("")
	case obj.GetNamespace() == "":
		obj.SetNamespace(defaultNamespace)
	}
	if obj.GetName() == "" && obj.GetGenerateName() != "" {
		obj.SetName(p.syntheticName(obj, gvk))
	}
	// A slash would make the cache keys of two objects collide.
	if obj.GetName() == "" || len(content.IsPathSegmentName(obj.GetName())) > 0 ||
		strings.Contains(obj.GetNamespace(), "/") {
		return false
	}
	p.out.readable = true
	key := objectKey{kind: gvk, NamespacedName: types.NamespacedName{Namespace: obj.GetNamespace(), Name: obj.GetName()}}
	p.last.object = obj
	p.out.entries = append(p.out.entries, entry{key: key, obj: obj, admitted: admitted})
	return true
}

// syntheticName completes a generateName. The suffix depends on the file and
// on the position among its objects with the same generateName only, so that
// editing an object does not rename it.
func (p *parser) syntheticName(obj object, gvk schema.GroupVersionKind) string {
	base := objectKey{kind: gvk, NamespacedName: types.NamespacedName{Namespace: obj.GetNamespace(), Name: obj.GetGenerateName()}}
	p.generated[base]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d", p.path, gvk, base.NamespacedName, p.generated[base]))
	return obj.GetGenerateName() + rand.SafeEncodeString(hex.EncodeToString(sum[:5]))
}
