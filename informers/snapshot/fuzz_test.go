package snapshot

import (
	"bytes"
	"maps"
	"testing"
	"time"
)

// FuzzDocuments feeds any bytes to the parser. It must not panic, must not
// take long, and must account for what it saw: every object has a name that is
// free of slashes and a kind that is wanted, every problem has a place, and
// reading the same again yields the same.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		"", "---\n...\n", "a: b: c", "\xFF\xFE", "\ufeff---\r\n# c\r\n",
		pod("x", "1") + "---\n" + badPod("bad"),
		jsonPod("x") + jsonPod("z"),
		`{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"x"}},null,{"metadata":{"generateName":"g-"}}]}`,
		"apiVersion: v1\nkind: List\nitems:\n" + item(pod("x", "1")),
		"apiVersion: v1\nitems:\n- kind: Pod\n  metadata: {name: &n p}\n# c\n- metadata:\n    name: *n\nkind: PodList\n",
		"kind: PodList\napiVersion: v1\nitems:\n  - metadata: {name: p}\n\n  -\n    metadata: {name: q}\n",
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"overhead":{"cpu":"1e-2147483648"}}}`,
		`{"apiVersion":"rbac.authorization.k8s.io/v1beta1","kind":"RoleBinding","metadata":{"name":"x"}}`,
		"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, labels: 3}\n",
		"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
		"%YAML 1.1\n--- {apiVersion: v1, kind: Namespace, metadata: {name: n1}}\n",
	} {
		f.Add([]byte(seed))
	}
	kinds, err := newKindTable(testKinds)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// The fuzzing engine waits for a hanging input for ever; a panic it reports.
		hang := time.AfterFunc(30*time.Second, func() { panic("the parser hangs") })
		defer hang.Stop()
		p := parse("f.yaml", data, kinds)
		for _, e := range p.entries {
			switch {
			case e.obj.GetName() == "":
				t.Errorf("object without a name: %v", e.key)
			case !kinds.wanted[e.key.kind]:
				t.Errorf("object of an unwanted kind: %v", e.key)
			case e.obj.GetObjectKind().GroupVersionKind() != e.key.kind || e.obj.GetName() != e.key.Name || e.obj.GetNamespace() != e.key.Namespace:
				t.Errorf("%v is filed under %v", key(e.obj), e.key)
			case (e.key.Namespace == "") != clusterScoped[e.key.kind.GroupKind()]:
				t.Errorf("namespace %q of %v", e.key.Namespace, e.key)
			}
		}
		lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 1
		for _, b := range p.problems {
			if b.err == nil || b.line < 1 || b.line > lines {
				t.Errorf("problem %q at line %d of %d", b.err, b.line, lines)
			}
		}
		// Cutting lists into items must make no difference to what is whole.
		whole := (&parser{kinds: kinds, path: "f.yaml", whole: true}).parse(data)
		if len(whole.problems) == 0 {
			equalParsed(t, "as a whole", whole, p)
		}
		equalParsed(t, "again", parse("f.yaml", data, kinds), p)
	})
}

func equalParsed(t *testing.T, how string, got, want parsed) {
	t.Helper()
	if len(got.entries) != len(want.entries) || len(got.problems) != len(want.problems) || got.documents != want.documents ||
		!maps.Equal(got.unknown, want.unknown) || got.unidentified != want.unidentified || got.readable != want.readable {
		t.Fatalf("read %s: %d objects, problems %v; else %d objects, problems %v", how,
			len(got.entries), got.problems, len(want.entries), want.problems)
	}
	for i := range want.entries {
		if got.entries[i].key != want.entries[i].key || !sameContent(want.entries[i].obj, got.entries[i].obj) {
			t.Errorf("read %s: %v is not %v", how, got.entries[i].key, want.entries[i].key)
		}
	}
}
