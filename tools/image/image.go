package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	name   = "kube-posture-exporter"
	source = "https://github.com/kube-posture/kube-posture-exporter"
	// user is nobody's on any node, and not 0.
	user = "65532:65532"
)

// makeIndex is the image for every architecture, in their alphabetical order.
func makeIndex(o *options) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, architecture := range slices.Sorted(maps.Keys(o.binaries)) {
		image, err := makeImage(o, architecture)
		if err != nil {
			return nil, fmt.Errorf("the image for %s: %w", architecture, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
	}
	return mutate.Annotations(index, annotations(o)).(v1.ImageIndex), nil
}

func annotations(o *options) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       name,
		"org.opencontainers.image.description": "Continuous Kubernetes security posture as Prometheus metrics",
		"org.opencontainers.image.source":      source,
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     o.version,
		"org.opencontainers.image.revision":    o.revision,
		"org.opencontainers.image.created":     o.created.Format(time.RFC3339),
	}
}

func makeImage(o *options, architecture string) (v1.Image, error) {
	binary, err := os.ReadFile(o.binaries[architecture])
	if err != nil {
		return nil, err
	}
	files, err := archive([]file{
		{"bin/" + name, binary, 0o555},
		{"etc/ssl/certs/ca-certificates.crt", certificates(), 0o444},
	}, o.created)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files)), nil },
		tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.Append(image, mutate.Addendum{Layer: layer, MediaType: types.OCILayer, History: v1.History{
		Created: v1.Time{Time: o.created}, CreatedBy: "make image", Comment: "the binary and the public certificate authorities",
	}})
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(image, configure(image, o, architecture))
}

// configure is the configuration of an image whose layers are in place.
func configure(image v1.Image, o *options, architecture string) *v1.ConfigFile {
	before, err := image.ConfigFile()
	if err != nil {
		before = &v1.ConfigFile{}
	}
	return &v1.ConfigFile{
		OS: "linux", Architecture: architecture, Created: v1.Time{Time: o.created}, RootFS: before.RootFS, History: before.History,
		Config: v1.Config{
			User: user, Entrypoint: []string{"/bin/" + name}, ExposedPorts: map[string]struct{}{"9911/tcp": {}},
			WorkingDir: "/", Labels: annotations(o),
		},
	}
}

type file struct {
	path    string
	content []byte
	mode    int64
}

// archive is a tar of the files and of the folders that they are in, owned by root, so that the user of the image cannot change them.
func archive(files []file, modified time.Time) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, folder := range []string{"bin/", "etc/", "etc/ssl/", "etc/ssl/certs/"} {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder, Mode: 0o555, ModTime: modified, Format: tar.FormatUSTAR}); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.path, Mode: f.mode, Size: int64(len(f.content)), ModTime: modified, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := w.Close() // writes the end of the archive
	return out.Bytes(), err
}

// write makes the layout anew, with the version as the image's name in it.
func write(folder string, index v1.ImageIndex, version string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": version}))
}
