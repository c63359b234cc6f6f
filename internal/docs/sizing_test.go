package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSizingAndChart: the chart's comment on its resources says of 100,000 pods what docs/sizing.md
// says, and docs/sizing.md says what the chart's defaults are.
func TestSizingAndChart(t *testing.T) {
	sizing := fileText(t, "docs", "sizing.md")
	values := fileText(t, "deploy", "helm", "kube-posture-exporter", "values.yaml")
	row := regexp.MustCompile(`(?m)^\| 100,000 \| ([\d,]+) \| (\w+) \| (\w+) \| (\w+) \|`).FindStringSubmatch(sizing)
	if row == nil {
		t.Fatal("docs/sizing.md has no row for 100,000 pods")
	}
	want := fmt.Sprintf("For 100,000 pods in %s namespaces request %s of memory and %s of CPU, with a limit of %s;", row[1], row[2], row[4], row[3])
	if !strings.Contains(values, want) {
		t.Errorf("values.yaml does not say %q", want)
	}
	if n := strings.Count(values, "100,000 pods"); n != 1 {
		t.Errorf("values.yaml speaks %d times of 100,000 pods, want once", n)
	}
	resources := regexp.MustCompile(`(?m)^resources:\n  requests: \{cpu: \w+, memory: (\w+)\}\n  limits: \{cpu: "?\w+"?, memory: (\w+)\}`).
		FindStringSubmatch(values)
	if resources == nil {
		t.Fatal("values.yaml has no default resources where this test looks for them")
	}
	want = fmt.Sprintf("a request of %s with a limit of %s", resources[1], resources[2])
	if !strings.Contains(sizing, want) {
		t.Errorf("docs/sizing.md does not say that the chart's default is %q", want)
	}
}

func fileText(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
