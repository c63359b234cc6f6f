package review

import (
	"fmt"
	"regexp"
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

// formula matches what makes a spreadsheet take a cell for a formula, at its beginning or after
// spaces. Where semicolons separate columns, a cell can begin after each. Some spreadsheets take
// the wide forms of the signs for the signs.
var formula = regexp.MustCompile(`(^|;)([ \x{a0}]*)([=+\-@|%＝＋－＠])`)

// cell makes a spreadsheet take a text for a text, and no terminal obey it: what cannot be seen is
// shown as Go writes it.
func cell(s string) string {
	if strings.ContainsFunc(s, invisible) || !utf8.ValidString(s) {
		s = strconv.Quote(s)
	}
	if formula.MatchString(s) {
		return formula.ReplaceAllString(s, "$1'$2$3")
	}
	return s
}
