package whocan

import (
	"slices"
	"strconv"
	"strings"
)

// longestWord bounds what is compared: the cost is quadratic, and nobody mistypes a word of this length.
const longestWord = 80

// nearest returns the option that takes the fewest slips of the finger to become the word, the first in alphabetical order among
// equals, and nothing when it takes more than one for about every three letters. Case is not a slip.
func nearest(word string, options []string) string {
	return within(max(1, (len(word)+1)/3), word, options)
}

// within is nearest with a number of slips.
func within(most int, word string, options []string) string {
	given := []rune(strings.ToLower(word))
	if len(given) == 0 || len(given) > longestWord {
		return ""
	}
	best, least := "", most+1
	for _, o := range slices.Sorted(slices.Values(options)) {
		if len(o) > longestWord {
			continue
		}
		if n := slips(given, []rune(strings.ToLower(o))); n < least {
			best, least = o, n
		}
	}
	return best
}

// slips counts the letters that must be inserted, left out, replaced, or swapped with the next, to make b of a.
func slips(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			replaced := last[j]
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// suggest is the advice that follows an unknown word: the nearest one that is known, or something else to do.
func suggest(word string, options []string, otherwise string) string {
	if best := nearest(word, options); best != "" {
		return "did you mean " + strconv.Quote(best) + "?"
	}
	return otherwise
}
