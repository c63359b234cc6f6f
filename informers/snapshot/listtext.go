package snapshot

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// itemsKey is the line above the items of a list that kubectl wrote.
const itemsKey = "items:"

// listText is the text of a YAML list cut into items, each indented as it was
// but without its dash, and the list without them.
type listText struct {
	head  []byte
	items []document
}

// cutList cuts a list in block style, the form that kubectl writes. It goes by
// the indentation alone, so the pieces still have to prove that they are YAML.
func cutList(doc document) (listText, bool) {
	var list listText
	if !bytes.Contains(doc.data, []byte(itemsKey)) {
		return list, false
	}
	const before, within, after = 0, 1, 2 // the items
	state, indent, start, startLine := before, 0, -1, 0
	finish := func(end int) {
		if start >= 0 {
			list.items = append(list.items, document{data: doc.data[start:end], line: startLine})
		}
	}
	for at, line := 0, doc.line; at < len(doc.data); line++ {
		end, next := lineEnd(doc.data, at)
		text := doc.data[at:end]
		depth, dash := dashed(text)
		switch isKey := string(bytes.TrimRight(text, " \t")) == itemsKey; {
		case isKey && state != before:
			return listText{}, false
		case isKey:
			state = within
			list.head = append(list.head, "items: []\n"...)
		case state != within:
			list.head = append(list.head, doc.data[at:next]...)
		case dash && (start < 0 || depth == indent):
			finish(at)
			start, startLine, indent = at, line, depth
		case blank(text) || start >= 0 && depth > indent:
			// belongs to the item above
		case start < 0:
			return listText{}, false
		default:
			finish(at)
			start, state = -1, after
			list.head = append(list.head, doc.data[at:next]...)
		}
		at = next
	}
	finish(len(doc.data))
	return list, len(list.items) > 0
}

// dashed returns how deep a line is indented and whether an item starts there.
func dashed(line []byte) (depth int, dash bool) {
	depth = len(line) - len(bytes.TrimLeft(line, " "))
	rest := line[depth:]
	return depth, bytes.HasPrefix(rest, []byte("- ")) || string(rest) == "-"
}

// undashed returns the text of an item without its dash.
func undashed(item []byte) []byte {
	text := slices.Clone(item)
	text[bytes.IndexByte(text, '-')] = ' '
	return text
}

// yamlList decodes a list item by item, which takes a fraction of the memory
// that the whole list takes, knows the line of each item, and lets an item
// that is no YAML cost only itself. It reports false, and has done nothing, if
// the document is no such list or makes sense only as a whole, for example
// because of an anchor.
func (p *parser) yamlList(doc document) bool {
	list, ok := cutList(doc)
	if !ok {
		return false
	}
	var raw json.RawMessage
	if err := utilyaml.Unmarshal(list.head, &raw); err != nil {
		return false
	}
	h, gvk, err := readHeader(raw, schema.GroupVersionKind{})
	if err != nil || p.kinds.wanted[gvk] || !isList(h) {
		return false
	}
	before := p.saved()
	p.out.readable = true
	hopeless := false // whether the document is no YAML as a whole, either
	for _, item := range list.items {
		p.line = item.line
		var raw json.RawMessage
		err := utilyaml.Unmarshal(undashed(item.data), &raw)
		if err != nil && !hopeless {
			var whole json.RawMessage
			if utilyaml.Unmarshal(doc.data, &whole) == nil {
				*p = before
				return false
			}
			hopeless = true
		}
		if err != nil {
			p.fault = fault{text: undashed(item.data), err: err}
			p.broken(h, absoluteLines(err, item.line))
			continue
		}
		p.fault = fault{}
		p.item(h, gvk, raw, 0)
	}
	return true
}

// saved copies the parser's state, to go back to.
func (p *parser) saved() parser {
	state := *p
	state.out.unknown = maps.Clone(p.out.unknown)
	state.generated = maps.Clone(p.generated)
	return state
}
