package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// options are what the command line says.
type options struct {
	// binaries are the paths of the binaries by architecture.
	binaries               map[string]string
	version, revision, out string
	created                time.Time
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "certificates" {
		return os.WriteFile(args[1], certificates(), 0o644)
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	digest, err := build(o)
	if err != nil {
		return err
	}
	fmt.Println(digest)
	return nil
}

func parse(args []string) (*options, error) {
	o := &options{binaries: make(map[string]string)}
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.StringVar(&o.version, "version", "", "the version, as 1.2.3")
	flags.StringVar(&o.revision, "revision", "", "the commit")
	flags.StringVar(&o.out, "out", "", "an empty or missing folder for the OCI layout and the SBOMs")
	created := flags.String("created", "", "when the commit was made, in RFC 3339")
	flags.Func("binary", "ARCHITECTURE=PATH, as amd64=bin/linux-amd64/kube-posture-exporter; once for each", func(value string) error {
		architecture, path, found := strings.Cut(value, "=")
		if !found {
			return fmt.Errorf("%q is not ARCHITECTURE=PATH", value)
		}
		o.binaries[architecture] = path
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var err error
	if o.created, err = time.Parse(time.RFC3339, *created); err != nil {
		return nil, fmt.Errorf("-created: %w", err)
	}
	o.created = o.created.UTC()
	if o.version == "" || o.revision == "" || o.out == "" || len(o.binaries) == 0 {
		return nil, fmt.Errorf("-version, -revision, -out and -binary are necessary")
	}
	return o, nil
}

// build writes the layout and the SBOMs, and returns the digest of the index.
func build(o *options) (v1.Hash, error) {
	index, err := makeIndex(o)
	if err != nil {
		return v1.Hash{}, err
	}
	if err := write(filepath.Join(o.out, "oci"), index, o.version); err != nil {
		return v1.Hash{}, err
	}
	for architecture, path := range o.binaries {
		bill, err := billOfMaterials(path, architecture, o)
		if err != nil {
			return v1.Hash{}, err
		}
		if err := os.WriteFile(filepath.Join(o.out, "sbom-linux-"+architecture+".cdx.json"), bill, 0o644); err != nil {
			return v1.Hash{}, err
		}
	}
	return index.Digest()
}
