// Command generate writes the rule files and docs/alerts.md from internal/rules.
//
// It must never decide what stands in them; internal/rules does. It is run in the root of the repository, and nothing imports it.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := rules.Files()
	if err != nil {
		return fmt.Errorf("the rules cannot be made: %w", err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.FromSlash(f.Path), f.Content, 0o644); err != nil {
			return fmt.Errorf("%w; run it in the root of the repository", err)
		}
	}
	return nil
}
