package testcluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// etcdArgs are the flags of etcd. It never syncs to disk, because no test
// looks at its data after a crash of the machine.
func (c *Cluster) etcdArgs() []string {
	peer := fmt.Sprintf("http://127.0.0.1:%d", c.peerPort)
	return []string{
		"--name=default",
		"--data-dir=" + c.etcdDir(),
		"--listen-client-urls=" + c.etcdURL(),
		"--advertise-client-urls=" + c.etcdURL(),
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=default=" + peer,
		"--socket-reuse-port=true", // the ports are reserved: see reservePort
		"--unsafe-no-fsync=true",
		"--quota-backend-bytes=8589934592",
		"--log-level=warn",
	}
}

func (c *Cluster) etcdURL() string {
	return fmt.Sprintf("http://127.0.0.1:%d", c.etcdPort)
}

func (c *Cluster) startEtcd(ctx context.Context) (err error) {
	if c.etcd, err = startProcess(c.binary, c.dir, "etcd", c.etcdArgs()); err != nil {
		return err
	}
	return await(ctx, "etcd to be ready", func(ctx context.Context) error {
		return c.askEtcd(ctx, http.MethodGet, "/readyz", nil, nil)
	}, c.etcd)
}

// Compact makes etcd forget everything before its current revision, as the API
// server does every five minutes. A watch from an older resource version then
// cannot be answered by etcd; the API server still answers it from its cache,
// so call RestartAPIServer afterwards to have such a watch end in 410 Gone.
func (c *Cluster) Compact() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	if err := c.compact(ctx); err != nil {
		c.t.Fatalf("testcluster: compact etcd: %v", err)
	}
}

// compact speaks to etcd's JSON gateway, in which keys are base64 and 64-bit
// numbers are strings.
func (c *Cluster) compact(ctx context.Context) error {
	current, err := c.revision(ctx)
	if err != nil {
		return err
	}
	return c.askEtcd(ctx, http.MethodPost, "/v3/kv/compaction", map[string]any{"revision": strconv.FormatUint(current, 10), "physical": true}, nil)
}

// askEtcd sends one request to etcd, with request as JSON when it is not nil,
// and decodes the answer when a place for it is given.
func (c *Cluster) askEtcd(ctx context.Context, method, path string, request, answer any) error {
	var body io.Reader = http.NoBody
	if request != nil {
		encoded, err := json.Marshal(request)
		if err != nil {
			return fmt.Errorf("encode the request for etcd's %s: %w", path, err)
		}
		body = bytes.NewReader(encoded)
	}
	asked, err := http.NewRequestWithContext(ctx, method, c.etcdURL()+path, body)
	if err != nil {
		return fmt.Errorf("make the request for etcd's %s: %w", path, err)
	}
	response, err := http.DefaultClient.Do(asked)
	if err != nil {
		return fmt.Errorf("ask etcd: %w", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read etcd's answer to %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("etcd answered %s to %s: %s", response.Status, path, bytes.TrimSpace(content))
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(content, answer); err != nil {
		return fmt.Errorf("decode etcd's answer to %s: %w", path, err)
	}
	return nil
}
