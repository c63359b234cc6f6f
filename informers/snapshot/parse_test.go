package snapshot

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func parseText(t *testing.T, content string) parsed {
	t.Helper()
	kinds, err := newKindTable(testKinds)
	if err != nil {
		t.Fatal(err)
	}
	return parse("f.yaml", []byte(content), kinds)
}

// summary is what a test compares: the objects by kind and key, and the counts.
type summary struct {
	Objects   []string
	Unknown   int
	Documents int
}

func summarize(p parsed) summary {
	s := summary{Documents: p.documents}
	for _, e := range p.entries {
		text := e.key.kind.Kind + " " + e.key.String()
		if u, ok := e.obj.(*Undecodable); ok {
			text += " undecodable: " + u.Err
		}
		s.Objects = append(s.Objects, text)
	}
	for _, n := range p.unknown {
		s.Unknown += n
	}
	return s
}

const podJSON = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME","namespace":"a"},"spec":{"containers":[{"name":"c","image":"i"}]}}`

func jsonPod(name string) string { return strings.ReplaceAll(podJSON, "NAME", name) }

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}

func item(manifest string) string {
	return "- " + strings.TrimPrefix(indent(manifest, "  "), "  ")
}

func TestParseForms(t *testing.T) {
	podX, podZ := "Pod a/x", "Pod a/z"
	for name, c := range map[string]struct {
		content string
		want    summary
	}{
		"one manifest":   {pod("x", "i"), summary{Objects: []string{podX}, Documents: 1}},
		"two documents":  {pod("x", "i") + "---\n" + pod("z", "i"), summary{Objects: []string{podX, podZ}, Documents: 2}},
		"BOM and CRLF":   {"\ufeff" + strings.ReplaceAll(pod("x", "i")+"---\n"+pod("z", "i"), "\n", "\r\n"), summary{Objects: []string{podX, podZ}, Documents: 2}},
		"JSON":           {jsonPod("x"), summary{Objects: []string{podX}, Documents: 1}},
		"JSON stream":    {jsonPod("x") + jsonPod("z") + "\n", summary{Objects: []string{podX, podZ}, Documents: 2}},
		"JSON lines":     {jsonPod("x") + "\n" + jsonPod("z"), summary{Objects: []string{podX, podZ}, Documents: 2}},
		"JSON, YAML cut": {jsonPod("x") + "\n---\n" + jsonPod("z") + "\n---\n" + pod("q", "i"), summary{Objects: []string{podX, podZ, "Pod a/q"}, Documents: 3}},
		"JSON, comment":  {jsonPod("x") + "\n# end\n", summary{Objects: []string{podX}, Documents: 1}},
		"YAML flow":      {"{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: a}}", summary{Objects: []string{podX}, Documents: 1}},
		"List of kubectl": {
			"apiVersion: v1\nkind: List\nmetadata:\n  resourceVersion: \"\"\nitems:\n" + item(pod("x", "i")) + item(pod("z", "i")),
			summary{Objects: []string{podX, podZ}, Documents: 1},
		},
		"List as kubectl sorts it": {
			"apiVersion: v1\nitems:\n" + item(pod("x", "i")) + "# c\n\n" + item(pod("z", "i")) + "kind: List\nmetadata:\n  resourceVersion: \"\"\n",
			summary{Objects: []string{podX, podZ}, Documents: 1},
		},
		"indented items": {
			"kind: List\r\napiVersion: v1\r\nitems:\r\n\r\n" + strings.ReplaceAll(indent(item(pod("x", "i"))+"-\n"+indent(pod("z", "i"), "  "), "    "), "\n", "\r\n"),
			summary{Objects: []string{podX, podZ}, Documents: 1},
		},
		"anchor across items": {
			"apiVersion: v1\nkind: List\nitems:\n- &p {apiVersion: v1, kind: Pod, metadata: {name: x, namespace: a}}\n- <<: *p\n  metadata: {name: z, namespace: a}\n",
			summary{Objects: []string{podX, podZ}, Documents: 1},
		},
		"no list for all its items": {
			"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x}\nitems:\n- a\n",
			summary{Objects: []string{"CiliumNetworkPolicy default/x"}, Documents: 1},
		},
		"typed list of the API": {
			`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"x","namespace":"a"}},{"metadata":{"name":"z","namespace":"a"}}]}`,
			summary{Objects: []string{podX, podZ}, Documents: 1},
		},
		"typed list of a group": {
			`{"kind":"ClusterRoleList","apiVersion":"rbac.authorization.k8s.io/v1","items":[{"metadata":{"name":"x"}}]}`,
			summary{Objects: []string{"ClusterRole /x"}, Documents: 1},
		},
		"typed list of an unknown kind": {
			`{"kind":"SecretList","apiVersion":"v1","items":[{"metadata":{"name":"x"}},{"metadata":{"name":"y"}}]}`,
			summary{Unknown: 2, Documents: 1},
		},
		"JSON array":          {"[" + jsonPod("x") + ",\n" + jsonPod("z") + "]\n", summary{Objects: []string{podX, podZ}, Documents: 1}},
		"JSON array and more": {"[" + jsonPod("x") + "]\n" + jsonPod("z") + "\n---\n" + pod("q", "i"), summary{Objects: []string{podX, podZ, "Pod a/q"}, Documents: 3}},
		"YAML array":          {item(pod("x", "i")) + item(pod("z", "i")), summary{Objects: []string{podX, podZ}, Documents: 1}},
		"flow array":          {"[{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: a}}]\n", summary{Objects: []string{podX}, Documents: 1}},
		"empty array":         {"[]\n", summary{Documents: 1}},
		"array in a list":     {`{"kind":"List","apiVersion":"v1","items":[[` + jsonPod("x") + `]]}`, summary{Objects: []string{podX}, Documents: 1}},
		"list in a list": {
			`{"kind":"List","apiVersion":"v1","items":[{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"x","namespace":"a"}}]}]}`,
			summary{Objects: []string{podX}, Documents: 1},
		},
		"empty list":         {`{"kind":"PodList","apiVersion":"v1","items":null}`, summary{Documents: 1}},
		"a kind named list":  {"apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: x}\n", summary{Unknown: 1, Documents: 1}},
		"comments and blank": {"# c\n---\n---\n\n---\nnull\n---\n~\n---\n" + pod("x", "i"), summary{Objects: []string{podX}, Documents: 1}},
		"no namespace":       {`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}`, summary{Objects: []string{"Pod default/x"}, Documents: 1}},
		"cluster-scoped":     {`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x","namespace":"stray"}}`, summary{Objects: []string{"Namespace /x"}, Documents: 1}},
		"unknown kind":       {"apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n", summary{Unknown: 1, Documents: 1}},
		"kind of no scheme":  {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x}\n", summary{Objects: []string{"CiliumNetworkPolicy default/x"}, Documents: 1}},
		"other version, same shape": {
			`{"apiVersion":"rbac.authorization.k8s.io/v1beta1","kind":"RoleBinding","metadata":{"name":"x"},"roleRef":{"kind":"Role","name":"r","apiGroup":"rbac.authorization.k8s.io"}}`,
			summary{Objects: []string{"RoleBinding default/x"}, Documents: 1},
		},
		"other version, other shape": {
			`{"apiVersion":"rbac.authorization.k8s.io/v1alpha1","kind":"RoleBinding","metadata":{"name":"x"},"subjects":[{"kind":"User","name":"u","apiVersion":"rbac.authorization.k8s.io/v1alpha1"}],"roleRef":{"kind":"Role","name":"r","apiGroup":"rbac.authorization.k8s.io"}}`,
			summary{Unknown: 1, Documents: 1},
		},
		"version that never was": {`{"apiVersion":"v7","kind":"Pod","metadata":{"name":"x"}}`, summary{Unknown: 1, Documents: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			p := parseText(t, c.content)
			for _, b := range p.problems {
				t.Errorf("unexpected problem: %v", b.err)
			}
			same(t, "parsed", summarize(p), c.want)
			for _, e := range p.entries {
				if got := e.obj.GetObjectKind().GroupVersionKind(); got != e.key.kind {
					t.Errorf("%v: kind of the object is %v", e.key, got)
				}
			}
		})
	}
}

func TestParseBroken(t *testing.T) {
	list := "apiVersion: v1\nkind: List\nitems:\n"
	type broken struct {
		Document, Line        int
		Kind, Namespace, Name string
	}
	for name, c := range map[string]struct {
		content      string
		objects      []string // without the reason of an undecodable
		broken       []broken
		err          string
		unidentified bool
	}{
		"bad document among good": {
			pod("x", "i") + "---\n# c\na: 1\na: b: c\n---\n" + pod("z", "i"),
			[]string{"Pod a/x", "Pod a/z"}, []broken{{Document: 2, Line: 11}}, "line 13: mapping values", true,
		},
		"bad item in a list costs itself": {
			list + item(pod("x", "i")) + item(badPod("bad")) + item(pod("z", "i")),
			[]string{"Pod a/x", "Pod a/bad undecodable", "Pod a/z"},
			[]broken{{Document: 1, Line: 13, Kind: "Pod", Namespace: "a", Name: "bad"}}, "quantities must match", false,
		},
		"wrong type": {
			"apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  containers: none\n",
			[]string{"Pod default/x undecodable"},
			[]broken{{Document: 1, Line: 1, Kind: "Pod", Namespace: "default", Name: "x"}}, "cannot unmarshal", false,
		},
		"bad metadata field beside the name": {
			"apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  labels: {a: 1}\n  creationTimestamp: yesterday\n",
			[]string{"Pod default/x undecodable"},
			[]broken{{Document: 1, Line: 1, Kind: "Pod", Namespace: "default", Name: "x"}}, "", false,
		},
		"name is a number": {
			"apiVersion: v1\nkind: Pod\nmetadata:\n  name: 1\n",
			nil, []broken{{Document: 1, Line: 1, Kind: "Pod"}}, errNoName.Error(), true,
		},
		"no name":           {"apiVersion: v1\nkind: Pod\n", nil, []broken{{Document: 1, Line: 1, Kind: "Pod"}}, errNoName.Error(), true},
		"slash in the name": {"apiVersion: v1\nkind: Pod\nmetadata: {name: a/b}\n", nil, []broken{{Document: 1, Line: 1, Kind: "Pod"}}, errNoName.Error(), true},
		"no kind":           {"image:\n  tag: 1\n", nil, []broken{{Document: 1, Line: 1}}, "kind and apiVersion are missing", true},
		"scalar":            {"hello\n", nil, []broken{{Document: 1, Line: 1}}, "not a Kubernetes object", true},
		"sequence":          {"- a\n", nil, []broken{{Document: 1, Line: 1}}, "not a Kubernetes object", true},
		"items no sequence": {list + "  a: b\n", nil, []broken{{Document: 1, Line: 1, Kind: "List"}}, "items", true},
		"null item":         {list + "- null\n" + item(pod("x", "i")), []string{"Pod a/x"}, []broken{{Document: 1, Line: 4, Kind: "List"}}, errNullItem.Error(), true},
		"item that is no YAML": {
			list + item(pod("x", "i")) + "- a: 1\n  b: 2\n  c: d: e\n" + item(pod("z", "i")),
			[]string{"Pod a/x", "Pod a/z"}, []broken{{Document: 1, Line: 13, Kind: "List"}}, "line 15: mapping values", true,
		},
		"cut JSON":           {jsonPod("x") + "\n\n" + jsonPod("z")[:50], []string{"Pod a/x"}, []broken{{Document: 2, Line: 3}}, "unexpected EOF", true},
		"cut JSON, only one": {jsonPod("x")[:50], nil, []broken{{Document: 1, Line: 1}}, "unexpected EOF", true},
		"UTF-16":             {"\xFF\xFEa\x00", nil, []broken{{Line: 1}}, "UTF-8", true},
		"endless lists": {
			strings.Repeat(`{"kind":"List","apiVersion":"v1","items":[`, 10) + strings.Repeat("]}", 10),
			nil, []broken{{Document: 1, Line: 1, Kind: "List"}}, errListDepth.Error(), true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := parseText(t, c.content)
			var objects []string
			for _, o := range summarize(p).Objects {
				o, _, _ = strings.Cut(o, ":")
				objects = append(objects, o)
			}
			same(t, "objects", objects, c.objects)
			var got []broken
			for _, b := range p.problems {
				got = append(got, broken{b.document, b.line, b.kind, b.namespace, b.name})
				if !strings.Contains(b.err.Error(), c.err) {
					t.Errorf("error %q does not say %q", b.err, c.err)
				}
			}
			same(t, "problems", got, c.broken)
			same(t, "unidentified", p.unidentified, c.unidentified)
		})
	}
}

func TestUndecodableKeepsGoodMetadata(t *testing.T) {
	p := parseText(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"a","creationTimestamp":"soon",
		"labels":{"ok":"1","bad":2},"ownerReferences":[{"kind":"ReplicaSet","name":"r"}]},"spec":{"containers":[{"resources":{"limits":{"cpu":"x"}}}]}}`)
	u, ok := p.entries[0].obj.(*Undecodable)
	if !ok {
		t.Fatalf("served as %T", p.entries[0].obj)
	}
	if u.Labels != nil {
		t.Errorf("labels are half decoded: %v", u.Labels)
	}
	if len(u.OwnerReferences) != 1 || u.OwnerReferences[0].Name != "r" {
		t.Errorf("owner references are lost: %v", u.OwnerReferences)
	}
	same(t, "kind", u.GroupVersionKind(), podKind)
	if c := u.DeepCopyObject().(*Undecodable); c.Err != u.Err || &c.OwnerReferences[0] == &u.OwnerReferences[0] {
		t.Errorf("copy %+v is not deep or not equal", c)
	}
}

func TestSyntheticNames(t *testing.T) {
	generated := func(image string) string {
		return strings.Replace(pod("NAME", image), `name: "NAME"`, "generateName: web-", 1)
	}
	names := func(content string) []string {
		var all []string
		for _, e := range parseText(t, content).entries {
			all = append(all, e.key.Name)
		}
		return all
	}
	before := names(generated("1") + "---\n" + generated("2"))
	if len(before) != 2 || before[0] == before[1] || !strings.HasPrefix(before[0], "web-") || len(before[0]) <= len("web-") {
		t.Fatalf("names %q are not two of their own", before)
	}
	after := names(pod("new", "1") + "---\n" + generated("changed") + "---\n" + generated("2"))
	same(t, "names after other objects changed", after[1:], before)
}

func TestDecoderPanicCostsOneDocument(t *testing.T) {
	kinds, err := newKindTable([]schema.GroupVersionKind{podKind})
	if err != nil {
		t.Fatal(err)
	}
	p := &parser{kinds: kinds}
	p.guarded(func() { panic("boom") })
	if len(p.out.problems) != 1 || !p.out.unidentified {
		t.Errorf("a panic left %d problems, unidentified %v", len(p.out.problems), p.out.unidentified)
	}
}
