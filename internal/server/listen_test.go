package server_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

func TestOpenTellsWhatToDo(t *testing.T) {
	taken := listen(t).Addr().String()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		writeFile(t, path, text)
		return path
	}
	unknown := write("unknown.yml", "tls: {}\n")
	hash := write("hash.yml", "basic_auth_users: {prometheus: secret}\n")
	tests := []struct{ name, config, address, want string }{
		{
			"port in use", "", taken,
			"--web.listen-address=" + taken + ": listen tcp " + taken + ": bind: address already in use; stop what uses it, or choose another address",
		},
		{
			"not an address of this machine", "", "192.0.2.1:9911",
			"--web.listen-address=192.0.2.1:9911: listen tcp 192.0.2.1:9911: bind: cannot assign requested address; " +
				"use an address of this machine, or only a port, as :9911",
		},
		{
			"no file", dir + "/none.yml", ":0",
			"--web.config.file=" + dir + "/none.yml: open " + dir + "/none.yml: no such file or directory; correct the file, or leave the flag out",
		},
		{
			"unknown key", unknown, ":0",
			"--web.config.file=" + unknown + ": yaml: unmarshal errors:\n  line 1: field tls not found in type web.Config; " +
				"correct the file, or leave the flag out",
		},
		{
			"password instead of its hash", hash, ":0",
			"--web.config.file=" + hash + ": crypto/bcrypt: hashedSecret too short to be a bcrypted password; " +
				"the values of basic_auth_users are bcrypt hashes, as `htpasswd -nBC 10 NAME` prints them",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := server.Open(flags(tt.config, tt.address))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	if _, err := server.Open(flags("")); err == nil {
		t.Error("no address at all was taken")
	}
}

// TestOpenLeavesNothingOpen opens an address beside one that is taken.
func TestOpenLeavesNothingOpen(t *testing.T) {
	free := listen(t)
	free.Close()
	address, taken := free.Addr().String(), listen(t).Addr().String()
	if _, err := server.Open(flags("", address, taken)); !errors.Is(err, syscall.EADDRINUSE) {
		t.Fatalf("got %v", err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("the first address is still open: %v", err)
	}
	l.Close()
}

func TestAddresses(t *testing.T) {
	config := filepath.Join(t.TempDir(), "web.yml")
	writeFile(t, config, "")
	tests := []struct{ config, listen, want string }{
		{"", ":0", "http://localhost:"},
		{"", "127.0.0.1:0", "http://localhost:"},
		{"", "0.0.0.0:0", "http://localhost:"},
		{"", "127.0.0.2:0", "http://127.0.0.2:"},
		{config, "127.0.0.1:0", "localhost:"},
	}
	for _, tt := range tests {
		l := open(t, flags(tt.config, tt.listen))
		if got := l.Addresses(); len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("%s: got %q, want %s…", tt.listen, got, tt.want)
		}
		l.Close()
	}
}

// TestServeLetsScrapesFinish asks the server to stop in the middle of an answer.
func TestServeLetsScrapesFinish(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	addresses, stop := serve(t, flags("", "127.0.0.1:0"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "first half")
		w.(http.Flusher).Flush()
		close(begun)
		<-release
		fmt.Fprintln(w, "second half")
	}))
	response, err := http.Get(addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	<-begun
	stopped := make(chan error)
	go func() { stopped <- stop() }()
	awaitRefusal(t, strings.TrimPrefix(addresses[0], "http://"))
	select {
	case err := <-stopped:
		t.Fatalf("stopped while a scrape was running: %v", err)
	default:
	}
	close(release)
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "first half\nsecond half\n" {
		t.Errorf("got %q, %v", body, err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

// awaitRefusal waits until nothing listens at an address any more.
func awaitRefusal(t *testing.T, address string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		c, err := net.Dial("tcp", address)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			c.Close()
		}
		if time.Now().After(end) {
			t.Fatalf("%s still answers: %v", address, err)
		}
		time.Sleep(time.Millisecond)
	}
}
