package faults

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// entry is what a key held from a revision on.
type entry struct {
	revision uint64
	at       time.Time
	// projected is nil when the key was deleted.
	projected any
}

// ledger is what etcd held of every kind at every revision.
type ledger struct {
	projector *informers.Projector
	kinds     map[string]informers.Kind

	mu sync.Mutex
	// pasts are what etcd held, in the order of time: it begins another one when it is restored
	// from a backup.
	pasts []*past
	// stopped is true while etcd is stopped on purpose.
	stopped bool
	// defined is which groups custom resources are defined in, in the order of time.
	defined []definition
	broken  error
}

// past is a history in which no revision means two things.
type past struct {
	began    time.Time
	revision uint64
	// entries are by kind and key, in the order of revisions, and changes all of a kind's in one list.
	entries [model.KindCount]map[string][]entry
	changes [model.KindCount][]entry
}

func newPast() *past {
	p := &past{began: time.Now()}
	for k := range p.entries {
		p.entries[k] = make(map[string][]entry)
	}
	return p
}

// definition is one moment at which the definition of custom resources came or went.
type definition struct {
	at    time.Time
	names map[string]bool
}

// definitions is where etcd holds the definitions of custom resources.
const definitions = "/registry/apiextensions.k8s.io/customresourcedefinitions/"

// startLedger follows the cluster's history until the end of the test.
func startLedger(t *testing.T, cluster *testcluster.Cluster, projector *informers.Projector) *ledger {
	l := &ledger{projector: projector, kinds: make(map[string]informers.Kind), defined: []definition{{time.Now(), make(map[string]bool)}}, pasts: []*past{newPast()}}
	for _, k := range informers.Table() {
		l.kinds[registry(&k)] = k
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil && l.resumes() {
			l.mu.Lock()
			after := l.newest().revision
			l.mu.Unlock()
			err := cluster.History(ctx, after, l.add)
			l.mu.Lock()
			if !l.stopped && ctx.Err() == nil && l.broken == nil {
				l.broken = err
			}
			l.mu.Unlock()
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return l
}

// newest is the past that goes on. The caller holds the lock.
func (l *ledger) newest() *past { return l.pasts[len(l.pasts)-1] }

// resumes waits until etcd is not stopped on purpose, and is false when the history is broken.
func (l *ledger) resumes() bool {
	for ; ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		stopped, broken := l.stopped, l.broken
		l.mu.Unlock()
		if !stopped || broken != nil {
			return broken == nil
		}
	}
}

// away stops following etcd while something stops it. When it is restored, another past begins.
func (l *ledger) away(restored bool, meanwhile func()) {
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	meanwhile()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped = false; restored {
		l.pasts = append(l.pasts, newPast())
	}
}

// registry is where etcd holds a kind.
func registry(k *informers.Kind) string {
	switch {
	case k.Optional:
		return "/registry/" + k.Group + "/" + k.Plural() + "/"
	case k.Kind == model.Nodes:
		return "/registry/minions/"
	}
	return "/registry/" + k.Plural() + "/"
}

func (l *ledger) add(c testcluster.Change) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	in := l.newest()
	defer func() { in.revision = max(in.revision, c.Revision) }()
	if name, ok := strings.CutPrefix(c.Key, definitions); ok {
		l.define(name, c.Value != nil)
		return
	}
	for prefix, k := range l.kinds {
		key, ok := strings.CutPrefix(c.Key, prefix)
		if !ok {
			continue
		}
		e := entry{revision: c.Revision, at: now}
		if c.Value != nil {
			var err error
			if e.projected, err = l.project(&k, c); err != nil {
				l.broken = fmt.Errorf("%s at revision %d: %w", c.Key, c.Revision, err)
			}
		}
		in.entries[k.Kind][key] = append(in.entries[k.Kind][key], e)
		in.changes[k.Kind] = append(in.changes[k.Kind], e)
		return
	}
}

// define notes that a definition is there from now on, or is not.
func (l *ledger) define(name string, there bool) {
	names := maps.Clone(l.defined[len(l.defined)-1].names)
	if names[name] = true; !there {
		delete(names, name)
	}
	l.defined = append(l.defined, definition{time.Now(), names})
}

// undefine notes that a definition is about to go.
func (l *ledger) undefine(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.define(name, false)
}

// project makes of what etcd holds what the exporter makes of what the API server says.
func (l *ledger) project(k *informers.Kind, c testcluster.Change) (any, error) {
	var object runtime.Object
	var err error
	if k.Optional {
		custom := &unstructured.Unstructured{}
		err = custom.UnmarshalJSON(c.Value)
		object = custom
	} else {
		object, err = runtime.Decode(scheme.Codecs.UniversalDeserializer(), c.Value)
	}
	if err != nil {
		return nil, err
	}
	meta, err := apimeta.Accessor(object)
	if err != nil {
		return nil, err
	}
	meta.SetResourceVersion(fmt.Sprint(c.Revision))
	if k.MetadataOnly {
		only := &metav1.PartialObjectMetadata{}
		only.Name, only.Namespace, only.OwnerReferences = meta.GetName(), meta.GetNamespace(), meta.GetOwnerReferences()
		only.ResourceVersion, only.UID = meta.GetResourceVersion(), meta.GetUID()
		object = only
	}
	return l.projector.Transform(k.Kind)(object)
}

// await waits until a past has come as far as a revision. One that is over never will.
func (l *ledger) await(past int, revision uint64) error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		reached, over, broken := l.pasts[past].revision >= revision, past < len(l.pasts)-1, l.broken
		l.mu.Unlock()
		switch {
		case broken != nil:
			return broken
		case reached:
			return nil
		case over || time.Now().After(deadline):
			return fmt.Errorf("etcd has not told of revision %d, of which an exporter knows", revision)
		}
	}
}

// state is every object of a kind at a revision of a past.
func (l *ledger) state(past int, k model.Kind, revision uint64) map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	objects := make(map[string]any)
	for key, list := range l.pasts[past].entries[k] {
		i := sort.Search(len(list), func(i int) bool { return list[i].revision > revision })
		if i > 0 && list[i-1].projected != nil {
			objects[key] = list[i-1].projected
		}
	}
	return objects
}

// missing is the time of the kind's first change after a revision of a past, and whether there is
// one. That the past is over is a change.
func (l *ledger) missing(past int, k model.Kind, revision uint64) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.pasts[past].changes[k]
	i := sort.Search(len(list), func(i int) bool { return list[i].revision > revision })
	switch {
	case i < len(list):
		return list[i].at, true
	case past < len(l.pasts)-1:
		return l.pasts[past+1].began, true
	}
	return time.Time{}, false
}

// served says whether a custom resource was defined at some moment since a time, and whether it was not.
func (l *ledger) served(k *informers.Kind, since time.Time) (was, wasNot bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := k.Plural() + "." + k.Group
	for i, d := range l.defined {
		if i+1 < len(l.defined) && l.defined[i+1].at.Before(since) {
			continue
		}
		was, wasNot = was || d.names[name], wasNot || !d.names[name]
	}
	return was, wasNot
}

// groups are the groups of custom resources that were served at some moment since a time, from the latest to the oldest.
func (l *ledger) groups(since time.Time) (all [][]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, d := range slices.Backward(l.defined) {
		if i+1 < len(l.defined) && l.defined[i+1].at.Before(since) {
			break
		}
		served := []string{}
		for name := range d.names {
			_, group, _ := strings.Cut(name, ".")
			served = append(served, group)
		}
		all = append(all, served)
	}
	return all
}
