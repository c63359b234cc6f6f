//go:build !linux

package testcluster

import "syscall"

const soReusePort = syscall.SO_REUSEPORT

// ownGroup makes a program lead a process group of its own, so that its
// children can be ended with it. Only Linux can also tie it to the life of the
// test process: elsewhere a test that is killed leaves its cluster running.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
