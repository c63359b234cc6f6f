package leaks

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// name is what a series can be about: an object, or everything in a namespace, whose kind is then empty.
type name struct{ kind, namespace, name string }

func (n name) String() string { return strings.Trim(n.kind+" "+n.namespace+"/"+n.name, " /") }

// graves knows what has been deleted, and for ever: no name is used twice. A series of it is wrong once the exporter has taken the last
// event about it, which is known by a marker: an object of the same kind that was made later and has a series.
type graves struct {
	mu sync.Mutex
	// deleted has for each name the last event of each kind that can make a series of it, and nothing once the exporter has taken them.
	deleted map[name][]event
	// unsettled are those of which the exporter has not been seen to have taken every event yet.
	unsettled []name
	settled   int
	// markers are the versions at which the markers of a kind were made, by number.
	markers [model.KindCount][]uint64
	seen    [model.KindCount]uint64

	// checks is how many times a name was looked for that must not be there; wrong are the first times that it was.
	checks int64
	wrong  []string
}

// event is one by the version that it made.
type event struct {
	kind    model.Kind
	version uint64
}

func newGraves() *graves { return &graves{deleted: make(map[name][]event)} }

// bury notes that nothing of that name is left.
func (g *graves) bury(n name, last ...event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.deleted[n] = last
	g.unsettled = append(g.unsettled, n)
}

// made is how many markers of a kind there have been, which is the number of the next.
func (g *graves) made(kind model.Kind) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.markers[kind])
}

// marked notes that the next marker was made.
func (g *graves) marked(kind model.Kind, version uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.markers[kind] = append(g.markers[kind], version)
}

const (
	markerPrefix = "marker-"
	// fewWrong is how many wrong series are kept.
	fewWrong = 20
)

func markerName(kind model.Kind, number int) string {
	return fmt.Sprintf("%s%s-%d", markerPrefix, kind, number)
}

// markable are the kinds of which every object has a series of its own, or one of its namespace.
func markable() []model.Kind {
	return []model.Kind{
		model.Pods, model.Namespaces, model.Nodes, model.ServiceAccounts, model.NetworkPolicies, model.Roles, model.RoleBindings,
		model.ClusterRoles, model.ClusterRoleBindings,
	}
}

// visit looks at one scrape: first at its markers, then for what must not be there. It returns how many names it looked for.
func (g *graves) visit(e exposition) int {
	named, values := names(e)
	g.mu.Lock()
	defer g.mu.Unlock()
	for value := range values {
		g.see(value)
	}
	left := g.unsettled[:0]
	for _, n := range g.unsettled {
		if g.taken(g.deleted[n]) {
			g.deleted[n] = nil
		} else {
			left = append(left, n)
		}
	}
	g.settled += len(g.unsettled) - len(left)
	g.unsettled = left
	for n := range named {
		if last, dead := g.deleted[n]; dead && last == nil && len(g.wrong) < fewWrong {
			g.wrong = append(g.wrong, n.String())
		}
	}
	g.checks += int64(g.settled)
	return g.settled
}

// see notes the marker that a label value names, if it does.
func (g *graves) see(value string) {
	rest, is := strings.CutPrefix(value, markerPrefix)
	if !is {
		return
	}
	at := strings.LastIndexByte(rest, '-')
	number, err := strconv.Atoi(rest[at+1:])
	if err != nil {
		return
	}
	for _, kind := range markable() {
		if kind.String() == rest[:at] && number < len(g.markers[kind]) {
			g.seen[kind] = max(g.seen[kind], g.markers[kind][number])
		}
	}
}

func (g *graves) taken(last []event) bool {
	for _, e := range last {
		if g.seen[e.kind] < e.version {
			return false
		}
	}
	return true
}

// caughtUp says whether the last marker of every kind has been seen.
func (g *graves) caughtUp() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, kind := range markable() {
		if made := g.markers[kind]; len(made) == 0 || g.seen[kind] < made[len(made)-1] {
			return false
		}
	}
	return true
}

// names are everything that the series of a scrape are about, and the label values among which markers are.
func names(e exposition) (named map[name]bool, values map[string]bool) {
	named, values = make(map[name]bool), make(map[string]bool)
	for family, f := range e {
		if !strings.HasPrefix(family, "kube_posture_") {
			continue
		}
		for _, m := range f.GetMetric() {
			var of name
			for _, l := range m.GetLabel() {
				switch v := l.GetValue(); l.GetName() {
				case "namespace":
					of.namespace = v
				case "subject_namespace":
					named[name{namespace: v}] = true
				case "kind":
					of.kind = v
				case "name":
					of.name = v
				case "node":
					named[name{kind: "Node", name: v}] = true
					values[v] = true
				case "binding":
					named[name{kind: "ClusterRoleBinding", name: v}] = true
				}
			}
			named[name{namespace: of.namespace}] = true
			values[of.namespace], values[of.name] = true, true
			if of.kind != "" {
				named[of] = true
			}
		}
	}
	return named, values
}
