package server_test

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"path/filepath"
	"testing"
)

// TestHTTP2Limits reads the first frame that the server sends, its settings.
func TestHTTP2Limits(t *testing.T) {
	dir := t.TempDir()
	trusted := certificate(t, dir)
	config := filepath.Join(dir, "web.yml")
	writeFile(t, config, "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n")
	addresses, _ := serve(t, flags(config, "127.0.0.1:0"), handler(t, options()))
	c, err := tls.Dial("tcp", addresses[0], &tls.Config{RootCAs: trusted, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// The client's preface, and its own settings, of which there are none.
	if _, err := io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		t.Fatal(err)
	}
	var head [9]byte
	if _, err := io.ReadFull(c, head[:]); err != nil || head[3] != 4 {
		t.Fatalf("the first frame is of type %d: %v", head[3], err)
	}
	payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(c, payload); err != nil {
		t.Fatal(err)
	}
	settings := make(map[uint16]uint32)
	for ; len(payload) >= 6; payload = payload[6:] {
		settings[binary.BigEndian.Uint16(payload)] = binary.BigEndian.Uint32(payload[2:])
	}
	const maxConcurrentStreams, initialWindowSize, maxFrameSize, maxHeaderListSize = 3, 4, 5, 6
	for setting, most := range map[uint16]uint32{maxConcurrentStreams: 16, initialWindowSize: 64 << 10, maxFrameSize: 16 << 10, maxHeaderListSize: 65 << 10} {
		if got, ok := settings[setting]; !ok || got > most {
			t.Errorf("setting %d is %d (%t), want at most %d", setting, got, ok, most)
		}
	}
}
