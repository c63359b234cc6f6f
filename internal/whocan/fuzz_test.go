package whocan

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzParse: whatever is typed is either refused in one printable line, or a request that the API server could be asked for, which is
// answered without breaking either form of the answer.
func FuzzParse(f *testing.F) {
	for _, q := range []Question{
		{Verb: "get", Target: "pods"}, {Verb: "create", Target: "po/exec", Namespace: "shop"}, {Verb: "*", Target: "*"},
		{Verb: "get", Target: "deploy.v1.apps", Name: "x"}, {Verb: "get", Target: "/metrics"}, {Verb: "update", Target: "*/scale"},
		{Verb: "get", Target: "things.stable.test", Subresource: "status"}, {Verb: "list", Target: "ns", Name: "a", Namespace: "b"},
		{Verb: "get", Target: "\x1b[31m.\n", Name: "\u202e"},
	} {
		f.Add(q.Verb, q.Target, q.Subresource, "", false, q.Name, q.Namespace)
	}
	f.Add("get", "events", "", "events.k8s.io", true, "", "")
	in, known := world()
	f.Fuzz(func(t *testing.T, verb, target, subresource, group string, grouped bool, name, namespace string) {
		q := Question{Verb: verb, Target: target, Subresource: subresource, Name: name, Namespace: namespace}
		if grouped {
			q.APIGroup = &group
		}
		query, err := known.Parse(q)
		if err != nil {
			var bad BadQuestion
			if !errors.As(err, &bad) || bad.Problem == "" || bad.Fix == "" || unprintable(err.Error()) {
				t.Fatalf("%+v: %q", q, err)
			}
			return
		}
		if query.NonResourceURL == "" && (query.Resource == "" || query.Resource != strings.ToLower(query.Resource)) ||
			query.NonResourceURL != "" && query.Resource != "" || !slices.Contains(slices.Concat(known.verbs, known.urlVerbs), query.Verb) {
			t.Fatalf("%+v became %+v", q, query)
		}
		a := Ask(in, query)
		var table, text bytes.Buffer
		if err := errors.Join(a.WriteTable(&table), a.WriteJSON(&text)); err != nil || !json.Valid(text.Bytes()) {
			t.Fatalf("%v: %s", err, &text)
		}
		for line := range strings.Lines(table.String()) {
			if unprintable(strings.TrimSuffix(line, "\n")) {
				t.Fatalf("%+v: %q", q, line)
			}
		}
	})
}

func unprintable(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
