package testcluster

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	// startTimeout is how long a program may take to become ready: 3 seconds
	// are usual, more on a machine that compiles at the same time.
	startTimeout = 2 * time.Minute

	// callTimeout bounds one call to a running cluster.
	callTimeout = 30 * time.Second
)

// Cluster is a running control plane. Its methods belong to the goroutine of
// the test that started it, and end that test when they fail.
type Cluster struct {
	t       testing.TB
	options options
	binary  string
	dir     string // state, keys, logs and kubeconfigs; removed with the test

	etcdPort, peerPort, apiPort        int
	etcd, apiServer, controllerManager *process

	authority  *authority
	admin      *rest.Config
	client     kubernetes.Interface
	kubeconfig string
}

// Option changes how Start runs a cluster.
type Option func(*options)

type options struct {
	controllerManager bool
	withoutNodes      bool
	apiServerArgs     []string
	apiServerEnv      []string
}

// WithControllerManager also runs kube-controller-manager, so that workloads
// make pods, namespaces get their default ServiceAccount and root certificate,
// and deleted namespaces go away. Nothing schedules or runs the pods.
func WithControllerManager() Option {
	return func(o *options) { o.controllerManager = true }
}

// WithoutNodes leaves out the authorizer of nodes, which watches and decodes
// every pod for the sake of kubelets that no test has.
func WithoutNodes() Option {
	return func(o *options) { o.withoutNodes = true }
}

// WithAPIServerArgs adds flags to those of kube-apiserver; of a flag given
// twice the last value counts, unless it is a list: then both do.
func WithAPIServerArgs(args ...string) Option {
	return func(o *options) { o.apiServerArgs = append(o.apiServerArgs, args...) }
}

// WithAPIServerEnv adds variables to the environment of kube-apiserver, such
// as GOGC=50 for one that would not find room for itself otherwise.
func WithAPIServerEnv(variables ...string) Option {
	return func(o *options) { o.apiServerEnv = append(o.apiServerEnv, variables...) }
}

// Start runs a control plane until the end of the test, and returns when it is
// ready and has its four system namespaces, each with its default
// ServiceAccount. It takes about 4 seconds and 400 MB of memory once the
// binary is built; see Binary for that. When it cannot, and at the end of a
// test that failed, the test's log gets the end of the programs' logs.
func Start(t testing.TB, opts ...Option) *Cluster {
	t.Helper()
	c := &Cluster{t: t, binary: Binary(t), dir: t.TempDir()}
	for _, option := range opts {
		option(&c.options)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := c.prepare(); err != nil {
		t.Fatalf("testcluster: %v", err)
	}
	t.Cleanup(c.stop)
	if err := c.run(ctx); err != nil {
		t.Fatalf("testcluster: %v", err)
	}
	return c
}

// prepare reserves the ports and makes the keys and the administrator's access.
func (c *Cluster) prepare() (err error) {
	for _, port := range []*int{&c.etcdPort, &c.peerPort, &c.apiPort} {
		reserved, release, err := reservePort()
		if err != nil {
			return err
		}
		c.t.Cleanup(release)
		*port = reserved
	}
	if c.authority, err = writePKI(c.dir); err != nil {
		return err
	}
	if c.admin, err = c.configFor("admin", "system:masters"); err != nil {
		return err
	}
	if c.kubeconfig, err = c.writeKubeconfig(c.admin); err != nil {
		return err
	}
	// Protobuf halves the cost of what a test sends; callers of Config choose
	// for themselves.
	config := rest.CopyConfig(c.admin)
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	if c.client, err = kubernetes.NewForConfig(config); err != nil {
		return fmt.Errorf("make the administrator's client: %w", err)
	}
	return nil
}

// run starts the programs in the order of their needs.
func (c *Cluster) run(ctx context.Context) error {
	if err := c.startEtcd(ctx); err != nil {
		return err
	}
	if err := c.startAPIServer(ctx); err != nil {
		return err
	}
	if c.options.controllerManager {
		var err error
		if c.controllerManager, err = startProcess(c.binary, c.dir, "kube-controller-manager", c.controllerManagerArgs()); err != nil {
			return err
		}
	}
	return c.awaitSystemNamespaces(ctx)
}

// stop ends every program, those that need others first. The logs of a failed
// test are shown even of programs that it stopped itself.
func (c *Cluster) stop() {
	for _, p := range []*process{c.controllerManager, c.apiServer, c.etcd} {
		p.kill()
	}
	if !c.t.Failed() {
		return
	}
	logs, err := filepath.Glob(c.file("*.log"))
	if err != nil {
		c.t.Logf("testcluster: find the logs: %v", err)
	}
	for _, log := range logs {
		c.t.Log(logTail(log))
	}
}

// Client returns a client of the administrator, without a limit on its rate.
func (c *Cluster) Client() kubernetes.Interface { return c.client }
