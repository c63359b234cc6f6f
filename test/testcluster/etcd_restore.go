package testcluster

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
)

// Backup is what etcd held at one moment.
type Backup struct{ dir string }

// BackUpEtcd copies what etcd holds, and stops it meanwhile: the API server is
// left running and sees an etcd that is away for a moment.
func (c *Cluster) BackUpEtcd() Backup {
	c.t.Helper()
	backup := Backup{dir: filepath.Join(c.t.TempDir(), "etcd")}
	c.etcd.kill()
	if err := os.CopyFS(backup.dir, os.DirFS(c.etcdDir())); err != nil {
		c.t.Fatalf("testcluster: copy what etcd holds: %v", err)
	}
	c.restartEtcd()
	return backup
}

// RestoreEtcd starts etcd with what it held when the backup was made, in place
// of what it holds now: its revisions go on from there, and name other changes
// than before. Kubernetes wants every API server stopped meanwhile; one that
// runs goes on with what it remembers.
func (c *Cluster) RestoreEtcd(backup Backup) {
	c.t.Helper()
	c.etcd.kill()
	if err := os.RemoveAll(c.etcdDir()); err != nil {
		c.t.Fatalf("testcluster: remove what etcd holds: %v", err)
	}
	if err := os.CopyFS(c.etcdDir(), os.DirFS(backup.dir)); err != nil {
		c.t.Fatalf("testcluster: restore what etcd held: %v", err)
	}
	c.restartEtcd()
}

func (c *Cluster) restartEtcd() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := c.startEtcd(ctx); err != nil {
		c.t.Fatalf("testcluster: %v", err)
	}
}

// Revision is etcd's current revision.
func (c *Cluster) Revision() uint64 {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	revision, err := c.revision(ctx)
	if err != nil {
		c.t.Fatalf("testcluster: ask etcd for its revision: %v", err)
	}
	return revision
}

func (c *Cluster) etcdDir() string { return filepath.Join(c.dir, "etcd") }

func (c *Cluster) revision(ctx context.Context) (uint64, error) {
	var current struct {
		Header struct {
			Revision uint64 `json:"revision,string"`
		} `json:"header"`
	}
	if err := c.askEtcd(ctx, http.MethodPost, "/v3/kv/range", map[string]any{"key": []byte{0}}, &current); err != nil {
		return 0, err
	}
	if current.Header.Revision == 0 {
		return 0, errors.New("etcd names no revision")
	}
	return current.Header.Revision, nil
}
