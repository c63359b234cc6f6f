// Command generate writes the generated parts of deploy/.
//
// It must never decide what stands in them; internal/manifests does. It is run in the root of the repository, and nothing imports it.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kube-posture/kube-posture-exporter/internal/manifests"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	repository := os.DirFS(".")
	files, err := manifests.Files(repository)
	if err != nil {
		return fmt.Errorf("%w; run it in the root of the repository", err)
	}
	stale, err := manifests.Stale(repository, files)
	if err != nil {
		return err
	}
	for _, path := range stale {
		if err := os.Remove(filepath.FromSlash(path)); err != nil {
			return err
		}
	}
	for _, f := range files {
		path := filepath.FromSlash(f.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.Content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
