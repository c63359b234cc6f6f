package calico

import "strings"

// comparison reads the operator and the values behind a label.
func (p *parser) comparison(key string) (*expression, error) {
	var op operator
	switch {
	case p.take("=="):
		op = opIn
	case p.take("!="):
		op = opNotIn
	case p.take("contains"):
		op = opContains
	case p.words("starts", "with"):
		op = opStartsWith
	case p.words("ends", "with"):
		op = opEndsWith
	case p.words("not", "in"):
		return p.set(opNotIn, key)
	case p.take("in"):
		return p.set(opIn, key)
	default:
		return nil, p.expected(`an operator: "==", "!=", "in", "not in", "contains", "starts with" or "ends with"`)
	}
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	return &expression{op: op, key: key, values: []string{value}}, nil
}

// words passes two words if they are next. Calico asks for no white space between them, nor behind them.
func (p *parser) words(first, second string) bool {
	start := p.pos
	if p.take(first) && p.take(second) {
		return true
	}
	p.pos = start
	return false
}

// set reads values in braces. There may be none, and a comma may stand behind the last.
func (p *parser) set(op operator, key string) (*expression, error) {
	if !p.take("{") {
		return nil, p.expected(`"{" and the values`)
	}
	e := &expression{op: op, key: key}
	for p.pos < len(p.text) && (p.text[p.pos] == '\'' || p.text[p.pos] == '"') {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		e.values = append(e.values, value)
		if !p.take(",") {
			break
		}
	}
	if !p.take("}") {
		what := `"," or "}"`
		if before := strings.TrimRight(p.text[:p.pos], " \t"); strings.HasSuffix(before, "{") || strings.HasSuffix(before, ",") {
			what = `a value in quotes or "}"`
		}
		return nil, p.expected(what)
	}
	return e, nil
}

// literal reads a value in quotes. There is no escape: a value with one kind of quote in it is written in the other.
func (p *parser) literal() (string, error) {
	if p.pos == len(p.text) || p.text[p.pos] != '\'' && p.text[p.pos] != '"' {
		return "", p.expected("a value in quotes")
	}
	quote := p.text[p.pos]
	length := strings.IndexByte(p.text[p.pos+1:], quote)
	if length < 0 {
		p.pos = len(p.text)
		return "", p.expected("the quote that ends the value, " + string(quote))
	}
	value := p.text[p.pos+1 : p.pos+1+length]
	p.pos += length + 2
	p.skip()
	return value, nil
}
