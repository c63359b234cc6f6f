package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// objectKey names one object of the world.
type objectKey struct {
	kind schema.GroupVersionKind
	types.NamespacedName
}

// entry is one object as a file contributes it.
type entry struct {
	key objectKey
	obj object
	// admitted is set if an API server has stored the object: it then has every
	// default already.
	admitted bool
}

// problem is a broken document or item: where it is, whose it is as far as it
// says, and why it is broken. The line is where the document starts or, in a
// YAML list as kubectl writes it, the item.
type problem struct {
	document, line        int
	kind, namespace, name string
	err                   error
}

// parsed is what one reading of one file yields.
type parsed struct {
	entries   []entry
	problems  []problem
	documents int
	// unknown counts the objects of kinds that are not wanted.
	unknown map[schema.GroupVersionKind]int
	// readable is set once anything in the file is recognized as Kubernetes'.
	readable bool
	// unidentified is set when something is broken that cannot be named, so
	// that an object missing from the file may be in there.
	unidentified bool
	// unfinished is why the file cannot be whole, nil if nothing in it shows
	// that: see parser.judgeEnd.
	unfinished *problem
	// closed is set if the last document shows that nothing of it is missing.
	closed bool
}

// parser decodes one file. It does no I/O and never fails as a whole: what is
// broken becomes a problem, and the rest is decoded.
type parser struct {
	kinds *kindTable
	path  string
	out   parsed
	// document and line say where the parser is, for problems.
	document, line int
	// whole forgoes cutting lists; tests compare.
	whole bool
	// generated counts the objects by generateName: see syntheticName.
	generated map[objectKey]int
	// last is the latest object or list, fault the latest text that is not YAML.
	last  lastObject
	fault fault
}

// parse decodes the content of a file. The path only makes synthetic names.
func parse(path string, data []byte, kinds *kindTable) parsed {
	p := &parser{kinds: kinds, path: path}
	return p.parse(data)
}

func (p *parser) parse(data []byte) parsed {
	p.generated = map[objectKey]int{}
	p.out.unknown = map[schema.GroupVersionKind]int{}
	if line := logLine(data); line > 0 {
		p.document, p.line = 1, line
		p.broken(header{}, errLogs)
		p.out.unfinished = &p.out.problems[0]
		return p.out
	}
	docs, err := split(data)
	if err != nil {
		p.line = 1
		p.broken(header{}, err)
	}
	for _, doc := range docs {
		p.line, p.last, p.fault = doc.line, lastObject{}, fault{}
		p.guarded(func() { p.yamlOrJSON(doc) })
	}
	p.guarded(func() { p.judgeEnd(data, docs) })
	return p.out
}

// guarded keeps a panic of a decoding library from costing more than the
// document that provoked it.
func (p *parser) guarded(decode func()) {
	defer func() {
		if r := recover(); r != nil {
			p.broken(header{}, fmt.Errorf("the decoder panicked: %v", r))
		}
	}()
	decode()
}

// yamlOrJSON decodes a document: a stream of JSON values if it looks like one,
// else YAML, which a flow mapping with bare keys needs although it starts with
// a brace.
func (p *parser) yamlOrJSON(doc document) {
	var jsonErr error
	if inFlow(doc.data) {
		if jsonErr = p.jsonStream(doc); jsonErr == nil {
			return
		}
	}
	p.document++
	p.out.documents++
	if !p.whole && p.yamlList(doc) {
		return
	}
	var raw json.RawMessage
	switch err := utilyaml.Unmarshal(doc.data, &raw); {
	case err != nil && jsonErr != nil:
		p.fault = fault{text: doc.data, err: jsonErr}
		p.broken(header{}, jsonErr)
	case err != nil:
		p.fault = fault{text: doc.data, err: err}
		p.broken(header{}, absoluteLines(err, doc.line))
	case isNull(raw):
		p.document--
		p.out.documents--
	default:
		p.object(raw, schema.GroupVersionKind{}, 0)
	}
}

// jsonStream decodes one JSON value after the other. It returns an error, and
// has counted nothing, if the first value is not JSON.
func (p *parser) jsonStream(doc document) error {
	decoder := json.NewDecoder(bytes.NewReader(doc.data))
	for counted, done := 0, int64(0); ; {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) || (done > 0 && err != nil && blank(doc.data[done:])) {
			return nil
		}
		if err != nil && done == 0 {
			return err
		}
		rest := doc.data[done:]
		value := int(done) + len(rest) - len(bytes.TrimLeft(rest, " \t\r\n"))
		p.line += bytes.Count(doc.data[counted:value], []byte("\n"))
		counted = value
		p.document++
		p.out.documents++
		if err != nil {
			p.fault = fault{text: doc.data[value:], err: err}
			p.broken(header{}, err)
			return nil
		}
		done = decoder.InputOffset()
		p.object(raw, schema.GroupVersionKind{}, 0)
	}
}

// broken records a problem. What it is about may be missing from the world now.
func (p *parser) broken(h header, err error) {
	p.out.unidentified = true
	p.report(h, "", "", err)
}

func (p *parser) report(h header, namespace, name string, err error) {
	err = shortened(err)
	p.out.problems = append(p.out.problems, problem{
		document: p.document, line: p.line,
		kind: h.Kind, namespace: namespace, name: name, err: err,
	})
}

// shortened cuts an error message that quotes the file at length.
func shortened(err error) error {
	const limit = 500
	if text := err.Error(); len(text) > limit {
		return errors.New(strings.ToValidUTF8(text[:limit], "") + " …")
	}
	return err
}

func isNull(raw json.RawMessage) bool {
	text := bytes.TrimSpace(raw)
	return len(text) == 0 || bytes.Equal(text, []byte("null"))
}

// yamlLine finds the line numbers in the YAML library's messages.
var yamlLine = regexp.MustCompile(`\bline (\d+)`)

// absoluteLines turns line numbers that count from the start of a document
// into line numbers of the file.
func absoluteLines(err error, documentLine int) error {
	return errors.New(yamlLine.ReplaceAllStringFunc(err.Error(), func(match string) string {
		n, convErr := strconv.Atoi(match[len("line "):])
		if convErr != nil {
			return match
		}
		return "line " + strconv.Itoa(n+documentLine-1)
	}))
}
