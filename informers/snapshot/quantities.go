package snapshot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// Bounds of a quantity's text. Within them arithmetic takes microseconds;
// "1e-2147483648" instead, which apimachinery accepts in principle, keeps its
// parser and comparisons busy for minutes. Kubernetes itself stops at 2^63.
const (
	maxQuantityExponent = 9999
	maxQuantityLength   = 10000
)

var quantityType = reflect.TypeFor[resource.Quantity]()

// checkQuantities refuses an object with a quantity that would hang the
// decoder or whoever computes with it. Nearly every object passes by one scan
// of its bytes; only what looks suspicious is compared with its Go type, so
// that a commit hash such as 12e45678 in a label is not mistaken for one.
// It returns the JSON to decode, from which duplicate fields are gone: the
// decoder would decode each of them, but only the last was checked.
func checkQuantities(gvk schema.GroupVersionKind, raw json.RawMessage) (json.RawMessage, error) {
	if !suspicious(raw) {
		return raw, nil
	}
	empty, err := scheme.Scheme.New(gvk)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if err := walkQuantities(reflect.TypeOf(empty), value, ""); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// suspicious reports whether the text has a number with an exponent of five
// digits, a very long run of digits, or an escape that could hide either.
func suspicious(raw []byte) bool {
	digits := 0
	for i, c := range raw {
		switch {
		case c >= '0' && c <= '9', c == '.':
			if digits++; digits > maxQuantityLength/2 {
				return true
			}
			continue
		case (c == 'e' || c == 'E') && digits > 0 && longExponent(raw[i+1:]):
			return true
		case c == '\\' && i+1 < len(raw) && raw[i+1] == 'u':
			return true
		}
		digits = 0
	}
	return false
}

func longExponent(rest []byte) bool {
	const digits = 5
	if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	if len(rest) < digits {
		return false
	}
	for _, c := range rest[:digits] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// walkQuantities descends a JSON value along the Go type that it will be
// decoded into.
func walkQuantities(t reflect.Type, value any, field string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == quantityType {
		return checkQuantity(value, field)
	}
	switch v := value.(type) {
	case []any:
		if t.Kind() != reflect.Slice {
			return nil
		}
		for i, item := range v {
			if err := walkQuantities(t.Elem(), item, field+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, member := range v {
			next := memberType(t, name)
			if next == nil {
				continue
			}
			if err := walkQuantities(next, member, field+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// memberType returns the Go type of a map's values or of the struct field with
// a JSON name, nil if there is none.
func memberType(t reflect.Type, name string) reflect.Type {
	switch t.Kind() {
	case reflect.Map:
		return t.Elem()
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if tag == name {
				return f.Type
			}
			if tag == "" && strings.Contains(options, "inline") || f.Anonymous && tag == "" {
				if inner := memberType(f.Type, name); inner != nil {
					return inner
				}
			}
		}
	}
	return nil
}

func checkQuantity(value any, field string) error {
	text := fmt.Sprint(value)
	exponent := 0
	if i := strings.LastIndexAny(text, "eE"); i >= 0 {
		n, err := strconv.Atoi(text[i+1:])
		if err != nil && len(text) > i+2 {
			n = maxQuantityExponent + 1
		}
		exponent = max(n, -n)
	}
	if exponent > maxQuantityExponent || len(text) > maxQuantityLength {
		return fmt.Errorf("%s: quantity %.40q is beyond every useful size", strings.TrimPrefix(field, "."), text)
	}
	return nil
}
