package main

import (
	"archive/tar"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// made builds the exporter for this machine and an image of it.
func made(t *testing.T, out string) (*options, v1.Hash) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	command := exec.Command("go", "build", "-trimpath", "-o", binary, "./cmd/"+name)
	command.Dir, command.Env = "../..", append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build the exporter: %v\n%s", err, output)
	}
	o := &options{
		binaries: map[string]string{runtime.GOARCH: binary}, version: "1.2.3", revision: "abc", out: out,
		created: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	digest, err := build(o)
	if err != nil {
		t.Fatal(err)
	}
	return o, digest
}

func theImage(t *testing.T, out string) v1.Image {
	t.Helper()
	index, err := layout.ImageIndexFromPath(filepath.Join(out, "oci"))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Errorf("the layout is broken: %v", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	inner, err := index.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	of, err := inner.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if p := of.Manifests[0].Platform; p == nil || p.OS != "linux" || p.Architecture != runtime.GOARCH {
		t.Errorf("the platform is %v", p)
	}
	image, err := inner.Image(of.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// TestSameDigestTwice builds the binary twice too, in different folders.
func TestSameDigestTwice(t *testing.T) {
	_, first := made(t, t.TempDir())
	_, second := made(t, t.TempDir())
	if first != second {
		t.Errorf("%s and then %s", first, second)
	}
}

// TestImage unpacks the image, and runs what is in it as its user.
func TestImage(t *testing.T) {
	out := t.TempDir()
	made(t, out)
	image := theImage(t, out)
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if c := config.Config; c.User != user || !slices.Equal(c.Entrypoint, []string{"/bin/" + name}) || c.Labels["org.opencontainers.image.revision"] != "abc" {
		t.Errorf("the configuration is %+v", c)
	}
	root := t.TempDir()
	files := unpack(t, image, root)
	want := []string{"bin/" + name, "etc/ssl/certs/ca-certificates.crt"}
	if !slices.Equal(files, want) {
		t.Errorf("the image holds %q, want %q", files, want)
	}
	pem, err := os.ReadFile(filepath.Join(root, want[1]))
	if err != nil {
		t.Fatal(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		t.Error("there is no certificate in the bundle")
	}
	if os.Getuid() != 0 {
		t.Skip("only root can change its root and its user")
	}
	serves(t, root)
}

func unpack(t *testing.T, image v1.Image, root string) (files []string) {
	t.Helper()
	content := mutate.Extract(image)
	defer content.Close()
	for r := tar.NewReader(content); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, header.Name)
		if header.Uid != 0 || header.Mode&0o222 != 0 {
			t.Errorf("%s can be written by somebody: %o", header.Name, header.Mode)
		}
		if header.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		files = append(files, header.Name)
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, os.FileMode(header.Mode)); err != nil {
			t.Fatal(err)
		}
	}
}

// serves starts the binary with nothing but what is in the image, as a container would.
func serves(t *testing.T, root string) {
	t.Helper()
	// The user of the image must be able to enter the folder that stands for its root.
	for folder := root; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	command := exec.CommandContext(ctx, "/bin/"+name, "--demo", "--web.listen-address="+address)
	command.Env, command.Dir = []string{}, "/"
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}, Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	var last error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v", err)
		default:
		}
		if last = ready(address); last == nil {
			return
		}
	}
	t.Errorf("not ready after a minute: %v", last)
}

func ready(address string) error {
	response, err := http.Get("http://" + address + "/-/ready")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", response.Status)
	}
	return nil
}

func TestSBOM(t *testing.T) {
	out := t.TempDir()
	made(t, out)
	content, err := os.ReadFile(filepath.Join(out, "sbom-linux-"+runtime.GOARCH+".cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		Metadata   struct{ Component struct{ Version string } }
		Components []struct{ Name, Version, Purl string }
	}
	if err := json.Unmarshal(content, &bill); err != nil {
		t.Fatal(err)
	}
	if bill.Metadata.Component.Version != "v1.2.3" {
		t.Errorf("the version is %s", bill.Metadata.Component.Version)
	}
	for _, want := range []string{"std", "k8s.io/client-go", "github.com/prometheus/client_golang"} {
		if !slices.ContainsFunc(bill.Components, func(c struct{ Name, Version, Purl string }) bool { return c.Name == want && c.Version != "" }) {
			t.Errorf("%s is not in the SBOM", want)
		}
	}
}

func TestParse(t *testing.T) {
	good := []string{"-version=1", "-revision=a", "-out=x", "-created=2027-01-02T03:04:05+02:00", "-binary=amd64=p"}
	o, err := parse(good)
	if err != nil || o.binaries["amd64"] != "p" || o.created.Hour() != 1 {
		t.Fatalf("got %+v, %v", o, err)
	}
	for i := range good {
		if _, err := parse(slices.Delete(slices.Clone(good), i, i+1)); err == nil {
			t.Errorf("without %s it goes on", good[i])
		}
	}
	if _, err := parse(append(good, "-binary=amd64")); err == nil {
		t.Error("a binary without a path is accepted")
	}
}
