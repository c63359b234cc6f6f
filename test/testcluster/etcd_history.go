package testcluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// Change is one thing that happened to one key of etcd.
type Change struct {
	Key string
	// Value is what the key holds now, nil once it is deleted.
	Value []byte
	// Revision is etcd's, which is also the resourceVersion that Kubernetes
	// gives the object, and of a deleted one that of its last event.
	Revision uint64
}

// History tells of everything that etcd holds, of its current revision in a
// change without a key, and then of every change, in the order of their
// revisions, until ctx ends. With a revision it begins with what changed after
// it. It sees what happened whatever the API server's state is, and ends with
// an error when etcd does.
func (c *Cluster) History(ctx context.Context, after uint64, tell func(Change)) error {
	everything := map[string]any{"key": []byte{0}, "range_end": []byte{0}}
	if after > 0 {
		return c.changes(ctx, everything, after, tell)
	}
	var held struct {
		Header struct {
			Revision string `json:"revision"`
		} `json:"header"`
		KVs []keyValue `json:"kvs"`
	}
	if err := c.askEtcd(ctx, http.MethodPost, "/v3/kv/range", everything, &held); err != nil {
		return err
	}
	for i := range held.KVs {
		if err := held.KVs[i].tell(tell, held.KVs[i].Value); err != nil {
			return err
		}
	}
	revision, err := strconv.ParseUint(held.Header.Revision, 10, 64)
	if err != nil {
		return fmt.Errorf("etcd names no revision: %w", err)
	}
	tell(Change{Revision: revision})
	return c.changes(ctx, everything, revision, tell)
}

func (c *Cluster) changes(ctx context.Context, everything map[string]any, after uint64, tell func(Change)) error {
	everything["start_revision"] = strconv.FormatUint(after+1, 10)
	if err := c.watchEtcd(ctx, map[string]any{"create_request": everything}, tell); ctx.Err() == nil {
		return err
	}
	return nil
}

// keyValue is a key as etcd's JSON gateway writes it.
type keyValue struct {
	Key         []byte `json:"key"`
	Value       []byte `json:"value"`
	ModRevision string `json:"mod_revision"`
}

func (kv *keyValue) tell(tell func(Change), value []byte) error {
	revision, err := strconv.ParseUint(kv.ModRevision, 10, 64)
	if err != nil {
		return fmt.Errorf("etcd names no revision of %s: %w", kv.Key, err)
	}
	tell(Change{Key: string(kv.Key), Value: value, Revision: revision})
	return nil
}

func (c *Cluster) watchEtcd(ctx context.Context, request any, tell func(Change)) error {
	encoded, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode the request to watch etcd: %w", err)
	}
	asked, err := http.NewRequestWithContext(ctx, http.MethodPost, c.etcdURL()+"/v3/watch", bytes.NewReader(encoded))
	if err != nil {
		return fmt.Errorf("make the request to watch etcd: %w", err)
	}
	response, err := http.DefaultClient.Do(asked)
	if err != nil {
		return fmt.Errorf("watch etcd: %w", err)
	}
	defer response.Body.Close()
	for answers := json.NewDecoder(response.Body); ; {
		var answer struct {
			Error  json.RawMessage `json:"error"`
			Result struct {
				Canceled bool   `json:"canceled"`
				Reason   string `json:"cancel_reason"`
				Events   []struct {
					Type string   `json:"type"`
					KV   keyValue `json:"kv"`
				} `json:"events"`
			} `json:"result"`
		}
		if err := answers.Decode(&answer); err != nil {
			return fmt.Errorf("read what etcd says of changes: %w", err)
		}
		if answer.Error != nil || answer.Result.Canceled {
			return fmt.Errorf("etcd ended the watch: %s %s", answer.Error, answer.Result.Reason)
		}
		for i := range answer.Result.Events {
			e := &answer.Result.Events[i]
			value := e.KV.Value
			if e.Type == "DELETE" {
				value = nil
			}
			if err := e.KV.tell(tell, value); err != nil {
				return err
			}
		}
	}
}

// ServingCertificate is the API server's own, for a test that stands between
// it and somebody who trusts it.
func (c *Cluster) ServingCertificate() tls.Certificate {
	c.t.Helper()
	certificate, err := tls.LoadX509KeyPair(c.file("server.crt"), c.file("server.key"))
	if err != nil {
		c.t.Fatalf("testcluster: read the API server's certificate: %v", err)
	}
	return certificate
}
