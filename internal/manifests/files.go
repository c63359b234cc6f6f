package manifests

import (
	"io/fs"
	"path"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// Folders, from the root of the repository.
const (
	base       = "deploy/kustomize/base/"
	components = "deploy/kustomize/components/"
	chart      = "deploy/helm/kube-posture-exporter/"
	copies     = chart + "files/dashboards/"
)

// Command writes the generated files.
const Command = "go run ./internal/manifests/generate"

// File is a generated file.
type File struct {
	// Path is where it is committed, from the root of the repository, with slashes.
	Path    string
	Content []byte
}

// Files returns every generated file. It reads from the repository what is made by others, such as the dashboards, and the files of which
// only a part is generated.
func Files(repository fs.FS) ([]File, error) {
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		return nil, err
	}
	files, err := roles(informers.Table())
	if err != nil {
		return nil, err
	}
	for _, more := range []func(fs.FS, *check.Set) ([]File, error){prometheusRules, values, schema, dashboards, versions} {
		made, err := more(repository, set)
		if err != nil {
			return nil, err
		}
		files = append(files, made...)
	}
	return files, nil
}

// Stale lists the committed files that nothing generates any more: copies of dashboards that are gone.
func Stale(repository fs.FS, files []File) ([]string, error) {
	present, err := fs.Glob(repository, copies+"*")
	if err != nil {
		return nil, err
	}
	var list []string
	for _, p := range present {
		if !contains(files, path.Clean(p)) {
			list = append(list, p)
		}
	}
	return list, nil
}

func contains(files []File, path string) bool {
	for _, f := range files {
		if f.Path == path {
			return true
		}
	}
	return false
}

// markedLine is a comment for the head of a generated file.
func markedLine(from string) string {
	return "# Written by `" + Command + "` from " + from + ". Change that, not this."
}

func marked(from string) string { return markedLine(from) + "\n" }
