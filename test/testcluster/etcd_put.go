package testcluster

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrNoKey is what Storage says of a key that etcd does not hold.
var ErrNoKey = errors.New("etcd does not hold the key")

// Storage reads and writes what etcd holds, past the API server, which sees
// every write by its watch as if it had made it. Many goroutines may use it.
type Storage struct {
	cluster *Cluster
	client  *http.Client
}

// Storage returns a way to etcd for a test that needs more writes than an API
// server can take. Nobody checks what it writes: start from a value that the
// API server has written.
func (c *Cluster) Storage() *Storage {
	// etcd speaks gRPC, whose single calls are small enough to be made by hand:
	// its JSON gateway makes them, too, for three times the processor time.
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	c.t.Cleanup(transport.CloseIdleConnections)
	return &Storage{cluster: c, client: &http.Client{Transport: transport}}
}

// Get returns the value of a key, or ErrNoKey.
func (s *Storage) Get(ctx context.Context, key string) ([]byte, error) {
	var found struct {
		KVs []struct {
			Value []byte `json:"value"`
		} `json:"kvs"`
	}
	if err := s.cluster.askEtcd(ctx, http.MethodPost, "/v3/kv/range", map[string]any{"key": []byte(key)}, &found); err != nil {
		return nil, err
	}
	if len(found.KVs) == 0 {
		return nil, fmt.Errorf("read %s: %w", key, ErrNoKey)
	}
	return found.KVs[0].Value, nil
}

// Put gives a key its value, in a revision of its own.
func (s *Storage) Put(ctx context.Context, key string, value []byte) error {
	if err := s.call(ctx, "Put", []byte(key), value); err != nil {
		return fmt.Errorf("write %s to etcd: %w", key, err)
	}
	return nil
}

// Delete removes a key. That it was not there is no error.
func (s *Storage) Delete(ctx context.Context, key string) error {
	if err := s.call(ctx, "DeleteRange", []byte(key)); err != nil {
		return fmt.Errorf("delete %s from etcd: %w", key, err)
	}
	return nil
}

// call makes one call of etcd's service KV, whose request has byte strings as
// its first fields, and ignores what it answers.
func (s *Storage) call(ctx context.Context, method string, fields ...[]byte) error {
	// An uncompressed message with its length before it.
	message := make([]byte, 5, 64+size(fields))
	for i, field := range fields {
		const lengthDelimited = 2
		message = append(message, byte(i+1)<<3|lengthDelimited)
		message = binary.AppendUvarint(message, uint64(len(field)))
		message = append(message, field...)
	}
	binary.BigEndian.PutUint32(message[1:], uint32(len(message)-5))
	asked, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cluster.etcdURL()+"/etcdserverpb.KV/"+method, bytes.NewReader(message))
	if err != nil {
		return err
	}
	asked.Header.Set("Content-Type", "application/grpc")
	asked.Header.Set("Te", "trailers")
	response, err := s.client.Do(asked)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	// Without an answer the status is in the header, and otherwise behind the answer.
	for _, said := range []http.Header{response.Trailer, response.Header} {
		if code := said.Get("Grpc-Status"); code != "" {
			if code == "0" {
				return nil
			}
			return fmt.Errorf("etcd answered with status %s: %s", code, said.Get("Grpc-Message"))
		}
	}
	return fmt.Errorf("etcd answered %s without a status", response.Status)
}

func size(fields [][]byte) (n int) {
	for _, field := range fields {
		n += len(field)
	}
	return n
}
