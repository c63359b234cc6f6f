package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/go-kit/log"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/informers/snapshot"
	"github.com/kube-posture/kube-posture-exporter/internal/demo"
)

// connectTimeout is how long an API server may take to say its version. It bounds nothing later: watches are meant to last.
const connectTimeout = 10 * time.Second

// source is where the objects come from, and what that is in a few words.
type source struct {
	objects informers.Source
	what    string
	// api is the access to the API server, nil when the objects come from files.
	api *rest.Config
}

// files is the source as manifests, nil when a cluster is watched.
func (s *source) files() *informers.Files {
	if files, ok := s.objects.(informers.Files); ok {
		return &files
	}
	return nil
}

// source opens what the options name. The errors are one line and name the flag.
func (o *Options) source(ctx context.Context, logger log.Logger) (*source, error) {
	switch {
	case o.Demo:
		s, err := snapshot.New(snapshot.Options{FS: demo.Cluster(), Kinds: wanted(), Logger: logger})
		if err != nil {
			return nil, fmt.Errorf("--demo: %w", err)
		}
		return &source{objects: informers.Files{Source: s}, what: "the built-in recording of a real cluster"}, nil
	case len(o.Snapshots) > 0:
		return fromFiles(o.Snapshots, logger)
	case o.Kubeconfig != "":
		s, err := fromKubeconfig(ctx, o.Kubeconfig)
		if err != nil {
			return nil, fmt.Errorf("--kubeconfig=%s: %w", o.Kubeconfig, err)
		}
		return s, nil
	default:
		return inCluster(ctx)
	}
}

func fromFiles(paths []string, logger log.Logger) (*source, error) {
	for _, path := range paths {
		// Later a path that is gone is not an error, and nobody is told that it never was there.
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("--snapshot=%s: %w; name an existing file or folder", path, errors.Unwrap(err))
		}
	}
	s, err := snapshot.New(snapshot.Options{Paths: paths, Kinds: wanted(), Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("--snapshot: %w", err)
	}
	return &source{objects: informers.Files{Source: s}, what: "the manifests in " + strings.Join(paths, ", ")}, nil
}

func fromKubeconfig(ctx context.Context, file string) (*source, error) {
	const fix = "name a kubeconfig that works with kubectl"
	switch data, err := os.ReadFile(file); {
	case err != nil:
		return nil, fmt.Errorf("%w; %s", errors.Unwrap(err), fix)
	case len(data) == 0:
		return nil, fmt.Errorf("the file is empty; %s", fix)
	}
	config, err := clientcmd.BuildConfigFromFlags("", file)
	switch {
	case clientcmd.IsEmptyConfig(err): // its own text speaks of environment variables
		return nil, fmt.Errorf("its current-context leads to no cluster; %s", fix)
	case clientcmd.IsConfigurationInvalid(err):
		return nil, fmt.Errorf("%w; %s", err, fix)
	case err != nil:
		// The file is named already.
		text := strings.TrimPrefix(err.Error(), fmt.Sprintf("error loading config file %q: ", file))
		return nil, fmt.Errorf("not a kubeconfig: %s; %s", text, fix)
	}
	cluster, err := connect(ctx, config)
	if err != nil {
		return nil, err
	}
	return &source{cluster, "the cluster at " + where(config), config}, nil
}

func inCluster(ctx context.Context) (*source, error) {
	config, err := rest.InClusterConfig()
	switch {
	case errors.Is(err, rest.ErrNotInCluster):
		return nil, errors.New("not running in a cluster; name one with --kubeconfig=FILE, manifests with --snapshot=PATH, or see the built-in recording with --demo")
	case err != nil:
		return nil, fmt.Errorf("read the pod's own credentials: %w; mount a token of its ServiceAccount", err)
	}
	cluster, err := connect(ctx, config)
	if err != nil {
		return nil, err
	}
	return &source{cluster, "the cluster that it runs in", config}, nil
}

// connect makes the clients, which asks the API server for its version. It does not wait longer than connectTimeout, and not at all
// when ctx ends: client-go's question cannot be called back, and ends by itself.
func connect(ctx context.Context, config *rest.Config) (*informers.Cluster, error) {
	type answer struct {
		cluster *informers.Cluster
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		cluster, err := informers.NewCluster(config)
		answers <- answer{cluster, err}
	}()
	limit := time.NewTimer(connectTimeout)
	defer limit.Stop()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-limit.C:
		return nil, fmt.Errorf("the API server at %s: no answer within %s; check the address, and what is between it and here", where(config), connectTimeout)
	case a := <-answers:
		if a.err != nil {
			return nil, fmt.Errorf("the API server at %s: %w; %s", where(config), cause(a.err), advice(a.err))
		}
		return a.cluster, nil
	}
}

// where is the API server's address without what it may hold besides.
func where(config *rest.Config) string {
	u, err := url.Parse(config.Host)
	if err != nil || u.Host == "" {
		return config.Host
	}
	return u.Scheme + "://" + u.Host
}

// cause leaves out the request that failed, which the message names in its own words.
func cause(err error) error {
	var request *url.Error
	var status *apierrors.StatusError
	switch {
	case errors.As(err, &request):
		return request.Err
	case errors.As(err, &status):
		return status
	default:
		return err
	}
}

// advice says what to do about an API server that did not answer as one.
func advice(err error) string {
	var (
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		certificate x509.CertificateInvalidError
		resolve     *net.DNSError
	)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: start the cluster, or correct the address"
	case errors.As(err, &resolve):
		return "correct the address"
	case errors.As(err, &authority):
		return "correct the certificate-authority, which did not sign the server's certificate"
	case errors.As(err, &hostname):
		return "correct the address, or set tls-server-name to a name in the certificate"
	case errors.As(err, &certificate):
		return "renew the server's certificate, or correct the clock"
	case apierrors.IsUnauthorized(err):
		return "renew the credentials, which it does not accept"
	default:
		return "try the same with kubectl version"
	}
}

func wanted() []schema.GroupVersionKind {
	var kinds []schema.GroupVersionKind
	for _, k := range informers.Table() {
		kinds = append(kinds, k.GroupVersionKind())
	}
	return kinds
}
