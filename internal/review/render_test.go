package review

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// hostile are names that somebody may give a binding, a role, a user or a team to make the report say something else.
var hostile = []string{
	"a | b", "x\n\n# Nothing to decide\n", "`code`", "<script>alert(1)</script>", "<!-- ", "&lt;", "**bold**", "[click](https://evil.example)",
	"https://evil.example", "www.evil.example", "@team", "#1", "~~gone~~", `back\slash`, "\u202edlo", "zero\u200bwidth", "\r\nx", "```\nsh", "=1+1", "+1", "-1",
	"@SUM(A1)", "\t=1", " =1", "$(touch pwned)", "'; touch pwned; '", "a;=1", "\x1b]0;title\x07", "\xff", "", "_x_", "|", "$x$",
}

// hostileInput has each name wherever one can stand.
func hostileInput() Input {
	in := input(roles())
	s := in.Snapshot
	for _, name := range hostile {
		s.Roles = append(s.Roles, role("", "r"+name, everything()))
		b := binding("", name, "r"+name, user(name), group(name))
		b.Labels = model.NewLabelSet(map[string]string{"team": name})
		b.Annotations = model.NewLabelSet(map[string]string{quarterly.Annotation: name})
		s.Bindings = append(s.Bindings, b, binding("shop", name, "missing"+name, user(name)))
	}
	in.Cluster, in.Notes = strings.Join(hostile, " "), hostile
	return in
}

// TestMarkdownCannotBeBroken: with any names, every table has the cells that it has with good ones, nothing is HTML, a link or a
// heading but what the report itself writes, and nothing is invisible.
func TestMarkdownCannotBeBroken(t *testing.T) {
	r := Build(hostileInput())
	text := markdown(t, r)
	columns, fenced := 0, false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.Contains(line, "\ufffd") {
			t.Errorf("something invisible: %q", line)
		}
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
			if line != "```sh" && line != "```" {
				t.Errorf("a fence is not the report's own: %q", line)
			}
			continue
		}
		if fenced {
			if !strings.HasPrefix(line, "kubectl ") && !strings.HasPrefix(line, "# ") {
				t.Errorf("a line is no command: %q", line)
			}
			continue
		}
		pipes := strings.Count(line, "|")
		switch {
		case pipes == 0:
			columns = 0
		case columns == 0:
			columns = pipes
		case pipes != columns:
			t.Errorf("%d pipes instead of %d: %q", pipes, columns, line)
		}
		for _, bad := range []string{"<script", "<!--", "](", "https://evil.example ", "www.evil", "~~", "@team ", `\`} {
			if strings.Contains(withoutCode(line), bad) && !strings.Contains(line, `&#92;`) {
				t.Errorf("%q is in %q", bad, line)
			}
		}
		if strings.HasPrefix(line, "# ") && line != "# Review of privileged access (RBAC)" {
			t.Errorf("a heading: %q", line)
		}
	}
	if fenced {
		t.Error("a fence does not end")
	}
	if strings.Count(text, "\n### 1.") != len(r.Privileged) {
		t.Errorf("%d sections for %d bindings", strings.Count(text, "\n### 1."), len(r.Privileged))
	}
}

// withoutCode is a line without its code spans.
func withoutCode(line string) string {
	parts := strings.Split(line, "`")
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		b.WriteString(parts[i])
	}
	return b.String()
}

func TestCSVIsNoFormula(t *testing.T) {
	r := Build(hostileInput())
	var b bytes.Buffer
	if err := r.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(columns, rows[0]); diff != "" {
		t.Errorf("the first row (-want +got):\n%s", diff)
	}
	if want := 1 + len(r.Privileged) + len(r.Stale) + len(r.BuiltIn) + len(r.Provider); len(rows) != want {
		t.Errorf("%d rows instead of %d", len(rows), want)
	}
	var seen []string
	for _, row := range rows[1:] {
		for i, c := range row {
			for part := range strings.SplitSeq(c, ";") { // where it separates columns
				if begin := strings.TrimLeft(part, " \u00a0"); begin != "" && strings.ContainsAny(begin[:1], "=+-@|%") {
					t.Errorf("%s: a formula: %q", columns[i], c)
				}
			}
			if strings.ContainsFunc(c, invisible) {
				t.Errorf("%s: something invisible: %q", columns[i], c)
			}
		}
		seen = append(seen, row[slices.Index(columns, "name")])
	}
	for _, name := range hostile {
		if !slices.Contains(seen, cell(name)) {
			t.Errorf("%q is not in the report", name)
		}
	}
	if age := rows[1][slices.Index(columns, "age_days")]; age != "10" {
		t.Errorf("the age is %q", age)
	}
}

func TestCell(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a": "a", "2027-03-01": "2027-03-01", "a=b": "a=b", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\t=1": `"\t=1"`, "  =1": "'  =1",
		"\r=1": `"\r=1"`, "=1\n": `"=1\n"`, "a\n=1": `"a\n=1"`, "\x1b[31mred": `"\x1b[31mred"`, "\u009b31m": `"\u009b31m"`, "\x00": `"\x00"`, "\u202eolleh": `"\u202eolleh"`,
		"\xff": `"\xff"`, "＝1": "'＝1", "a; b": "a; b", "a;=1": "a;'=1", "User a; -1": "User a;' -1", "naïve": "naïve", "|calc": "'|calc", "%a": "'%a", "'=1": "'=1",
	} {
		if got := cell(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestJSONHasNoNullLists: who reads it need not ask.
func TestJSONHasNoNullLists(t *testing.T) {
	in := input(roles(), binding("", "x", "all", user("ann")), binding("shop", "y", "missing"))
	in.Snapshot.Bindings[0].Created = in.Snapshot.Bindings[0].Created.In(model.Binding{}.Created.Location())
	for _, in := range []Input{in, input(nil)} {
		var b bytes.Buffer
		if err := Build(in).WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, ": null") && !strings.Contains(line, `"lastReview"`) && !strings.Contains(line, `"due"`) && !strings.Contains(line, `"unused"`) {
				t.Errorf("%s", line)
			}
		}
		var back Report
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Error(err)
		}
	}
}

func TestNothingToDecide(t *testing.T) {
	text := markdown(t, Build(input(roles(), binding("", "fine", "nothing", user("ann")))))
	for _, want := range []string{"**Nothing to decide: no binding gives privileged access", "I have read this report.", "None, but those", "## Appendix A", "## Appendix B: privileged bindings of the provider"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	for _, bad := range []string{"## What to decide", "kubectl", "☐", "Appendix C"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in:\n%s", bad, text)
		}
	}
}

// TestLongLists are shortened in the overview, and whole in the details.
func TestLongLists(t *testing.T) {
	var subjects []model.Subject
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		subjects = append(subjects, user(name))
	}
	text := markdown(t, Build(input(roles(), binding("", "x", "all", subjects...), binding("", "y", "all", subjects[:4]...))))
	for _, want := range []string{
		"| User `a`<br>User `b`<br>User `c`<br>and 2 more |", "| Subjects | User `a`<br>User `b`<br>User `c`<br>User `d`<br>User `e` |",
		"| 1.2 | ClusterRoleBinding `y` | User `a`<br>User `b`<br>User `c`<br>User `d` |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

// TestGroupsOfMany: who signs must know that a group is everybody.
func TestGroupsOfMany(t *testing.T) {
	for s, want := range map[model.Subject]string{
		user("system:anonymous"):                "anybody who reaches the API server, without logging in",
		group("system:unauthenticated"):         "anybody who reaches the API server, without logging in",
		group("system:authenticated"):           "everybody who can log in, and every ServiceAccount",
		group("system:serviceaccounts"):         "every ServiceAccount of the cluster",
		group("system:serviceaccounts:shop"):    "every ServiceAccount in the namespace shop",
		group("system:serviceaccounts:"):        "",
		group("devs"):                           "",
		user("system:serviceaccounts"):          "",
		account("shop", "system:authenticated"): "",
	} {
		if got := wide(s); got != want {
			t.Errorf("%v: got %q, want %q", s, got, want)
		}
	}
}

func TestEveryWordHasAMeaning(t *testing.T) {
	for _, a := range rbac.EscalationList() {
		if a.Gives == "" {
			t.Errorf("%s means nothing", a.Name)
		}
	}
}
