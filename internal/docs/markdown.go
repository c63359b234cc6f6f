package docs

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// page collects a document.
type page struct{ bytes.Buffer }

// line writes one line; like a format string, it takes arguments.
func (p *page) line(format string, args ...any) {
	fmt.Fprintf(p, format+"\n", args...)
}

// paragraph writes text and an empty line.
func (p *page) paragraph(format string, args ...any) {
	p.line(format+"\n", args...)
}

// table writes a table; its cells are Markdown already.
func (p *page) table(head []string, rows [][]string) {
	p.line("| %s |", strings.Join(head, " | "))
	p.line("|%s", strings.Repeat(" --- |", len(head)))
	for _, row := range rows {
		p.line("| %s |", strings.Join(row, " | "))
	}
	p.line("")
}

// marked says what every generated document begins with.
func (p *page) marked(title, source string) {
	p.line("<!-- Written by `make generate` from %s. Change that, not this. -->", source)
	p.paragraph("# %s", title)
}

// prose makes Markdown of plain text: what stands between backticks is code already, and everything else means only itself.
func prose(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.NewReplacer("*", `\*`, "|", `\|`, "<", `\<`, "[", `\[`).Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

func code(text string) string { return "`" + text + "`" }

// codes lists words as code.
func codes(words []string) string {
	marked := make([]string, len(words))
	for i, w := range words {
		marked[i] = code(w)
	}
	return strings.Join(marked, ", ")
}

// kinds lists kinds as code, in the order of the table of kinds.
func kinds(list []model.Kind) string {
	var names []string
	for k := range model.KindCount {
		for _, has := range list {
			if has == k {
				names = append(names, k.String())
			}
		}
	}
	return codes(names)
}

// or returns the text, or what stands for none.
func or(text, none string) string {
	if text == "" {
		return none
	}
	return text
}
