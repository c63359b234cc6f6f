// Package demo is the recording of a real cluster that the exporter serves when it is asked to show what it does.
//
// It must never be edited by hand: a golden file of the collector says what the gauges make of it. The command embeds it, and tests
// read it.
package demo

import (
	"embed"
	"io/fs"
)

//go:embed cluster/*.yaml
var files embed.FS

// Cluster is every object that the exporter reads, as a Kubernetes 1.37 API server with a real node answered, bootstrap RBAC and
// observed user IDs included.
func Cluster() fs.FS { return files }
