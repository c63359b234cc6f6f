package calico

import (
	"fmt"
	"slices"
)

// reader reads the fields of an object that nobody has validated. It remembers the first that is not what it should be.
type reader struct{ err error }

// fields is a part of an object, and where it stands.
type fields struct {
	of   map[string]any
	path string
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func (f fields) at(key string) string {
	if f.path == "" {
		return key
	}
	return f.path + "." + key
}

// get returns the field when it is there and of the type; a field that is null is not there.
func get[T any](r *reader, f fields, key, want string) (value T, ok bool) {
	raw, there := f.of[key]
	if !there || raw == nil {
		return value, false
	}
	if value, ok = raw.(T); !ok {
		r.fail("%s: is not %s: correct it", f.at(key), want)
	}
	return value, ok
}

func (r *reader) text(f fields, key string) string {
	value, _ := get[string](r, f, key, "a text")
	return value
}

func (r *reader) flag(f fields, key string) bool {
	value, _ := get[bool](r, f, key, "true or false")
	return value
}

func (r *reader) number(f fields, key string) (float64, bool) {
	switch value := f.of[key].(type) {
	case int64:
		return float64(value), true
	case float64:
		return value, true
	case nil:
	default:
		r.fail("%s: is not a number: correct it", f.at(key))
	}
	return 0, false
}

func (r *reader) object(f fields, key string) (fields, bool) {
	value, ok := get[map[string]any](r, f, key, "an object")
	return fields{of: value, path: f.at(key)}, ok
}

func (r *reader) list(f fields, key string) []any {
	value, _ := get[[]any](r, f, key, "a list")
	return value
}

func (r *reader) objects(f fields, key string) []fields {
	list := r.list(f, key)
	out := make([]fields, 0, len(list))
	for i, item := range list {
		path := fmt.Sprintf("%s[%d]", f.at(key), i)
		value, ok := item.(map[string]any)
		if !ok {
			r.fail("%s: is not an object: correct it", path)
		}
		out = append(out, fields{of: value, path: path})
	}
	return out
}

func (r *reader) texts(f fields, key string) []string {
	list := r.list(f, key)
	out := make([]string, 0, len(list))
	for i, item := range list {
		value, ok := item.(string)
		if !ok {
			r.fail("%s[%d]: is not a text: correct it", f.at(key), i)
		}
		out = append(out, value)
	}
	return out
}

// has says whether one of the fields holds anything: not null, not an empty list, object or text.
func (f fields) has(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		switch value := f.of[key].(type) {
		case nil:
			return false
		case []any:
			return len(value) > 0
		case map[string]any:
			return len(value) > 0
		case string:
			return value != ""
		default:
			return true
		}
	})
}

// others says whether there is a field besides those known that holds anything: what it asks for, nobody here understands.
func (f fields) others(known ...string) bool {
	for key := range f.of {
		if !slices.Contains(known, key) && f.has(key) {
			return true
		}
	}
	return false
}

// selector compiles a selector; nil when the field holds none.
func (r *reader) selector(f fields, key string, of about, not, global bool) *node {
	text := r.text(f, key)
	if text == "" {
		return nil
	}
	n, err := selector(text, of, not, global)
	if err != nil {
		r.fail("%s: %w: correct the selector", f.at(key), err)
	}
	return n
}
