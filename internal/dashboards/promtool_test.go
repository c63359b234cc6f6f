package dashboards

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// promtool is the tool, which make test builds.
func promtool(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs promtool")
	}
	path := os.Getenv("PROMTOOL")
	if path == "" {
		t.Skip("PROMTOOL does not name the tool: run make test, which builds it")
	}
	return path
}

// quoted is a text as a scalar of YAML.
func quoted(t *testing.T, text string) string {
	t.Helper()
	out, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestQueriesParse gives every query to Prometheus' own parser, as a rule.
func TestQueriesParse(t *testing.T) {
	tool := promtool(t)
	for _, d := range made(t) {
		t.Run(d.UID, func(t *testing.T) {
			t.Parallel()
			var file strings.Builder
			file.WriteString("groups:\n  - name: queries\n    rules:\n")
			for i, q := range d.Queries() {
				expr := Expand(q.Expr, d.Everything())
				if left := Variables(expr); len(left) > 0 {
					t.Errorf("%s: no value for %q", q, left)
				}
				fmt.Fprintf(&file, "      # %s\n      - {record: \"query:%d\", expr: %s}\n", q, i, quoted(t, expr))
			}
			path := filepath.Join(t.TempDir(), "queries.yaml")
			if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), tool, "check", "rules", path).CombinedOutput(); err != nil {
				t.Errorf("promtool check rules: %v\n%s\n%s", err, out, file.String())
			}
		})
	}
}
