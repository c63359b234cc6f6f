package rules

import "github.com/kube-posture/kube-posture-exporter/internal/check"

// File is a generated file.
type File struct {
	// Path is where it is committed, from the root of the repository, with slashes.
	Path    string
	Content []byte
}

// Files returns every generated file, made with the default parameters.
func Files() ([]File, error) {
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		return nil, err
	}
	p := Defaults()
	r, err := Make(p, set)
	if err != nil {
		return nil, err
	}
	return []File{
		{"alerts/kube-posture-recording.yaml", r.RecordingFile()},
		{"alerts/kube-posture-alerts.yaml", r.AlertFile(p)},
		{"docs/alerts.md", r.Table(p)},
	}, nil
}
