package calico

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxNesting is how deep a selector's parentheses may be nested. It bounds the stack; people write two or three levels.
	maxNesting = 200
	// maxSelector is how long a selector may be, in bytes. Calico itself has come down to 1,024.
	maxSelector = 1 << 16
)

// SyntaxError says where a selector stops being one, and what should stand there.
type SyntaxError struct {
	// Column counts characters from one.
	Column int
	// Expected and Found are for people.
	Expected, Found string
}

// Error writes the error out for people.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("column %d: expected %s, found %s", e.Column, e.Expected, e.Found)
}

// operator is what a node of a parsed selector does.
type operator uint8

const (
	opAll operator = iota
	opGlobal
	opNot
	opAnd
	opOr
	// The rest ask for a label. Of those that negate, a missing label satisfies them.
	opHas
	opIn
	opNotIn
	opContains
	opStartsWith
	opEndsWith
)

// expression is a parsed selector, as it was written.
type expression struct {
	op     operator
	key    string
	values []string
	of     []*expression
}

// parse reads a selector. One that is empty selects everything.
func parse(text string) (*expression, error) {
	if len(text) > maxSelector {
		return nil, &SyntaxError{
			Column: utf8.RuneCountInString(text[:maxSelector]) + 1, Expected: "no more text", Found: "a selector of more than 65,536 bytes",
		}
	}
	p := &parser{text: text}
	if p.skip(); p.pos == len(text) {
		return &expression{op: opAll}, nil
	}
	e, err := p.either()
	if err != nil {
		return nil, err
	}
	if p.pos < len(text) {
		return nil, p.expected(`"&&", "||" or the end`)
	}
	return e, nil
}

// parser descends into a selector. Whenever it looks at something, the white space before that is behind it.
type parser struct {
	text       string
	pos, depth int
}

// skip passes white space. Line breaks are not white space to Calico.
func (p *parser) skip() {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
}

// take passes the token if it is next, and the white space behind it.
func (p *parser) take(token string) bool {
	if !strings.HasPrefix(p.text[p.pos:], token) {
		return false
	}
	p.pos += len(token)
	p.skip()
	return true
}

// expected says that something else should stand here.
func (p *parser) expected(what string) error {
	found := "the end of the selector"
	if rest := p.text[p.pos:]; rest != "" {
		_, size := utf8.DecodeRuneInString(rest)
		if word := identifier(rest); len(word) > size {
			size = min(len(word), 40)
		}
		found = fmt.Sprintf("%q", rest[:size])
	}
	return &SyntaxError{Column: utf8.RuneCountInString(p.text[:p.pos]) + 1, Expected: what, Found: found}
}

// either reads what "||" joins, which binds least.
func (p *parser) either() (*expression, error) { return p.joined("||", opOr, p.both) }

// both reads what "&&" joins.
func (p *parser) both() (*expression, error) { return p.joined("&&", opAnd, p.operation) }

func (p *parser) joined(by string, op operator, part func() (*expression, error)) (*expression, error) {
	first, err := part()
	if err != nil {
		return nil, err
	}
	of := []*expression{first}
	for p.take(by) {
		next, err := part()
		if err != nil {
			return nil, err
		}
		of = append(of, next)
	}
	if len(of) == 1 {
		return first, nil
	}
	return &expression{op: op, of: of}, nil
}

// operation reads one test or one parenthesis, and the negations before it.
func (p *parser) operation() (*expression, error) {
	negated := false
	for !strings.HasPrefix(p.text[p.pos:], "!=") && p.take("!") {
		negated = !negated
	}
	e, err := p.operand()
	if err == nil && negated {
		e = &expression{op: opNot, of: []*expression{e}}
	}
	return e, err
}

func (p *parser) operand() (*expression, error) {
	switch {
	case strings.HasPrefix(p.text[p.pos:], "("):
		return p.parenthesis()
	case p.take("has("):
		key := identifier(p.text[p.pos:])
		if key == "" {
			return nil, p.expected("the name of a label")
		}
		p.take(key)
		return p.closed(&expression{op: opHas, key: key})
	case p.take("all("):
		return p.closed(&expression{op: opAll})
	case p.take("global("):
		return p.closed(&expression{op: opGlobal})
	}
	key := identifier(p.text[p.pos:])
	if key == "" {
		return nil, p.expected(`a label, has(), all(), "!" or "("`)
	}
	p.take(key)
	return p.comparison(key)
}

func (p *parser) closed(e *expression) (*expression, error) {
	if !p.take(")") {
		return nil, p.expected(`")"`)
	}
	return e, nil
}

func (p *parser) parenthesis() (*expression, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.expected(fmt.Sprintf("at most %d parentheses in each other", maxNesting))
	}
	p.take("(")
	e, err := p.either()
	if err != nil {
		return nil, err
	}
	if !p.take(")") {
		return nil, p.expected(`"&&", "||" or ")"`)
	}
	p.depth--
	return e, nil
}

// identifier returns the name of a label that the text starts with, or nothing.
func identifier(text string) string {
	end := 0
	for end < len(text) {
		c := text[end]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("_./-", c) < 0 {
			break
		}
		end++
	}
	return text[:end]
}
