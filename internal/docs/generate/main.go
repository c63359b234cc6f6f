// Command generate writes the documents that are made from the code.
//
// It must never decide what stands in them; internal/docs does. `make generate` runs it in the root of the repository, and nothing
// imports it.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kube-posture/kube-posture-exporter/internal/docs"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := docs.Files()
	if err != nil {
		return fmt.Errorf("the catalog of checks is broken: %w", err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.FromSlash(f.Path), f.Content, 0o644); err != nil {
			return fmt.Errorf("%w; run it in the root of the repository, as make generate does", err)
		}
	}
	return nil
}
