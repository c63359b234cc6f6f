package docs

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/app"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

const configuration = "docs/configuration.md"

// TestConfigurationExamples reads every example of docs/configuration.md: the first is the defaults written out, and the last sets
// every key there is.
func TestConfigurationExamples(t *testing.T) {
	known := app.Known(catalog(t))
	examples := fencesOf(t, configuration, "yaml")
	if len(examples) != 2 {
		t.Fatalf("%d examples, want the defaults and every key", len(examples))
	}
	read := func(text string) *config.Config {
		c, err := config.Parse("exporter.yaml", []byte(text), known)
		if err != nil {
			t.Fatalf("%v, in\n%s", err, text)
		}
		return c
	}
	defaults := read(examples[0].text)
	defaults.Checks = config.Default().Checks // written out they are empty, not missing
	if diff := cmp.Diff(config.Default(), defaults); diff != "" {
		t.Errorf("the defaults (-are +documented):\n%s", diff)
	}
	if unset := unsetFields("", reflect.ValueOf(*read(examples[1].text))); len(unset) > 0 {
		t.Errorf("no example sets %s", strings.Join(unset, ", "))
	}
}

// unsetFields names the fields that are zero; in a list, those that are zero in every item.
func unsetFields(path string, v reflect.Value) (unset []string) {
	switch {
	case v.IsZero():
		return []string{path}
	case v.Kind() == reflect.Struct && v.Type().PkgPath() != "time":
		for i := range v.NumField() {
			unset = append(unset, unsetFields(path+"."+v.Type().Field(i).Name, v.Field(i))...)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Type().Elem().NumField() {
			field := reflect.Zero(v.Type().Elem().Field(i).Type)
			for n := range v.Len() {
				if f := v.Index(n).Field(i); !f.IsZero() {
					field = f
				}
			}
			unset = append(unset, unsetFields(path+"."+v.Type().Elem().Field(i).Name, field)...)
		}
	}
	return unset
}

// TestConfigurationMistakes: each example of a wrong file is followed by what is said about it.
func TestConfigurationMistakes(t *testing.T) {
	fences := fencesOf(t, configuration, "")
	wrong := 0
	for i, f := range fences {
		if f.lang != "yaml wrong" {
			continue
		}
		wrong++
		_, err := config.Parse("exporter.yaml", []byte(f.text), app.Known(catalog(t)))
		if err == nil {
			t.Errorf("nothing is wrong with\n%s", f.text)
		} else if diff := cmp.Diff(fences[i+1].text, err.Error()+"\n"); diff != "" {
			t.Errorf("what is said about it (-documented +said):\n%s", diff)
		}
	}
	if wrong == 0 {
		t.Error("no example of a mistake")
	}
}

// TestQueriesAreDocumented: the built-in queries stand in the documentation, in their order.
func TestQueriesAreDocumented(t *testing.T) {
	var names []string
	for _, q := range rbac.EscalationList() {
		names = append(names, q.Name)
	}
	text := strings.Join(strings.Fields(document(t, configuration)), " ")
	if want := codes(names); !strings.Contains(text, want) {
		t.Errorf("%s does not list %s", configuration, want)
	}
	if diff := cmp.Diff(names, config.BuiltinAccessNames()); diff != "" {
		t.Errorf("names that a query in a file may not have (-asked +refused):\n%s", diff)
	}
}

// TestFlagsAreDocumented: every flag of --help is in the documentation, and the other way round.
func TestFlagsAreDocumented(t *testing.T) {
	find := regexp.MustCompile(`--(?:\[no-\])?([a-z][a-z.-]*)`)
	flags := func(text string) map[string]bool {
		found := map[string]bool{}
		for _, m := range find.FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
		return found
	}
	inHelp, documented := flags(helpText(t)), flags(document(t, configuration))
	for _, own := range []string{"help", "help-long", "help-man", "version"} {
		delete(inHelp, own)
		delete(documented, own)
	}
	if diff := cmp.Diff(inHelp, documented); diff != "" {
		t.Errorf("flags (-in --help +documented):\n%s", diff)
	}
	// A default stands in the help where otherwise a placeholder in capitals does.
	for _, m := range regexp.MustCompile(`--([a-z.-]+)=([^A-Z\s]+)\s`).FindAllStringSubmatch(helpFlags(t), -1) {
		row := regexp.MustCompile("(?m)^\\|.*`--" + regexp.QuoteMeta(m[1]) + "=.*$").FindString(document(t, configuration))
		if !strings.Contains(row, "`"+m[2]+"`") {
			t.Errorf("--%s is %s by default, and documented is\n%s", m[1], m[2], row)
		}
	}
}

// helpFlags is the part of the help before its examples.
func helpFlags(t *testing.T) string {
	t.Helper()
	flags, _, _ := strings.Cut(helpText(t), "\nExamples:")
	return flags
}

// TestImageIsBuiltLikeTheBinary holds the Dockerfile to go.mod and to the folders there are.
func TestImageIsBuiltLikeTheBinary(t *testing.T) {
	dockerfile := document(t, "Dockerfile")
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(document(t, "go.mod"))[1]
	for _, want := range []string{" golang:" + version + " AS build\n", " make build ", "\nUSER 65532:65532\n", "\nEXPOSE 9911\n"} {
		if !strings.Contains(dockerfile, want) {
			t.Errorf("Dockerfile has no %q", strings.TrimSpace(want))
		}
	}
	copied := regexp.MustCompile(`(?m)^COPY ([a-z]+) [a-z]+$`).FindAllStringSubmatch(dockerfile, -1)
	for _, dir := range importedFolders(t) {
		found := false
		for _, m := range copied {
			found = found || m[1] == dir
		}
		if !found {
			t.Errorf("Dockerfile does not copy %s, which the binary is made of", dir)
		}
	}
}

// importedFolders are the top folders of the packages that the binary is made of.
func importedFolders(t *testing.T) []string {
	t.Helper()
	out := goCommand(t, root, "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{end}}{{end}}", "./cmd/kube-posture-exporter")
	module := regexp.MustCompile(`(?m)^module (\S+)`).FindStringSubmatch(document(t, "go.mod"))[1]
	var list []string
	for line := range strings.Lines(out) {
		if below, ok := strings.CutPrefix(strings.TrimSpace(line), module+"/"); ok {
			top, _, _ := strings.Cut(below, "/")
			list = append(list, top)
		}
	}
	return list
}
