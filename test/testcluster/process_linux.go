package testcluster

import "syscall"

// soReusePort is SO_REUSEPORT, which package syscall lacks on some Linux
// architectures.
const soReusePort = 0xf

// ownGroup makes a program lead a process group of its own, so that its
// children can be ended with it, and has the kernel kill it when the test
// process ends without cleaning up (a panic, a timeout, Ctrl-C).
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
