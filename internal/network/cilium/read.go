package cilium

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// reader reads the fields of an object that nobody has validated. It remembers the first that makes Cilium refuse the whole object.
type reader struct {
	err error
	// unless is what Cilium accepts only when it is configured to.
	unless error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// failUnless is for what some Cilium accepts: its status on the object says whether this one does.
func (r *reader) failUnless(format string, args ...any) {
	if r.unless == nil {
		r.unless = fmt.Errorf(format, args...)
	}
}

// fields is a part of an object, and where it stands.
type fields struct {
	of   map[string]any
	path string
}

func (f fields) at(key string) string {
	if f.path == "" {
		return key
	}
	return f.path + "." + key
}

// has says whether the field is there; one that is null is not.
func (f fields) has(key string) bool { return f.of[key] != nil }

// other returns the first field that is there and not among those known.
func (f fields) other(known ...string) (string, bool) {
	for _, key := range slices.Sorted(maps.Keys(f.of)) {
		if f.has(key) && !slices.Contains(known, key) {
			return key, true
		}
	}
	return "", false
}

// get returns a value of the type, and its zero value when there is none.
func get[T any](r *reader, value any, path, want string) (out T) {
	if value == nil {
		return out
	}
	out, ok := value.(T)
	if !ok {
		r.fail("%s: is not %s: correct it", path, want)
	}
	return out
}

func (r *reader) text(f fields, key string) string {
	return get[string](r, f.of[key], f.at(key), "a text")
}

// number returns 0 when there is none.
func (r *reader) number(f fields, key string) float64 {
	switch value := f.of[key].(type) {
	case nil:
	case int64:
		return float64(value)
	case float64:
		if value == math.Trunc(value) {
			return value
		}
		r.fail("%s: is not a whole number: correct it", f.at(key))
	default:
		r.fail("%s: is not a number: correct it", f.at(key))
	}
	return 0
}

func (r *reader) part(f fields, key string) fields {
	return fields{of: get[map[string]any](r, f.of[key], f.at(key), "an object"), path: f.at(key)}
}

func (r *reader) list(f fields, key string) []any {
	return get[[]any](r, f.of[key], f.at(key), "a list")
}

func (r *reader) objects(f fields, key string) []fields {
	list := r.list(f, key)
	out := make([]fields, len(list))
	for i, item := range list {
		path := fmt.Sprintf("%s[%d]", f.at(key), i)
		if item == nil {
			r.fail("%s: is empty: remove it", path)
		}
		out[i] = fields{of: get[map[string]any](r, item, path, "an object"), path: path}
	}
	return out
}

func (r *reader) texts(f fields, key string) []string {
	list := r.list(f, key)
	out := make([]string, len(list))
	for i, item := range list {
		path := fmt.Sprintf("%s[%d]", f.at(key), i)
		if item == nil {
			r.fail("%s: is empty: remove it", path)
		}
		out[i] = get[string](r, item, path, "a text")
	}
	return out
}
