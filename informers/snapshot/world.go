package snapshot

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"sync"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// maxEvents is how many events of a kind a watcher may lag behind before it
// has to list again, as with an API server.
const maxEvents = 1000

// event is one change of one object; the object carries the event's version.
type event struct {
	version uint64
	kind    watch.EventType
	object  object
}

// history is everything that is known of one kind: the objects now and the
// latest events, oldest first. Events with a version up to oldest are gone.
type history struct {
	objects map[types.NamespacedName]object
	events  []event
	oldest  uint64
}

// world holds the objects in their present version and lets watchers follow.
// Objects in it are shared with every consumer and are never written again.
type world struct {
	mu       sync.RWMutex
	version  uint64
	readings uint64
	// memory is how many events are remembered for each kind.
	memory int
	kinds  map[schema.GroupVersionKind]*history
	// changed is closed, and replaced, by every publication.
	changed chan struct{}
}

func newWorld(kinds *kindTable) *world {
	w := &world{memory: maxEvents, kinds: make(map[schema.GroupVersionKind]*history, len(kinds.wanted)), changed: make(chan struct{})}
	for gvk := range kinds.wanted {
		w.kinds[gvk] = &history{objects: map[types.NamespacedName]object{}}
	}
	return w
}

// changes counts what a publication changed.
type changes struct{ added, modified, deleted int }

// publish makes the given objects the whole world. An object that says the
// same as the one before keeps that one's identity and version, in the entry,
// too. It must not be called twice at the same time.
func (w *world) publish(next map[objectKey]*entry) changes {
	// Comparing needs no lock: only publish writes, and what it reads is immutable.
	pending := w.compare(next)
	var n changes
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version++ // also without a change: version 0 is not a version
	for _, c := range pending {
		w.version++
		c.object.SetResourceVersion(formatVersion(w.version))
		h := w.kinds[c.key.kind]
		switch c.event {
		case watch.Added:
			n.added++
			h.objects[c.key.NamespacedName] = c.object
		case watch.Modified:
			n.modified++
			h.objects[c.key.NamespacedName] = c.object
		case watch.Deleted:
			n.deleted++
			delete(h.objects, c.key.NamespacedName)
		}
		h.events = append(h.events, event{version: w.version, kind: c.event, object: c.object})
	}
	for _, h := range w.kinds {
		h.trim(w.memory)
		if w.readings == 0 { // nobody can watch from before the first world
			h.events, h.oldest = nil, w.version
		}
	}
	w.readings++
	close(w.changed)
	w.changed = make(chan struct{})
	return n
}

// change is an event that has no version yet.
type change struct {
	key    objectKey
	event  watch.EventType
	object object
}

func (w *world) compare(next map[objectKey]*entry) []change {
	var pending []change
	for key, e := range next {
		old, known := w.kinds[key.kind].objects[key.NamespacedName]
		switch {
		case known && sameContent(old, e.obj):
			e.obj = old
		case known:
			e.obj = unserved(e.obj)
			pending = append(pending, change{key, watch.Modified, e.obj})
		default:
			e.obj = unserved(e.obj)
			pending = append(pending, change{key, watch.Added, e.obj})
		}
	}
	for gvk, h := range w.kinds {
		for name, old := range h.objects {
			key := objectKey{kind: gvk, NamespacedName: name}
			if _, stays := next[key]; !stays {
				pending = append(pending, change{key, watch.Deleted, unserved(old)})
			}
		}
	}
	slices.SortFunc(pending, func(a, b change) int { return compareKeys(a.key, b.key) })
	return pending
}

// sameContent compares two objects without their resourceVersions.
func sameContent(served, candidate object) bool {
	if served == candidate {
		return true
	}
	candidate = unserved(candidate)
	candidate.SetResourceVersion(served.GetResourceVersion())
	same := equality.Semantic.DeepEqual(served, candidate)
	candidate.SetResourceVersion("")
	return same
}

// unserved returns an object that may be written. Objects get a version when
// they are served first, and from then on belong to the consumers.
func unserved(o object) object {
	if o.GetResourceVersion() == "" {
		return o
	}
	fresh := o.DeepCopyObject().(object) // a copy has the type of the original
	fresh.SetResourceVersion("")
	return fresh
}

func (h *history) trim(memory int) {
	if surplus := len(h.events) - memory; surplus > 0 {
		h.oldest = h.events[surplus-1].version
		// A new array: watchers may still read the old one.
		h.events = slices.Clone(h.events[surplus:])
	}
}

// list returns the objects of a kind, sorted by namespace and name, and the
// version they were all current at.
func (w *world) list(gvk schema.GroupVersionKind) ([]object, uint64) {
	w.mu.RLock()
	h := w.kinds[gvk]
	objects := make([]object, 0, len(h.objects))
	for _, o := range h.objects {
		objects = append(objects, o)
	}
	version := w.version
	w.mu.RUnlock()
	slices.SortFunc(objects, func(a, b object) int {
		return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
	})
	return objects, version
}

// since is what a watcher learns when it asks what came after a version.
type since struct {
	events []event
	// expired is set if events after the version are no longer known.
	expired bool
	// version is the world's version that events lead to, readings how often
	// the files have been read by then.
	version, readings uint64
	// changed is closed when there is news.
	changed <-chan struct{}
}

func (w *world) since(gvk schema.GroupVersionKind, version uint64) since {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.kinds[gvk]
	s := since{version: w.version, readings: w.readings, changed: w.changed}
	if version < h.oldest || version > w.version {
		s.expired = true
		return s
	}
	first := sort.Search(len(h.events), func(i int) bool { return h.events[i].version > version })
	s.events = h.events[first:]
	return s
}

func compareKeys(a, b objectKey) int {
	return cmp.Or(
		cmp.Compare(a.kind.Group, b.kind.Group),
		cmp.Compare(a.kind.Version, b.kind.Version),
		cmp.Compare(a.kind.Kind, b.kind.Kind),
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Name, b.Name),
	)
}

func formatVersion(version uint64) string { return strconv.FormatUint(version, 10) }

// listOf packs objects of differing Go types into one list.
func listOf(objects []object, version uint64) *metav1.List {
	list := &metav1.List{ListMeta: metav1.ListMeta{ResourceVersion: formatVersion(version)}}
	list.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: "List"})
	list.Items = make([]runtime.RawExtension, len(objects))
	for i, o := range objects {
		list.Items[i].Object = o
	}
	return list
}
