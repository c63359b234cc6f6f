package calico

import (
	"errors"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// pod makes an endpoint; the namespace's labels are known.
func pod(namespace, account string, spaceLabels, labels map[string]string) *network.Endpoint {
	return &network.Endpoint{
		Namespace:      &network.Namespace{Name: model.Intern(namespace), Labels: model.NewLabelSet(spaceLabels), Known: true},
		Labels:         model.NewLabelSet(labels),
		ServiceAccount: model.Intern(account),
	}
}

func compiled(t testing.TB, text string, of about) network.Matcher {
	t.Helper()
	n, err := selector(text, of, false, true)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return match(n, false)
}

func TestSelectorMatches(t *testing.T) {
	web := pod("shop", "frontend", map[string]string{"team": "blue"}, map[string]string{"app": "web", "empty": "", "a.b/c-d_e": "x"})
	for _, c := range []struct {
		text string
		of   about
		want bool
	}{
		{text: "", want: true},
		{text: " \t", want: true},
		{text: "all()", want: true},
		{text: "all( )", want: true},
		{text: "!all()", want: false},
		{text: "global()", want: false},
		{text: "app == 'web'", want: true},
		{text: `app == "web"`, want: true},
		{text: "app=='web'", want: true},
		{text: "app == 'we'", want: false},
		{text: "app == 'webs'", want: false},
		{text: "ap == 'web'", want: false},
		{text: "pp == 'web'", want: false},
		{text: "app != 'web'", want: false},
		{text: "app != 'api'", want: true},
		{text: "missing != 'x'", want: true},
		{text: "empty == ''", want: true},
		{text: "missing == ''", want: false},
		{text: "has(empty)", want: true},
		{text: "has( app )", want: true},
		{text: "has(missing)", want: false},
		{text: "!has(missing)", want: true},
		{text: "!!has(app)", want: true},
		{text: "! ! !has(app)", want: false},
		{text: "app in {'api', \"web\"}", want: true},
		{text: "app in{'api','web',}", want: true},
		{text: "app in {}", want: false},
		{text: "app not in {'api'}", want: true},
		{text: "app notin {'web'}", want: false},
		{text: "app not in {}", want: true},
		{text: "missing not in {'x'}", want: true},
		{text: "app contains 'e'", want: true},
		{text: "app contains 'we'", want: true},
		{text: "app contains 'x'", want: false},
		{text: "app contains ''", want: true},
		{text: "missing contains ''", want: false},
		{text: "app starts with 'we'", want: true},
		{text: "app startswith 'eb'", want: false},
		{text: "app ends with 'eb'", want: true},
		{text: "app ends \t with'we'", want: false},
		{text: "!app starts with 'we'", want: false},
		{text: "a.b/c-d_e == 'x'", want: true},
		{text: "!app == 'web' || app == 'web'", want: true},
		{text: "app == 'api' || has(app) && has(missing)", want: false},
		{text: "(app == 'web' || has(app)) && has(missing)", want: false},
		{text: "app == 'web' || has(app) && has(missing)", want: true},
		{text: "!(app == 'api' || has(missing))", want: true},
		{text: "projectcalico.org/namespace == 'shop'", want: true},
		{text: "projectcalico.org/namespace != 'shop'", want: false},
		{text: "projectcalico.org/namespace starts with 'sh'", want: true},
		{text: "projectcalico.org/namespace ends with 'op' && projectcalico.org/namespace contains 'ho'", want: true},
		{text: "has(projectcalico.org/namespace)", want: true},
		{text: "projectcalico.org/orchestrator == 'k8s'", want: true},
		{text: "projectcalico.org/orchestrator in {'openstack'}", want: false},
		{text: "!has(projectcalico.org/orchestrator)", want: false},
		{text: "projectcalico.org/serviceaccount == 'frontend'", want: true},
		{text: "pcsa.projectcalico.org/name == 'frontend'", want: true},
		{text: "pcns.projectcalico.org/name == 'shop'", want: true},
		{text: "pcns.kubernetes.io/metadata.name == 'shop'", want: true},
		{text: "pcns.team == 'blue'", want: true},
		{text: "team == 'blue'", want: false},
		{text: "projectcalico.org/name == 'shop'", want: false},
		{text: "team == 'blue'", of: namespaces, want: true},
		{text: "app == 'web'", of: namespaces, want: false},
		{text: "all()", of: namespaces, want: true},
		{text: "projectcalico.org/name == 'shop'", of: namespaces, want: true},
		{text: "kubernetes.io/metadata.name in {'shop'}", of: namespaces, want: true},
		{text: "projectcalico.org/namespace == 'shop'", of: namespaces, want: false},
		{text: "projectcalico.org/name in {'frontend'}", of: serviceAccounts, want: true},
		{text: "all()", of: serviceAccounts, want: true},
		{text: "label == 'x'", of: serviceAccounts, want: false},
		{text: "label != 'x'", of: serviceAccounts, want: false},
	} {
		if got := compiled(t, c.text, c.of).Match(web); got != c.want {
			t.Errorf("%s of %q: matches = %t, want %t", c.text, c.of, got, c.want)
		}
	}
}

func TestSelectorErrors(t *testing.T) {
	const operators = `an operator: "==", "!=", "in", "not in", "contains", "starts with" or "ends with"`
	const operand = `a label, has(), all(), "!" or "("`
	for _, c := range []struct{ text, want string }{
		{"app", `column 4: expected ` + operators + `, found the end of the selector`},
		{"app = 'web'", `column 5: expected ` + operators + `, found "="`},
		{"app is 'web'", `column 5: expected ` + operators + `, found "is"`},
		{"app starts 'web'", `column 5: expected ` + operators + `, found "starts"`},
		{"app starts in {'web'}", `column 5: expected ` + operators + `, found "starts"`},
		{"app not 'web'", `column 5: expected ` + operators + `, found "not"`},
		{"app == web", `column 8: expected a value in quotes, found "web"`},
		{"app ==", `column 7: expected a value in quotes, found the end of the selector`},
		{"app == 'web", `column 12: expected the quote that ends the value, ', found the end of the selector`},
		{`app == "web'`, `column 13: expected the quote that ends the value, ", found the end of the selector`},
		{"app == 'web' app", `column 14: expected "&&", "||" or the end, found "app"`},
		{"app == 'web')", `column 13: expected "&&", "||" or the end, found ")"`},
		{"(app == 'web'", `column 14: expected "&&", "||" or ")", found the end of the selector`},
		{"()", `column 2: expected ` + operand + `, found ")"`},
		{"app == 'web' & has(b)", `column 14: expected "&&", "||" or the end, found "&"`},
		{"app == 'web' && ", `column 17: expected ` + operand + `, found the end of the selector`},
		{"|| has(b)", `column 1: expected ` + operand + `, found "|"`},
		{"!= 'web'", `column 1: expected ` + operand + `, found "!"`},
		{"!", `column 2: expected ` + operand + `, found the end of the selector`},
		{"has()", `column 5: expected the name of a label, found ")"`},
		{"has('a')", `column 5: expected the name of a label, found "'"`},
		{"has(a", `column 6: expected ")", found the end of the selector`},
		{"has(a, b)", `column 6: expected ")", found ","`},
		{"has (a)", `column 5: expected ` + operators + `, found "("`},
		{"all", `column 4: expected ` + operators + `, found the end of the selector`},
		{"all(x)", `column 5: expected ")", found "x"`},
		{"global(", `column 8: expected ")", found the end of the selector`},
		{"app in ('web')", `column 8: expected "{" and the values, found "("`},
		{"app in {web}", `column 9: expected a value in quotes or "}", found "web"`},
		{"app in {'a' 'b'}", `column 13: expected "," or "}", found "'"`},
		{"app in {,}", `column 9: expected a value in quotes or "}", found ","`},
		{"app in {'a',,}", `column 13: expected a value in quotes or "}", found ","`},
		{"app in {'a'", `column 12: expected "," or "}", found the end of the selector`},
		{"app == 'web'\n", `column 13: expected "&&", "||" or the end, found "\n"`},
		{"größe == 'x'", `column 3: expected ` + operators + `, found "ö"`},
		{"app == 'grün' && ü", `column 18: expected ` + operand + `, found "ü"`},
		{"\xff", `column 1: expected ` + operand + `, found "\xff"`},
		{strings.Repeat("(", 201) + "all()" + strings.Repeat(")", 201), `column 201: expected at most 200 parentheses in each other, found "("`},
		{strings.Repeat("a", 65537), `column 65537: expected no more text, found a selector of more than 65,536 bytes`},
	} {
		_, err := parse(c.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%.40s: error %v, want a SyntaxError", c.text, err)
		} else if got := err.Error(); got != c.want {
			t.Errorf("%.40s:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestSelectorNestsAsDeeplyAsAllowed(t *testing.T) {
	text := strings.Repeat("(", 200) + "has(app)" + strings.Repeat(")", 200)
	if !compiled(t, text, pods).Match(pod("n", "", nil, map[string]string{"app": ""})) {
		t.Error("does not match")
	}
	// The depth is that of parentheses in each other, not of all.
	if _, err := parse(strings.Repeat("(has(a)) && ", 500) + "all()"); err != nil {
		t.Error(err)
	}
}

func TestGlobalIsForRules(t *testing.T) {
	if _, err := selector("global()", pods, false, false); err == nil || err.Error() != "global() has a meaning in the namespaceSelector of a rule only" {
		t.Errorf("error = %v", err)
	}
}
