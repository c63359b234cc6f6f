// Package docs renders the reference documents from the code: the catalog of checks, the metric descriptors and the table of kinds.
//
// It must never do I/O, depend on the clock or on the order of a map, or state a fact of its own that no test holds against the code.
// Its generator and its tests use it, and nothing that is shipped imports it.
package docs

import (
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// File is a generated document.
type File struct {
	// Path is where it is committed, from the root of the repository, with slashes.
	Path    string
	Content []byte
}

// Files returns every generated document. It fails only when the catalog does not make a set.
func Files() ([]File, error) {
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		return nil, err
	}
	return []File{
		{"docs/checks.md", Checks(set)},
		{"docs/metrics.md", Metrics(set)},
		{"docs/network.md", Network()},
		{"docs/permissions.md", Permissions(set, informers.Table())},
	}, nil
}
