// Package testcluster runs a real Kubernetes API for a test: etcd,
// kube-apiserver and, on request, kube-controller-manager, each a process of
// its own, listening on 127.0.0.1 and gone when the test ends. It must never
// be linked into the exporter, fake an answer of the API server, or leave a
// process, a port or a file behind. Only _test.go files and
// cmd/build-controlplane import it; it runs on Linux and macOS, and callers
// skip it under -short because the first build takes many minutes.
package testcluster
