// Command generate writes the dashboards from internal/dashboards.
//
// It must never decide what stands in them; internal/dashboards does. It is run in the root of the repository, and nothing imports it.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kube-posture/kube-posture-exporter/internal/dashboards"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := dashboards.Files()
	if err != nil {
		return fmt.Errorf("the dashboards cannot be made: %w", err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.FromSlash(f.Path), f.Content, 0o644); err != nil {
			return fmt.Errorf("%w; run it in the root of the repository", err)
		}
	}
	return nil
}
