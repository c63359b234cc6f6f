package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// What shows that the end of a file is missing.
var (
	errEmpty     = errors.New("the file is empty")
	errCutText   = errors.New("the file ends inside a value")
	errCutList   = errors.New("the file ends inside a list: its kind comes after its items and is missing")
	errNoItems   = errors.New("the file ends before the items of a list")
	errCutObject = errors.New("the file ends inside an object: it lacks what every object of its kind has")
	errLogs      = errors.New("logs are mixed with the objects, and a line of a log can look like one")
)

// lastObject is the object or list that the parser has met last; object is nil
// if it was not taken.
type lastObject struct {
	header header
	kind   schema.GroupVersionKind
	raw    json.RawMessage
	line   int
	object object
}

// fault is a text that is neither YAML nor JSON, and the decoder's error.
type fault struct {
	text []byte
	err  error
}

// logLine returns the first line of container logs in the output of "kubectl
// cluster-info dump", 0 if there is none. A file with logs is refused as a
// whole, because a line of a log can look like an object.
func logLine(data []byte) int {
	marker := []byte("==== START logs for container ")
	if bytes.HasPrefix(data, marker) {
		return 1
	}
	at := bytes.Index(data, append([]byte("\n"), marker...))
	if at < 0 {
		return 0
	}
	return bytes.Count(data[:at+1], []byte("\n")) + 1
}

// judgeEnd looks for signs at the end of a file that more was to come, and for
// signs that nothing was. A file cut between two documents, or between two
// lines of its last object, can have neither.
func (p *parser) judgeEnd(data []byte, docs []document) {
	if len(bytes.TrimSpace(trimBOM(data))) == 0 {
		p.unfinished(1, errEmpty)
		return
	}
	if len(docs) == 0 || !bytes.HasSuffix(data, docs[len(docs)-1].data) {
		p.out.closed = endMarked(data)
		return // the last document ends with a marker
	}
	doc := docs[len(docs)-1]
	itemsFirst, kind := listKeys(doc.data)
	p.out.closed = p.fault.err == nil && (inFlow(doc.data) || itemsFirst && kind)
	last := doc.line + bytes.Count(bytes.TrimRight(doc.data, "\r\n"), []byte("\n"))
	switch {
	case p.fault.cut():
		p.unfinished(last, errCutText)
	case p.fault.err != nil || p.out.closed:
	case itemsFirst:
		p.unfinished(last, errCutList)
	case p.last.lacksItems(p.kinds):
		p.unfinished(last, errNoItems)
	case p.last.isCut(p.kinds):
		p.unfinished(last, errCutObject)
	}
}

func (p *parser) unfinished(line int, err error) {
	p.out.unfinished = &problem{document: p.document, line: line, kind: p.last.header.Kind, err: err}
}

// endMarked reports whether a file ends with the YAML marker for its end.
func endMarked(data []byte) bool {
	text := bytes.TrimRight(data, " \t\r\n")
	return marks(text[bytes.LastIndexAny(text, "\r\n")+1:], "...")
}

// inFlow reports whether a document is JSON or a YAML flow collection, which
// shows by a bracket that it is whole.
func inFlow(doc []byte) bool {
	text := bytes.TrimLeft(doc, " \t\r\n")
	return bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("["))
}

// cut reports whether a text does not decode because its end is missing.
func (f *fault) cut() bool {
	if f.err == nil {
		return false
	}
	if errors.Is(f.err, io.ErrUnexpectedEOF) || strings.Contains(f.err.Error(), "unexpected end of stream") {
		return true
	}
	opened := bytes.Count(f.text, []byte("{")) + bytes.Count(f.text, []byte("["))
	closed := bytes.Count(f.text, []byte("}")) + bytes.Count(f.text, []byte("]"))
	if opened > closed && strings.Contains(f.err.Error(), "did not find expected") {
		return true
	}
	if bytes.HasSuffix(f.text, []byte("\n")) {
		return false
	}
	var raw json.RawMessage
	whole := f.text[:bytes.LastIndexByte(f.text, '\n')+1]
	return !blank(whole) && utilyaml.Unmarshal(whole, &raw) == nil
}

// listKeys reports whether the items of a block mapping come before any kind,
// as kubectl writes a list, and whether the whole of a list's kind follows.
func listKeys(doc []byte) (itemsFirst, kind bool) {
	seen := false
	for at := 0; at < len(doc); {
		end, next := lineEnd(doc, at)
		name, value, _ := bytes.Cut(doc[at:end], []byte(":"))
		switch string(name) {
		case "items":
			itemsFirst = !seen
		case "kind":
			seen = true
			kind = bytes.HasSuffix(bytes.Trim(value, " \t\"'"), []byte("List"))
		}
		at = next
	}
	return itemsFirst, kind
}

// lacksItems reports whether a list has no items at all: an empty list has an
// empty array.
func (o *lastObject) lacksItems(kinds *kindTable) bool {
	if !isNull(o.header.Items) {
		return false
	}
	item, list := strings.CutSuffix(o.kind.Kind, "List")
	_, known := kinds.byGroupKind[schema.GroupKind{Group: o.kind.Group, Kind: item}]
	return list && (item == "" || known)
}

// isCut reports whether the object lacks a field without which the API server
// stores no object of the kind.
func (o *lastObject) isCut(kinds *kindTable) bool {
	switch obj := o.object.(type) {
	case nil:
		return o.line > 0 && isNull(o.raw) || o.kind.Kind == "" && o.onlyHeader() || kinds.wanted[o.kind] && o.nameless()
	case *corev1.Pod:
		return lacksContainers(&obj.Spec)
	case *appsv1.DaemonSet:
		return lacksContainers(&obj.Spec.Template.Spec)
	case *batchv1.Job:
		return lacksContainers(&obj.Spec.Template.Spec)
	case *corev1.LimitRange:
		return len(obj.Spec.Limits) == 0
	case *networkingv1.NetworkPolicy:
		var fields map[string]json.RawMessage
		return utiljson.Unmarshal(o.raw, &fields) == nil && isNull(fields["spec"])
	case *rbacv1.Role:
		return slices.ContainsFunc(obj.Rules, lacksVerbs)
	case *rbacv1.ClusterRole:
		return slices.ContainsFunc(obj.Rules, lacksVerbs)
	case *rbacv1.RoleBinding:
		return obj.RoleRef.Name == "" || slices.ContainsFunc(obj.Subjects, lacksName)
	case *rbacv1.ClusterRoleBinding:
		return obj.RoleRef.Name == "" || slices.ContainsFunc(obj.Subjects, lacksName)
	}
	return false
}

// onlyHeader reports whether there is nothing but an object's first fields.
func (o *lastObject) onlyHeader() bool {
	var fields map[string]json.RawMessage
	if utiljson.Unmarshal(o.raw, &fields) != nil || fields["apiVersion"] == nil && fields["kind"] == nil {
		return false
	}
	for name := range fields {
		if name != "apiVersion" && name != "kind" && name != "metadata" {
			return false
		}
	}
	return true
}

// nameless reports whether the object says nothing at all about its name.
func (o *lastObject) nameless() bool {
	var meta map[string]json.RawMessage
	_ = utiljson.Unmarshal(o.header.Metadata, &meta) // what is no mapping has no name
	return isNull(meta["name"]) && isNull(meta["generateName"])
}

func lacksContainers(spec *corev1.PodSpec) bool {
	return len(spec.Containers) == 0 || slices.ContainsFunc(spec.Containers, func(c corev1.Container) bool {
		return c.Name == "" || c.Image == ""
	})
}

func lacksVerbs(r rbacv1.PolicyRule) bool {
	return len(r.Verbs) == 0 || len(r.Resources)+len(r.NonResourceURLs) == 0
}

func lacksName(s rbacv1.Subject) bool {
	return s.Kind == "" || s.Name == ""
}
