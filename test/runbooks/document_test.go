package runbooks

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// block is a piece of code of a runbook, without the indent that it has in a list.
type block struct{ language, text string }

// step is what is done at one time: the whole diagnosis, or one numbered point of the mitigation. Points may be alternatives, so each must
// work in the world as the alert found it.
type step struct {
	name   string
	blocks []block
}

var (
	fence = regexp.MustCompile("(?ms)^( *)```([\\w-]+)\n(.*?)^ *```$")
	point = regexp.MustCompile(`(?m)^(\d+)\. `)
)

// documents are the runbooks by the name of their alert.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "docs/runbooks/*.md"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no runbooks: %v", err)
	}
	found := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		noError(t, err)
		found[strings.TrimSuffix(filepath.Base(path), ".md")] = string(content)
	}
	return found
}

// steps are the code of a runbook in the order in which it is read.
func steps(content string) []step {
	diagnosis, mitigation, _ := strings.Cut(content, "\n## Mitigation\n")
	list := []step{{name: "Diagnosis", blocks: blocks(diagnosis)}}
	at, name := 0, "Mitigation"
	for _, m := range point.FindAllStringSubmatchIndex(mitigation, -1) {
		list = append(list, step{name: name, blocks: blocks(mitigation[at:m[0]])})
		at, name = m[0], "Mitigation "+mitigation[m[2]:m[3]]
	}
	return append(list, step{name: name, blocks: blocks(mitigation[at:])})
}

func blocks(text string) []block {
	var list []block
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		list = append(list, block{language: m[2], text: regexp.MustCompile("(?m)^"+m[1]).ReplaceAllString(m[3], "")})
	}
	return list
}

// prose is a text without its code.
func prose(content string) string { return fence.ReplaceAllString(content, "") }
