package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/whocan"
)

// recordedReviewDay is the date of the golden files of internal/review.
const recordedReviewDay = "2027-03-01"

func demoOptions() Options {
	o := options()
	o.Demo = true
	return o
}

// askWith asks a question of what the options name; the log is thrown away.
func askWith(t *testing.T, o Options, q whocan.Question, output string) (string, error) {
	t.Helper()
	var stdout bytes.Buffer
	err := whoCan(t.Context(), o, q, output, &stdout, log.NewNopLogger())
	return stdout.String(), err
}

func reviewWith(t *testing.T, o Options, r Review) (string, error) {
	t.Helper()
	var stdout bytes.Buffer
	err := writeReview(t.Context(), o, r, &stdout, log.NewNopLogger())
	return stdout.String(), err
}

func TestWhoCanInTheDemo(t *testing.T) {
	got, err := askWith(t, demoOptions(), whocan.Question{Verb: "get", Target: "secret", Name: "db", Namespace: "staging"}, "table")
	if err != nil {
		t.Fatal(err)
	}
	want := "9 subjects can get secrets named \"db\" in the namespace \"staging\":\n\nKIND "
	if !strings.HasPrefix(got, want) {
		t.Errorf("it begins with %.200s", got)
	}
	for _, row := range []string{
		"User - oncall@example.com ClusterRoleBinding/oncall-debug-access ClusterRole/cluster-admin -",
		"Group - storefront RoleBinding/namespace-owner ClusterRole/cluster-admin -",
		"ServiceAccount monitoring agent ClusterRoleBinding/evaluated-monitoring-tool ClusterRole/secret-reader -",
		"ServiceAccount retired-ci deployer ClusterRoleBinding/old-ci-deployer ClusterRole/edit -",
	} {
		if text := strings.Join(strings.Fields(got), " "); !strings.Contains(text, row) {
			t.Errorf("no row %s in\n%s", row, got)
		}
	}
	if n := strings.Count(got, "Only RBAC is visible here"); n != 1 {
		t.Errorf("what is not visible is said %d times", n)
	}
	if strings.Contains(got, "Note: ") {
		t.Errorf("an unwanted note: %s", got)
	}
}

// TestReviewOfTheDemo: from the command to the bytes it is what internal/review holds for good.
func TestReviewOfTheDemo(t *testing.T) {
	for output, extension := range map[string]string{"markdown": "md", "csv": "csv", "json": "json"} {
		want, err := os.ReadFile("../review/testdata/demo." + extension)
		if err != nil {
			t.Fatal(err)
		}
		got, err := reviewWith(t, demoOptions(), Review{Date: recordedReviewDay, Output: output})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-golden +command):\n%s", output, diff)
		}
	}
}

func TestReviewByTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	o := demoOptions()
	o.ConfigFile = dir + "/config.yaml"
	write(t, o.ConfigFile, "ownership: {namespace_label: kubernetes.io/metadata.name}\nrbac: {review: {annotation: example.com/seen, period: 30d}}\n")
	got, err := reviewWith(t, o, Review{Date: recordedReviewDay, Output: "markdown", Cluster: "blue | green"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| Cluster | blue &#124; green |", "| A review holds for | 30 days |", "example.com/seen=" + recordedReviewDay + " --overwrite", "it holds until 2027-03-31.",
		"ServiceAccount `production/operator` (team production)", "**overdue** since 2026-12-23",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	write(t, o.ConfigFile, "rbac: {reveiw: {}}\n")
	if _, err := reviewWith(t, o, Review{Output: "markdown"}); err == nil || !strings.Contains(err.Error(), `rbac.reveiw: unknown key; did you mean "review"?`) {
		t.Errorf("a broken configuration: %v", err)
	}
}

func TestReviewIsOfTodayByDefault(t *testing.T) {
	before := time.Now().UTC().Format(time.DateOnly)
	got, err := reviewWith(t, demoOptions(), Review{Output: "json"})
	after := time.Now().UTC().Format(time.DateOnly)
	if err != nil || !strings.Contains(got, `"date": "`+before) && !strings.Contains(got, `"date": "`+after) {
		t.Errorf("%v: %.300s", err, got)
	}
}

func TestBadQuestions(t *testing.T) {
	pods := whocan.Question{Verb: "get", Target: "pods"}
	for _, tt := range []struct {
		name string
		run  func() (string, error)
		want string
	}{
		{"resource", func() (string, error) {
			return askWith(t, demoOptions(), whocan.Question{Verb: "get", Target: "podz"}, "table")
		}, `unknown resource "podz"; did you mean "pods"?`},
		{"verb", func() (string, error) {
			return askWith(t, demoOptions(), whocan.Question{Verb: "gett", Target: "pods"}, "json")
		}, `unknown verb "gett"; did you mean "get"?`},
		{"output", func() (string, error) { return askWith(t, demoOptions(), pods, "yaml") }, "--output=yaml: it must be json or table"},
		{"output of the review", func() (string, error) { return reviewWith(t, demoOptions(), Review{Output: ""}) }, "--output=: it must be csv, json or markdown"},
		{"date", func() (string, error) {
			return reviewWith(t, demoOptions(), Review{Output: "csv", Date: "1.3.2027"})
		}, "--date=1.3.2027: it must be a day as 2027-03-31"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, err := tt.run()
			var usage UsageError
			if !errors.As(err, &usage) || err.Error() != tt.want || stdout != "" {
				t.Errorf("got  %v and %q\nwant %s", err, stdout, tt.want)
			}
		})
	}
}

// TestCommandsValidate what all commands share, and nothing that only serve has.
func TestCommandsValidate(t *testing.T) {
	for want, change := range map[string]func(*Options){
		`--log.level: log level "loud" is not supported: use debug, info, warn or error`: func(o *Options) { o.LogLevel = "loud" },
		"--snapshot and --demo: the objects can come from one of them only; leave the others out": func(o *Options) {
			o.Snapshots = []string{"x"}
		},
	} {
		o := Options{Demo: true, LogLevel: "warn", LogFormat: "logfmt"}
		change(&o)
		var usage UsageError
		if err := RunWhoCan(t.Context(), o, whocan.Question{}, "table", nil, nil); !errors.As(err, &usage) || err.Error() != want {
			t.Errorf("who-can: %v", err)
		}
		if err := RunReview(t.Context(), o, Review{}, nil, nil); !errors.As(err, &usage) || err.Error() != want {
			t.Errorf("review: %v", err)
		}
	}
}

// TestPartOfACluster: an answer from files that cannot be a whole cluster says so.
func TestPartOfACluster(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/all.yaml", namespace+"---\n"+`
kind: [broken
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: User, name: ann}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: torn, namespace: shop}
rules: 7
`)
	o := options()
	o.Snapshots = []string{dir}
	got, err := askWith(t, o, whocan.Question{Verb: "get", Target: "pods", Namespace: "shop"}, "table")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1 subject can get pods", "User   -           ann    RoleBinding/b   Role/r   -\n",
		"Note: Role torn in the namespace shop could not be read, and may allow it to more.\n",
		"Note: Of the manifests, 2 broken files, documents or objects could not be read; the log names them.\n",
		"Note: There is no ClusterRole, or no ClusterRoleBinding, in what was read, and every cluster has some: nothing is known of what they allow.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	report, err := reviewWith(t, o, Review{Output: "markdown"})
	if err != nil || !strings.Contains(report, "> **Note:** Of the manifests, 2 broken files") || !strings.Contains(report, "There are no serviceaccounts in what was read") {
		t.Errorf("%v:\n%s", err, report)
	}
}

// TestIncompleteFileIsNoAnswer: no command answers from a file that ends too early, and the error
// says what to do.
func TestIncompleteFileIsNoAnswer(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "cut": "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: shop}\n"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir+"/namespace.yaml", namespace)
			write(t, dir+"/more.yaml", content)
			o := options()
			o.Snapshots = []string{dir}
			_, asked := askWith(t, o, whocan.Question{Verb: "get", Target: "pods"}, "table")
			_, reviewed := reviewWith(t, o, Review{Output: "markdown"})
			for _, err := range []error{asked, reviewed} {
				if err == nil || !strings.Contains(err.Error(), `more.yaml" is incomplete: `) || !strings.Contains(err.Error(), "wait until it is saved") {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestAnswerThatCannotBeWritten(t *testing.T) {
	err := whoCan(t.Context(), demoOptions(), whocan.Question{Verb: "get", Target: "pods"}, "table", fullDisk{}, log.NewNopLogger())
	if err == nil || err.Error() != "write to standard output: disk full" {
		t.Errorf("got %v", err)
	}
}

// TestStoppedCommand: half an answer is none.
func TestStoppedCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout bytes.Buffer
	err := whoCan(ctx, demoOptions(), whocan.Question{Verb: "get", Target: "pods"}, "table", &stdout, log.NewNopLogger())
	if err == nil || err.Error() != "stopped before anything was read" || stdout.Len() > 0 {
		t.Errorf("got %v and %q", err, &stdout)
	}
}
