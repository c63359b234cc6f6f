package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// All are the dashboards, in the order of the navigation.
type All []*Dashboard

// Make makes every dashboard, for rules that are made with the same parameters. It fails when an expression names a family, a recorded series or a check that does not exist.
func Make(p rules.Parameters, set *check.Set) (All, error) {
	b, err := newBuilder(p, set)
	if err != nil {
		return nil, err
	}
	all := All{b.overview(), b.namespace(), b.findings(), b.rbac(), b.network(), b.resources(), b.exporter()}
	return all, b.err
}

// ByUID finds a dashboard, nil when there is none.
func (a All) ByUID(uid string) *Dashboard {
	for _, d := range a {
		if d.UID == uid {
			return d
		}
	}
	return nil
}

// File is a generated file.
type File struct {
	// Path is where it is committed, from the root of the repository, with slashes.
	Path    string
	Content []byte
}

// Files returns every dashboard as it is shipped.
func Files() ([]File, error) {
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		return nil, err
	}
	all, err := Make(rules.Defaults(), set)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, d := range all {
		content, err := d.JSON()
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", d.UID, err)
		}
		files = append(files, File{"dashboards/" + d.UID + ".json", content})
	}
	return files, nil
}

// JSON is the dashboard as Grafana imports it.
func (d *Dashboard) JSON() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
