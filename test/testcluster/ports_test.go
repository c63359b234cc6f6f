package testcluster

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
)

func TestReservePort(t *testing.T) {
	port, release, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)

	if connection, err := net.Dial("tcp4", address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("connect to a reserved port: %v, %v; want refused", connection, err)
	}
	if stranger, err := net.Listen("tcp4", address); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("listen on a reserved port: %v, %v; want address in use", stranger, err)
	}

	sharing := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, soReusePort, 1)
		})
		return errors.Join(err, failed)
	}}
	server, err := sharing.Listen(t.Context(), "tcp4", address)
	if err != nil {
		t.Fatalf("listen on a reserved port with SO_REUSEPORT: %v", err)
	}
	for range 10 { // the socket that holds the port takes no connection away
		connection, err := net.Dial("tcp4", address)
		if err != nil {
			t.Fatalf("connect to the server: %v", err)
		}
		connection.Close()
	}
	server.Close()

	release()
	after, err := net.Listen("tcp4", address)
	if err != nil {
		t.Fatalf("listen on a released port: %v", err)
	}
	after.Close()
}
