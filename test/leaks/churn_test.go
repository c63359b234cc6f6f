package leaks

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/test/world"
)

const (
	// markEvery is after how many events there are new markers.
	markEvery = 1000
	// endEvery, expireEvery and cutEvery are after how many events a watch ends as after its time, ends and cannot be resumed, and every
	// connection is cut. What makes a client wait before it comes back happens to it no more often than it forgives: see quiet. A cut does
	// not, if it is not at once after another. In a short run it all comes sooner: see sooner.
	endEvery    = 20_000
	expireEvery = 50_000
	cutEvery    = 100_000
	// quiet is after how long without trouble a client's waits are short again; they double up to half a minute before.
	quiet = 150 * time.Second
	apart = 20 * time.Second // between cuts
)

// churn changes a cluster for ever, and leaves it as big as it is. It belongs to one goroutine.
type churn struct {
	server *server
	graves *graves
	seed   uint64
	rng    *rand.Rand
	world  *world.World
	err    error

	names   int
	groups  []*group
	nodes   []*corev1.Node
	cluster []*clusterRole
	jobs    []*job
	markers map[model.Kind]object

	// expected is how many events there shall be, events how many there were; the others are how many by the last of something.
	expected, events, marked, ended, expiring, cutAt int64
	// expired and cut are when that was last.
	expired map[model.Kind]time.Time
	cut     time.Time
	cuts    int
}

func newChurn(s *server, g *graves, seed uint64, events int64) *churn {
	return &churn{
		server: s, graves: g, seed: seed, expected: events, rng: rand.New(rand.NewPCG(seed, 1)), world: world.New(seed+1, world.Size{Nodes: nodes}),
		markers: make(map[model.Kind]object), expired: make(map[model.Kind]time.Time),
	}
}

func (c *churn) emit(kind model.Kind, what watch.EventType, o object) uint64 {
	version, err := c.server.emit(kind, what, o)
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("%s an object of %s: %w", what, kind, err)
	}
	c.events++
	return version
}

// run changes the cluster until enough says so or ctx ends, and ends with markers of everything.
func (c *churn) run(ctx context.Context, enough func() bool) error {
	for ctx.Err() == nil && c.err == nil && !enough() {
		c.act()
		c.disturb()
		if c.events-c.marked >= markEvery {
			c.marked = c.events
			c.mark()
		}
	}
	c.mark()
	if c.err == nil {
		c.err = ctx.Err()
	}
	return c.err
}

// act does one of the things that happen in a cluster. Most are what a busy one does all the time; whole namespaces, workloads and
// nodes go more often than in any.
func (c *churn) act() {
	g := c.groups[c.rng.IntN(len(c.groups))]
	switch n := c.rng.IntN(1000); {
	case n < 500:
		c.status(g)
	case n < 640:
		c.relabel(g)
	case n < 800:
		c.replacePod(g)
	case n < 806:
		c.rollOut(g)
	case n < 812:
		c.replaceWorkload(g)
	case n < 813:
		c.replaceGroup()
	case n < 860:
		c.runJob()
	case n < 900:
		c.nodeStatus()
	case n < 902:
		c.replaceNode()
	case n < 970:
		c.changeThing(g)
	case n < 990:
		c.replaceThing(g)
	default:
		c.replaceClusterRole()
	}
}

// mark replaces the marker of every kind that can have one.
func (c *churn) mark() {
	for _, kind := range markable() {
		if old := c.markers[kind]; old != nil {
			version := c.remove(kind, old)
			of := name{namespace: old.GetNamespace()}
			if of.namespace == "" {
				of = named(kind, old)
			}
			c.graves.bury(of, event{kind, version})
			if kind == model.Namespaces {
				c.graves.bury(name{namespace: old.GetName()}, event{kind, version})
			}
		}
		made := marker(kind, markerName(kind, c.graves.made(kind)))
		c.markers[kind] = made
		c.graves.marked(kind, c.make(kind, made))
	}
}

// disturb does to the watches what makes clients leak.
func (c *churn) disturb() {
	if c.events-c.ended >= c.sooner(endEvery, 8) {
		c.ended = c.events
		c.any().end(false)
	}
	if c.events-c.expiring >= c.sooner(expireEvery, 4) {
		c.expiring = c.events
		if kind, found := c.rested(); found {
			c.expired[kind] = time.Now()
			c.server.journals[kind].end(true)
		}
	}
	if c.events-c.cutAt >= c.sooner(cutEvery, 2) {
		c.cutAt = c.events
		if now := time.Now(); now.Sub(c.cut) > apart {
			c.cut = now
			c.cuts++
			c.server.cut()
		}
	}
}

// sooner is after how many events something happens: at least so many times in all.
func (c *churn) sooner(events, times int64) int64 { return min(events, c.expected/(times+1)) }

// rested is a kind that has not had to list anew for a while; pods come first.
func (c *churn) rested() (model.Kind, bool) {
	for _, kind := range c.server.order {
		if time.Since(c.expired[kind]) > quiet {
			return kind, true
		}
	}
	return 0, false
}

// any is a kind's journal: that of pods once in three times.
func (c *churn) any() *journal {
	all := c.server.order
	if c.rng.IntN(3) == 0 {
		return c.server.journals[model.Pods]
	}
	return c.server.journals[all[c.rng.IntN(len(all))]]
}

// named is what a series says of an object of a kind with series of its own.
func named(kind model.Kind, o object) name {
	of := name{namespace: o.GetNamespace(), name: o.GetName()}
	switch kind {
	case model.Nodes:
		of.kind = "Node"
	case model.Namespaces:
		of.kind, of.namespace = "Namespace", of.name
	case model.ServiceAccounts:
		of.kind = "ServiceAccount"
	case model.NetworkPolicies:
		of.kind = "NetworkPolicy"
	case model.Roles:
		of.kind = "Role"
	case model.RoleBindings:
		of.kind = "RoleBinding"
	case model.ClusterRoles:
		of.kind = "ClusterRole"
	case model.ClusterRoleBindings:
		of.kind = "ClusterRoleBinding"
	}
	return of
}
