package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxBytes is the size of the largest file that is read; a ConfigMap cannot hold more.
const maxBytes = 1 << 20

// Load reads the file of --config.file; with an empty path it returns the defaults. A file that cannot be read is an
// error that names the flag, one that is wrong is Problems.
func Load(path string, known Known) (*Config, error) {
	if path == "" {
		return Default(), nil
	}
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, known)
}

// read returns a file's content and at most one byte more than Parse takes.
func read(path string) ([]byte, error) {
	const fix = "name a readable file, or leave the flag out for the defaults"
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--config.file: %w; %s", err, fix)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("--config.file: %w; %s", err, fix)
	}
	return data, nil
}

// Parse reads a configuration. The name stands for the file in the messages. A file without content gives the
// defaults, and a key that is not set its default. The error is Problems: all that is wrong, not only the first.
func Parse(name string, data []byte, known Known) (*Config, error) {
	p := &parser{file: name, known: known}
	root := p.document(data)
	c := Default()
	switch {
	case root == nil || isNull(root):
	case root.Kind != yaml.MappingNode:
		p.fail(value{line: root.Line}, "the file "+is(root)+", must be a mapping", `begin it with a key such as "findings:"`)
	default:
		p.root(p.value("", root), c)
	}
	if len(p.problems) == 0 {
		return c, nil
	}
	if !p.stopped {
		p.problems.sort()
	}
	return nil, p.problems
}

// document returns the top of the only document, nil when there is no content or it cannot be read.
func (p *parser) document(data []byte) *yaml.Node {
	if len(data) > maxBytes {
		p.fail(value{}, fmt.Sprintf("is larger than %d MiB", maxBytes>>20), "check that this is the configuration file")
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := dec.Decode(&first); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		p.syntax(data, err)
		return nil
	}
	switch err := dec.Decode(&second); {
	case err == nil:
		p.fail(value{line: second.Line}, "a second document begins here", `keep one, and remove the "---"`)
	case !errors.Is(err, io.EOF):
		p.syntax(data, err)
	}
	if len(first.Content) != 1 {
		return nil
	}
	return first.Content[0]
}

// syntax reports what the YAML library says, which has the line in its text, if at all.
func (p *parser) syntax(data []byte, err error) {
	at, text := value{line: 1}, strings.TrimPrefix(err.Error(), "yaml: ")
	fix := "look for a wrong indentation or a missing quote or bracket near this line"
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, message, ok := strings.Cut(rest, ": "); ok {
			if line, err := strconv.Atoi(number); err == nil {
				at.line, text = line, message
			}
		}
	}
	// A glob that begins with a star looks like an alias to YAML. Nobody who writes one has that in mind.
	const starFix = `put patterns that begin with a star in quotes, as "*-system"`
	if name, ok := strings.CutPrefix(text, "unknown anchor '"); ok {
		name, _, _ = strings.Cut(name, "'")
		at.line, fix = lineOf(data, "*"+name), starFix
	} else if strings.Contains(text, "alphabetic or numeric character") {
		fix = starFix
	} else if strings.Contains(text, "cannot start any token") {
		fix = "indent with blanks, not with tabs, and put text that begins with @, % or ` in quotes"
	}
	p.fail(at, "is not YAML: "+clip(text), fix)
}

// lineOf returns the line of the first alias with that name.
func lineOf(data []byte, alias string) int {
	re, err := regexp.Compile(`(?:^|[\s\[,{])(` + regexp.QuoteMeta(alias) + `)(?:[\s\],}]|$)`)
	if err != nil {
		return 1
	}
	at := re.FindSubmatchIndex(data)
	if at == nil {
		return 1
	}
	return 1 + bytes.Count(data[:at[2]], []byte("\n"))
}
