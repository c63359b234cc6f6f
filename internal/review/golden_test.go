package review

import (
	"bytes"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden holds the reports of the recorded cluster against the golden files.
func TestGolden(t *testing.T) {
	r := Build(recorded(t))
	for name, write := range forms(r) {
		path := "testdata/demo." + name
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-golden +now); if it is meant so: go test ./internal/review -run TestGolden -update\n%s", path, diff)
		}
	}
}

func forms(r *Report) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{"md": r.WriteMarkdown, "csv": r.WriteCSV, "json": r.WriteJSON}
}

// TestOrderOfObjectsDoesNotMatter: the API server lists in no order that means anything.
func TestOrderOfObjectsDoesNotMatter(t *testing.T) {
	in := recorded(t)
	want := render(t, Build(in))
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		s := in.Snapshot
		shuffle(random, s.Bindings)
		shuffle(random, s.Roles)
		shuffle(random, s.Namespaces)
		shuffle(random, s.ServiceAccounts)
		shuffle(random, s.Pods)
		for _, b := range s.Bindings {
			shuffle(random, b.Subjects)
		}
		if diff := cmp.Diff(want, render(t, Build(in))); diff != "" {
			t.Fatalf("(-before +shuffled):\n%s", diff)
		}
	}
}

func shuffle[T any](random *rand.Rand, list []T) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func render(t *testing.T, r *Report) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	for name, write := range forms(r) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		texts[name] = b.String()
	}
	return texts
}
