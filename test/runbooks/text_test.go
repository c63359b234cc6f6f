package runbooks

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// examples are the names of the world that stand for those of the reader. A command that has one in it, other than where a variable is set,
// is one that a tired person runs against the wrong object.
var examples = []string{"shop", "web", "worker-1", "deployer", "open", "deploy", "oncall-debug-access", "oncall-view", "oncall@example.com", "left-over", "monitoring"}

var (
	assignment = regexp.MustCompile(`(?:^| )([a-z]+)=`)
	setting    = regexp.MustCompile(`^(?:[a-z]+=[^ $]* ?)+$`)
	word       = regexp.MustCompile(`[\w@.-]+`)
	heredoc    = regexp.MustCompile(`(?ms)<<'YAML'\n.*?^YAML$`)
	inline     = regexp.MustCompile("`kubectl [a-z-]+ [^`]+`")
)

// TestCommandsNameNothingThatIsNotSet: what is the reader's own is set at the head of the block, and the text says from what.
func TestCommandsNameNothingThatIsNotSet(t *testing.T) {
	for name, content := range documents(t) {
		told := prose(content)
		if found := inline.FindString(told); found != "" {
			t.Errorf("%s: %s is a command within a sentence, which nobody can copy and no test runs", name, found)
		}
		for _, s := range steps(content) {
			for _, b := range s.blocks {
				if b.language != "sh" {
					continue
				}
				for _, problem := range complaints(b.text, told) {
					t.Errorf("%s, %s: %s, in\n%s", name, s.name, problem, b.text)
				}
			}
		}
	}
}

func complaints(text, told string) []string {
	var list []string
	text = heredoc.ReplaceAllString(text, "")
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if regexp.MustCompile(`(^|\s)#`).MatchString(line) {
			list = append(list, "a comment, which zsh takes for an argument when it is pasted")
		}
		if !setting.MatchString(line) {
			for _, w := range word.FindAllString(line, -1) {
				if slices.Contains(examples, w) {
					list = append(list, w+" is written where a variable should be")
				}
			}
			continue
		}
		for _, m := range assignment.FindAllStringSubmatch(line, -1) {
			if !regexp.MustCompile(`\$\{?` + m[1] + `\b`).MatchString(text) {
				list = append(list, m[1]+" is set and not used")
			}
			if !strings.Contains(told, "`"+m[1]+"`") {
				list = append(list, "the text does not say what `"+m[1]+"` is to be set to")
			}
		}
	}
	return list
}

func TestComplaints(t *testing.T) {
	const told = "with `namespace` from the alert"
	for text, want := range map[string]string{
		"namespace=shop\nkubectl -n \"$namespace\" get pods\n":                  "",
		"namespace=shop # yours\nkubectl -n \"$namespace\" get pods\n":          "comment",
		"kubectl -n shop get pods\n":                                            "variable",
		"namespace=shop node=worker-1\nkubectl get \"$node\" -n $namespace\n":   "what `node`",
		"namespace=shop\nkubectl get pods\n":                                    "not used",
		"kubectl apply -f - <<'YAML'\nmetadata: {namespace: shop} # mine\nYAML": "",
	} {
		got := strings.Join(complaints(text, told), "; ")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: complaints %q, want %q", text, got, want)
		}
	}
}
