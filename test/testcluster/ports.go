package testcluster

import (
	"fmt"
	"os"
	"syscall"
)

// reservePort takes a free TCP port of 127.0.0.1 and keeps everybody from it
// until release is called, except a server that shares it with SO_REUSEPORT.
// The socket is bound and never listens, so connections reach that server
// only, and are refused while it is down. Asking the kernel for a free port
// and giving it back would let another test, or a client that reconnects while
// the API server is stopped, take it first.
func reservePort() (port int, release func(), err error) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return 0, nil, fmt.Errorf("reserve a port: %w", os.NewSyscallError("socket", err))
	}
	if port, err = bindLoopback(fd); err != nil {
		syscall.Close(fd)
		return 0, nil, fmt.Errorf("reserve a port on 127.0.0.1: %w", err)
	}
	return port, func() { syscall.Close(fd) }, nil
}

func bindLoopback(fd int) (int, error) {
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soReusePort, 1); err != nil {
		return 0, os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, os.NewSyscallError("bind", err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	address, ok := bound.(*syscall.SockaddrInet4)
	if !ok {
		return 0, fmt.Errorf("the socket has an address of type %T", bound)
	}
	return address.Port, nil
}
