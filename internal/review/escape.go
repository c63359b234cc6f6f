package review

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// code is a name as code. One that holds anything with a meaning in Markdown or HTML is text instead, because code cannot be escaped.
func code(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return text(name)
	}
	return "`" + name + "`"
}

// text is any text as one line of Markdown, in a table cell too, that shows exactly it: what cannot be seen is shown as Go writes it,
// all that means something to Markdown or HTML is a character reference, and nothing becomes a link.
func text(s string) string {
	var b strings.Builder
	for _, r := range visible(s) {
		if strings.ContainsRune("&<>|`*_[]{}\\~#$@^", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return strings.NewReplacer("://", "&#58;//", "www.", "www&#46;").Replace(b.String())
}

// visible quotes a text that holds something that a person cannot see, or mistakes for something else, or nothing.
func visible(s string) string {
	if s == "" || strings.TrimSpace(s) != s || strings.ContainsFunc(s, invisible) || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	return s
}

// cell makes a spreadsheet take a text for a text. A cell that begins with one of these is a formula to some of them, even after spaces.
func cell(s string) string {
	if begin := strings.TrimLeft(s, " \u00a0"); begin != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(begin[0])) {
		return "'" + s
	}
	return s
}
