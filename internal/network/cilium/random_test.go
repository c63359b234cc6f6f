package cilium

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// writer writes random objects that Cilium accepts, of which it takes few words, so that they often meet.
type writer struct{ *rand.Rand }

type fieldsOf = map[string]any

func oneOf[T any](w writer, of ...T) T { return of[w.IntN(len(of))] }

// times is true once in n times.
func (w writer) times(n int) bool { return w.IntN(n) == 0 }

func some[T any](w writer, upTo int, write func() T) []any {
	out := []any{}
	for range w.IntN(upTo + 1) {
		out = append(out, write())
	}
	return out
}

// words are keys and the values that pods, or Cilium for them, give to them.
var words = []struct {
	key    string
	values []string
}{
	{"app", []string{"web", "api", ""}},
	{"app", []string{"web", "api", "db"}},
	{"tier", []string{"1", "2"}},
	{namespaceLabel, []string{"front", "back", "ops"}},
	{namespaceLabel, []string{"front", "back", "ops"}},
	{spacePrefix + "team", []string{"red", "blue"}},
	{spacePrefix + metadataName, []string{"front", "back", "ops"}},
	{accountLabel, []string{"a", "b"}},
	{"world", []string{""}},
}

// key picks a label, with or without the source of it.
func (w writer) key() (string, []string) {
	if w.times(20) {
		return "reserved:" + oneOf(w, "world", "host", "init", "health"), []string{""}
	}
	word := oneOf(w, words...)
	return oneOf(w, "", "", "k8s:", "any:") + word.key, word.values
}

func (w writer) selector() any {
	out := fieldsOf{}
	if w.times(3) {
		return out
	}
	pairs, used := fieldsOf{}, map[string]bool{}
	for range w.IntN(3) {
		key, values := w.key()
		if plain := "any:" + key; !used[key] && !used[plain] && !used["any:"+plain] {
			used[key], used[plain] = true, true
			pairs[key] = oneOf(w, values...)
		}
		if len(pairs) > 0 && w.times(2) {
			break
		}
	}
	if len(pairs) > 0 || w.times(4) {
		out["matchLabels"] = pairs
	}
	if w.times(2) {
		out["matchExpressions"] = some(w, 2, func() any {
			key, values := w.key()
			e := fieldsOf{"key": key, "operator": oneOf(w, "In", "NotIn", "Exists", "DoesNotExist")}
			if op := e["operator"]; op == "In" || op == "NotIn" {
				e["values"] = []any{oneOf(w, values...), oneOf(w, values...)}
			}
			return e
		})
	}
	return out
}

// ports writes a restriction that TCP port 80 always meets or never, when plain; else any.
func (w writer) ports(plain bool) []any {
	port := fieldsOf{"port": "0", "protocol": "ANY"}
	switch {
	case w.times(8):
		return []any{fieldsOf{"ports": []any{}}}
	case plain:
	case w.times(2):
		port = fieldsOf{"port": "80", "protocol": "TCP"}
	case w.times(3):
		port = fieldsOf{"port": "1", "endPort": 65535}
	}
	return []any{fieldsOf{"ports": []any{port}}}
}

func (w writer) rule(prefix string, plain bool) any {
	out := fieldsOf{}
	lists := map[string]func() any{
		"Endpoints": w.selector,
		"Entities": func() any {
			return oneOf(w, "all", "world", "cluster", "host", "remote-node", "none", "health", "ingress", "init", "kube-apiserver")
		},
		"CIDR":    func() any { return oneOf(w, "0.0.0.0/0", "10.0.0.0/8", "192.0.2.1", "::/0") },
		"CIDRSet": func() any { return fieldsOf{"cidr": "0.0.0.0/0", "except": []any{"10.0.0.0/8"}} },
	}
	if !w.times(8) {
		kind := oneOf(w, "Endpoints", "Endpoints", "Endpoints", "Entities", "Entities", "CIDR", "CIDRSet")
		out[prefix+kind] = some(w, 2, lists[kind])
	}
	if w.times(4) {
		out["toPorts"] = w.ports(plain)
	}
	return out
}

func (w writer) entry(plain bool) any {
	out := fieldsOf{"endpointSelector": w.selector()}
	for _, s := range sections {
		if w.times(2) {
			out[s.name] = some(w, 2, func() any { return w.rule(s.peers, plain) })
		}
	}
	if list, ok := out["ingress"].([]any); !ok || len(list) == 0 {
		out["egress"] = []any{w.rule("to", plain)}
	}
	if w.times(4) {
		deny := fieldsOf{}
		for _, d := range []string{"ingress", "egress"} {
			if w.times(2) {
				deny[d] = w.times(2)
			}
		}
		out["enableDefaultDeny"] = deny
	}
	return out
}

// object writes a policy of either kind.
func (w writer) object(name string, plain bool) fieldsOf {
	out := fieldsOf{"apiVersion": "cilium.io/v2", "kind": ClusterwideKind, "metadata": fieldsOf{"name": name}}
	if !w.times(3) {
		out["kind"], out["metadata"] = NamespacedKind, fieldsOf{"name": name, "namespace": oneOf(w, "front", "back", "ops")}
	}
	if w.times(3) {
		out["specs"] = append(some(w, 1, func() any { return w.entry(plain) }), w.entry(plain))
	}
	if out["specs"] == nil || w.times(3) {
		out["spec"] = w.entry(plain)
	}
	return out
}

func (w writer) pod() pod {
	labels := map[string]string{}
	if !w.times(4) {
		labels["app"] = oneOf(w, "web", "api", "db", "")
	}
	if w.times(2) {
		labels["tier"] = oneOf(w, "1", "2")
	}
	return newPod(oneOf(w, "front", "back", "ops"), oneOf(w, "a", "b"), labels)
}

// decoded is the object as it comes over the wire, and its text.
func decoded(t testing.TB, object fieldsOf) (*unstructured.Unstructured, string) {
	t.Helper()
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return fromJSON(t, raw), string(raw)
}
