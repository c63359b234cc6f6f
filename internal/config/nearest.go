package config

import (
	"slices"
	"strings"
)

// maxSuggested bounds the words that are compared; nobody mistypes a key of this length, and distance is quadratic.
const maxSuggested = 64

// suggest returns a fix for a word that is none of the options: the nearest one, else all of them when they are few,
// else the fallback.
func suggest(given string, options []string, fallback string) string {
	const few = 10
	if best := nearest(given, options); best != "" {
		return "did you mean " + quote(best) + "?"
	}
	if len(options) > 0 && len(options) <= few {
		return "use " + orList(options)
	}
	return fallback
}

// nearest returns the option with the smallest edit distance to the given word, ignoring case and the difference
// between "-" and "_". If none is near, it is the nearest that contains the word or is contained in it, such as
// "pods_running_as_root" for "running_as_root"; else "". Ties go to the first in alphabetical order.
func nearest(given string, options []string) string {
	fold := strings.NewReplacer("-", "_")
	word := []rune(fold.Replace(strings.ToLower(given)))
	if len(word) == 0 || len(word) > maxSuggested {
		return ""
	}
	near, part := closest{distance: max(1, len(word)/3) + 1}, closest{distance: maxSuggested}
	for _, option := range slices.Sorted(slices.Values(options)) {
		folded := fold.Replace(strings.ToLower(option))
		d := distance(word, []rune(folded))
		near.offer(option, d)
		if partOf(string(word), folded) {
			part.offer(option, d)
		}
	}
	if near.option != "" {
		return near.option
	}
	return part.option
}

// closest keeps the option with the smallest distance, if that is below the one that it begins with.
type closest struct {
	option   string
	distance int
}

func (c *closest) offer(option string, distance int) {
	if distance < c.distance {
		c.option, c.distance = option, distance
	}
}

func partOf(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 4 && strings.Contains(b, a)
}

// distance is the Levenshtein distance: how many runes must be inserted, deleted or replaced to turn a into b.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// orList writes "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
