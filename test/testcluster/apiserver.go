package testcluster

import (
	"context"
	"fmt"
	"path/filepath"
)

// apiServerArgs are the flags of kube-apiserver: those of a usual cluster,
// plus what a lone server on 127.0.0.1 needs. Every admission plugin that is on
// by default stays on, PodSecurity and ServiceAccount among them.
func (c *Cluster) apiServerArgs() []string {
	authorizers := "Node,RBAC"
	if c.options.withoutNodes {
		authorizers = "RBAC"
	}
	args := []string{
		"--etcd-servers=" + c.etcdURL(),
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", c.apiPort),
		"--permit-port-sharing=true", // the port is reserved: see reservePort
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=" + serviceRange,

		"--tls-cert-file=" + c.file("server.crt"),
		"--tls-private-key-file=" + c.file("server.key"),
		"--client-ca-file=" + c.file("ca.crt"),
		"--anonymous-auth=true",
		"--authorization-mode=" + authorizers,
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",

		"--requestheader-client-ca-file=" + c.file("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + c.file("front-proxy.crt"),
		"--proxy-client-key-file=" + c.file("front-proxy.key"),

		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.file("sa.pub"),
		"--service-account-signing-key-file=" + c.file("sa.key"),
	}
	return append(args, c.options.apiServerArgs...)
}

// controllerManagerArgs are the flags of kube-controller-manager. It serves
// nothing: whether it works shows in what it makes.
func (c *Cluster) controllerManagerArgs() []string {
	return []string{
		"--kubeconfig=" + c.kubeconfig,
		"--secure-port=0",
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + c.file("sa.key"),
		"--root-ca-file=" + c.file("ca.crt"),
		"--cluster-signing-cert-file=" + c.file("ca.crt"),
		"--cluster-signing-key-file=" + c.file("ca.key"),
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
	}
}

func (c *Cluster) file(name string) string { return filepath.Join(c.dir, name) }

// StopAPIServer kills the API server and waits until it is gone: from then on
// its port refuses connections, and open watches are cut. etcd keeps running
// and keeps its data. Stopping a stopped server does nothing.
func (c *Cluster) StopAPIServer() {
	c.apiServer.kill()
	c.apiServer = nil
}

// StartAPIServer starts the API server after StopAPIServer, on the same port
// and with the same keys, and waits until it is ready. The test fails when it
// is running or does not become ready.
func (c *Cluster) StartAPIServer() {
	c.t.Helper()
	if c.apiServer != nil {
		c.t.Fatal("testcluster: the API server is running; call StopAPIServer before StartAPIServer")
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := c.startAPIServer(ctx); err != nil {
		c.t.Fatalf("testcluster: %v", err)
	}
}

// RestartAPIServer is StopAPIServer and StartAPIServer.
func (c *Cluster) RestartAPIServer() {
	c.t.Helper()
	c.StopAPIServer()
	c.StartAPIServer()
}

func (c *Cluster) startAPIServer(ctx context.Context) (err error) {
	if c.apiServer, err = startProcess(c.binary, c.dir, "kube-apiserver", c.apiServerArgs(), c.options.apiServerEnv...); err != nil {
		return err
	}
	return await(ctx, "the API server to be ready", func(ctx context.Context) error {
		return c.client.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}, c.apiServer, c.etcd)
}
