package snapshot

import (
	"bytes"
	"errors"
)

// document is one document of a file: its bytes, not copied, and the line of
// the file it starts at, counted from 1.
type document struct {
	data []byte
	line int
}

var errEncoding = errors.New("the file is UTF-16: save it as UTF-8")

// split cuts a file at the YAML document markers "---" and "...". It agrees
// with apimachinery's YAMLReader on what a document is (a test compares the
// two), but keeps line numbers, copies nothing, understands "..." and "--- {}",
// and does not lose the document before a malformed marker. JSON needs no care:
// a line of valid JSON cannot start with a marker. Documents without content
// are left out.
func split(data []byte) ([]document, error) {
	if bytes.HasPrefix(data, []byte{0xFE, 0xFF}) || bytes.HasPrefix(data, []byte{0xFF, 0xFE}) {
		return nil, errEncoding
	}
	var docs []document
	start, startLine := 0, 1
	cut := func(end int) {
		if doc := trimBOM(data[start:end]); !blank(doc) {
			docs = append(docs, document{data: doc, line: startLine})
		}
	}
	for at, line := 0, 1; at < len(data); line++ {
		end, next := lineEnd(data, at)
		text := data[at:end]
		if at == 0 {
			text = trimBOM(text)
		}
		switch {
		case marks(text, "---"):
			cut(at)
			start, startLine = next, line+1
			if !blank(text[len("---"):]) { // content beside the marker belongs to the document
				start, startLine = at, line
			}
		case marks(text, "..."):
			cut(at)
			start, startLine = next, line+1
		}
		at = next
	}
	cut(len(data))
	return docs, nil
}

// lineEnd returns where the line starting at a position ends and where the
// next one starts. YAML breaks lines at LF, CRLF and a lone CR.
func lineEnd(data []byte, at int) (end, next int) {
	i := bytes.IndexAny(data[at:], "\r\n")
	if i < 0 {
		return len(data), len(data)
	}
	end = at + i
	if data[end] == '\r' && end+1 < len(data) && data[end+1] == '\n' {
		return end, end + 2
	}
	return end, end + 1
}

// marks reports whether a line is a document marker: the marker at the very
// start, then nothing or a space.
func marks(line []byte, marker string) bool {
	if !bytes.HasPrefix(line, []byte(marker)) {
		return false
	}
	return len(line) == len(marker) || line[len(marker)] == ' ' || line[len(marker)] == '\t'
}

// blank reports whether nothing but spaces, comments and YAML directives is
// in a document.
func blank(data []byte) bool {
	for at := 0; at < len(data); {
		end, next := lineEnd(data, at)
		text := bytes.TrimSpace(data[at:end])
		if len(text) > 0 && text[0] != '#' && (text[0] != '%' || data[at] != '%') {
			return false
		}
		at = next
	}
	return true
}

func trimBOM(data []byte) []byte {
	return bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
}
