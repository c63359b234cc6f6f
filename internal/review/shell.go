package review

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// keepCommand records a review. kubectl annotate takes a name with an equals sign, or with a dash at its end, for an annotation, so
// that such bindings are patched.
func keepCommand(b *Binding, annotation, date string) string {
	if strings.Contains(b.Name, "=") || strings.HasSuffix(b.Name, "-") {
		return kubectl("patch", b, "--type=merge", "--patch="+patch(annotation, date))
	}
	if strings.HasPrefix(b.Name, "-") {
		return kubectl("annotate", b, "--overwrite") + " " + quote(annotation+"="+date)
	}
	return kubectl("annotate", b) + " " + quote(annotation+"="+date) + " --overwrite"
}

// patch is the merge patch that sets one annotation.
func patch(annotation, date string) string {
	key, _ := json.Marshal(annotation) // a string can always be marshaled
	value, _ := json.Marshal(date)
	return fmt.Sprintf(`{"metadata":{"annotations":{%s:%s}}}`, key, value)
}

func deleteCommand(b *Binding) string { return kubectl("delete", b) }

func editCommand(b *Binding) string { return kubectl("edit", b) }

// kubectl is a command about one binding. Nothing after the dashes is taken for a flag, whatever the binding is called.
func kubectl(verb string, b *Binding, flags ...string) string {
	words := []string{"kubectl", verb, strings.ToLower(b.Kind)}
	if b.Namespace != "" {
		flags = append(flags, "--namespace="+b.Namespace)
	}
	if strings.HasPrefix(b.Name, "-") {
		for _, f := range flags {
			words = append(words, quote(f))
		}
		return strings.Join(append(words, "--", quote(b.Name)), " ")
	}
	words = append(words, quote(b.Name))
	for _, f := range flags {
		words = append(words, quote(f))
	}
	return strings.Join(words, " ")
}

// quote makes one word for a shell of any text, on one line and without anything that a person cannot see: bash, zsh and ksh, and POSIX
// since 2024, know $'…'.
func quote(text string) string {
	switch {
	case text != "" && text[0] != '=' && !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }): // zsh looks for =name
		return text
	case !strings.ContainsFunc(text, escaped) && utf8.ValidString(text):
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + text[:size])
		case escaped(r) || r == utf8.RuneError:
			for _, c := range []byte(text[:size]) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	b.WriteString("'")
	return b.String()
}

// plain letters mean nothing to any shell.
func plain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+,=", r)
}

// escaped letters are not written as they are. A semicolon would begin a new cell of the CSV form
// in some spreadsheets.
func escaped(r rune) bool { return r == ';' || invisible(r) }

func invisible(r rune) bool { return !unicode.IsPrint(r) }
