package clusterpolicy

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// reader reads objects that nobody has validated, as strictly as the API server would. It remembers the first fault.
type reader struct{ err error }

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// section is an object inside of the object that is read, and the way there.
type section struct {
	path   string
	fields map[string]any
}

func (s section) at(key string) string {
	if s.path == "" {
		return key
	}
	return s.path + "." + key
}

// has says whether the field is there; null is not.
func (s section) has(key string) bool { return s.fields[key] != nil }

// foreign returns the first field, by name, that is there and not among the known ones; empty when there is none.
func (s section) foreign(known ...string) string {
	first := ""
	for key := range s.fields {
		if s.has(key) && !slices.Contains(known, key) && (first == "" || key < first) {
			first = key
		}
	}
	return first
}

// field reads a field of the type T, called want in messages. It returns false for one that is not there.
func field[T any](r *reader, s section, key, want string) (value T, ok bool) {
	if !s.has(key) {
		return value, false
	}
	if value, ok = s.fields[key].(T); !ok {
		r.fail("%s: is no %s: correct it", s.at(key), want)
	}
	return value, ok
}

func (r *reader) text(s section, key string) string {
	value, _ := field[string](r, s, key, "string")
	return value
}

// section reads a field that must be there.
func (r *reader) section(s section, key string) section {
	if !s.has(key) {
		r.fail("%s: is missing: add it", s.at(key))
	}
	fields, _ := field[map[string]any](r, s, key, "object")
	return section{s.at(key), fields}
}

// sections reads a list of objects; there may be none.
func (r *reader) sections(s section, key string) []section {
	list, _ := field[[]any](r, s, key, "list")
	out := make([]section, 0, len(list))
	for i, item := range list {
		path := fmt.Sprintf("%s[%d]", s.at(key), i)
		fields, ok := item.(map[string]any)
		if !ok {
			r.fail("%s: is no object: correct it", path)
		}
		out = append(out, section{path, fields})
	}
	return out
}

// texts reads a list of strings that is there.
func (r *reader) texts(s section, key string) []string {
	list, _ := field[[]any](r, s, key, "list")
	if len(list) == 0 {
		r.fail("%s: is empty: leave it out or list something", s.at(key))
	}
	out := make([]string, 0, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok {
			r.fail("%s[%d]: is no string: correct it", s.at(key), i)
		}
		out = append(out, text)
	}
	return out
}

// removed are fields that selectors for namespaces had before v0.1.7 of the API, which took them away.
var removed = [...]string{"namespaceSelector", "sameLabels", "notSameLabels"}

// selector reads a label selector; nil when there is none, or none that can be read.
func (r *reader) selector(s section, key string) *metav1.LabelSelector {
	fields, ok := field[map[string]any](r, s, key, "object")
	if !ok {
		return nil
	}
	of := section{s.at(key), fields}
	for _, old := range removed {
		if of.has(old) {
			r.fail("%s: was removed from the API with v0.1.7: write a label selector", of.at(old))
			return nil
		}
	}
	var out metav1.LabelSelector
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(fields, &out, true)
	if err == nil {
		_, err = network.Compile(&out)
	}
	if err != nil {
		r.fail("%s: %w: correct the selector", of.path, err)
		return nil
	}
	return &out
}
