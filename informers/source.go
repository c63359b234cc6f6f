package informers

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/informers/snapshot"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Source is where the objects come from. Whatever it is, they pass through the same informers.
type Source interface {
	// ListWatch lists and watches one kind. The example tells the informer which type to expect; nil means that it varies.
	ListWatch(k *Kind) (lw cache.ListerWatcher, example runtime.Object)
	// Served says whether the source knows the kind at all.
	Served(ctx context.Context, k *Kind) (bool, error)
	// Groups are the API groups that it serves as far as is known by now; nil when nothing is. It never waits.
	Groups() []string
	// GroupVersions are the API versions that it serves, such as apps/v1, or has served of late;
	// nil when that is not known. It never waits.
	GroupVersions() []string
	// Version is the API server's version, empty when there is none to ask.
	Version() string
	// Run does what the source needs to notice changes, until ctx ends.
	Run(ctx context.Context) error
}

// Cluster is a Source that asks a Kubernetes API.
type Cluster struct {
	clients  map[schema.GroupVersion]rest.Interface
	metadata metadata.Interface
	dynamic  dynamic.Interface
	served   *served
	// version is asked for again and again: an API server is upgraded, and one that has just started tells it to nobody.
	version atomic.Pointer[string]
}

// userAgent is how the exporter presents itself to the API server and its audit log.
const userAgent = "kube-posture-exporter"

// NewCluster makes the clients for a Kubernetes API and asks for its version, so that an address that does not work is told at once.
func NewCluster(config *rest.Config) (*Cluster, error) {
	c := rest.CopyConfig(config)
	c.UserAgent = userAgent
	// How often is asked is bounded by the kinds and their backoff, and the API server has its own fairness. client-go's limit, five requests a
	// second, would make the questions of one kind wait for those of another, until all of them give up.
	c.QPS, c.RateLimiter = -1, nil
	c.ContentType = runtime.ContentTypeProtobuf
	c.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	source := &Cluster{clients: make(map[schema.GroupVersion]rest.Interface)}
	client, err := discovery.NewDiscoveryClientForConfig(c)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", config.Host, err)
	}
	source.served = newServed(client)
	if err := source.askVersion(context.Background()); err != nil && !apierrors.IsForbidden(err) {
		return nil, fmt.Errorf("ask the API server at %s for its version: %w", config.Host, err)
	}
	if source.metadata, err = metadata.NewForConfig(c); err != nil {
		return nil, fmt.Errorf("make a metadata client for %s: %w", config.Host, err)
	}
	if source.dynamic, err = dynamic.NewForConfig(c); err != nil {
		return nil, fmt.Errorf("make a dynamic client for %s: %w", config.Host, err)
	}
	for _, k := range Table() {
		gv := k.GroupVersionKind().GroupVersion()
		if k.MetadataOnly || k.Optional || source.clients[gv] != nil {
			continue
		}
		if source.clients[gv], err = clientFor(c, gv); err != nil {
			return nil, fmt.Errorf("make a client for %s of %s: %w", gv, config.Host, err)
		}
	}
	return source, nil
}

func clientFor(config *rest.Config, gv schema.GroupVersion) (rest.Interface, error) {
	c := rest.CopyConfig(config)
	c.GroupVersion = &gv
	c.APIPath = "/apis"
	if gv.Group == "" {
		c.APIPath = "/api"
	}
	c.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return rest.RESTClientFor(c)
}

// ListWatch implements Source.
func (c *Cluster) ListWatch(k *Kind) (cache.ListerWatcher, runtime.Object) {
	switch {
	case k.Optional && !k.MetadataOnly:
		resource := c.dynamic.Resource(k.GroupVersionResource())
		return listWatch(c.dynamic,
			func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return resource.List(ctx, o) },
			func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
				return resource.Watch(ctx, o)
			}), k.Example
	case k.MetadataOnly:
		resource := c.metadata.Resource(k.GroupVersionResource())
		return listWatch(c.metadata,
			func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return resource.List(ctx, o) },
			func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
				return resource.Watch(ctx, o)
			}), k.Example
	default:
		client := c.clients[k.GroupVersionKind().GroupVersion()]
		lw := cache.NewListWatchFromClient(client, k.Plural(), metav1.NamespaceAll, fields.Everything())
		return cache.ToListWatcherWithWatchListSemantics(lw, client), k.Example
	}
}

// listWatch brings together what a client lists and watches, and what it says of streaming lists.
func listWatch(client any, list cache.ListWithContextFunc, follow cache.WatchFuncWithContext) cache.ListerWatcher {
	return cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{ListWithContextFunc: list, WatchFuncWithContext: follow}, client)
}

// Newest is the newest version of a kind, 0 when it cannot be compared. The API server answers it from what etcd has, and not from what it
// remembers.
func (c *Cluster) Newest(ctx context.Context, k *Kind) (model.Version, error) {
	list, err := c.metadata.Resource(k.GroupVersionResource()).List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return 0, err
	}
	return model.ParseVersion(list.ResourceVersion), nil
}

// Served implements Source by discovery, which the API server's defaults allow to everybody.
func (c *Cluster) Served(ctx context.Context, k *Kind) (bool, error) {
	return c.served.kind(ctx, k.GroupVersionResource())
}

// Groups implements Source.
func (c *Cluster) Groups() []string {
	if known := c.served.known.Load(); known != nil {
		return *known
	}
	return nil
}

// GroupVersions implements Source.
func (c *Cluster) GroupVersions() []string {
	if known := c.served.versions.Load(); known != nil {
		return *known
	}
	return nil
}

// Version implements Source.
func (c *Cluster) Version() string {
	if version := c.version.Load(); version != nil {
		return *version
	}
	return ""
}

// versionEvery is how often the API server is asked for its version, and again after an error: answers cost it nothing.
const versionEvery, versionAgain = 5 * time.Minute, 10 * time.Second

// Run implements Source: the informers' watches notice every change but that of the version.
func (c *Cluster) Run(ctx context.Context) error {
	pause := versionEvery
	if c.Version() == "" {
		pause = versionAgain
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		// Who may not ask is told as such by the kinds that he may not list, and who cannot by the watches that fail.
		asking, cancel := context.WithTimeout(ctx, versionAgain)
		if pause = versionEvery; c.askVersion(asking) != nil {
			pause = versionAgain
		}
		cancel()
	}
}

func (c *Cluster) askVersion(ctx context.Context) error {
	version, err := c.served.client.ServerVersionWithContext(ctx)
	if err != nil {
		return err
	}
	c.version.Store(&version.GitVersion)
	return nil
}

// Files is a Source that reads manifests.
type Files struct{ *snapshot.Source }

// ListWatch implements Source. The type varies because an object that cannot be decoded stands in for itself.
func (f Files) ListWatch(k *Kind) (cache.ListerWatcher, runtime.Object) {
	return f.Source.ListWatch(k.GroupVersionKind()), nil
}

// Served implements Source: whatever a manifest may hold.
func (f Files) Served(context.Context, *Kind) (bool, error) { return true, nil }

// Groups implements Source: nothing is served but what is there.
func (f Files) Groups() []string { return []string{} }

// GroupVersions implements Source: manifests do not say what is served where they come from.
func (f Files) GroupVersions() []string { return nil }

// Version implements Source: manifests do not say which API server they come from.
func (f Files) Version() string { return "" }
