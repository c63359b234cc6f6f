package snapshot

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// maxLogged bounds the log lines of one file with many broken items, and of
// one reading with many duplicates; the counts stay exact.
const maxLogged = 50

// passedOver says that the object of one file gave way to another file's.
type passedOver struct{ file, by string }

// reporter logs what is wrong with the files: once, not at every reading.
// It is guarded by Source.reading.
type reporter struct {
	logger log.Logger
	// failing maps unlistable and unreadable paths to why.
	failing map[string]string
	twice   map[objectKey]passedOver
	unknown string
}

func (r *reporter) unlisted(path string, err error) {
	if r.failing[path] == err.Error() {
		return
	}
	r.failing[path] = err.Error()
	level.Warn(r.logger).Log("msg", "cannot list a snapshot path: its objects are kept as they were", "path", path, "err", err)
}

func (r *reporter) unread(file string, err error) {
	if r.failing[file] == err.Error() {
		return
	}
	r.failing[file] = err.Error()
	level.Warn(r.logger).Log("msg", "cannot read a snapshot file: its objects are kept as they were", "file", file, "err", err)
}

// recovered forgets the failures of paths that are fine now, so that the next
// one is logged.
func (r *reporter) recovered(failing func(path string) bool) {
	maps.DeleteFunc(r.failing, func(path, _ string) bool { return !failing(path) })
}

// incomplete warns of a content that is not taken. It is called once for each.
func (r *reporter) incomplete(file string, cut *problem, served bool) {
	msg := "snapshot file is incomplete: its last good content is served"
	if !served {
		msg = "snapshot file is incomplete: nothing of it is served"
	}
	level.Warn(r.logger).Log("msg", msg, "file", file, "document", cut.document, "line", cut.line, "kind", cut.kind,
		"err", cut.err, "fix", cut.fix())
}

func (r *reporter) problems(file string, problems []problem, kept int) {
	for i, p := range problems {
		if i == maxLogged {
			level.Warn(r.logger).Log("msg", "more broken items in the snapshot file", "file", file, "count", len(problems)-i)
			break
		}
		level.Warn(r.logger).Log("msg", "broken item in a snapshot file", "file", file, "document", p.document, "line", p.line,
			"kind", p.kind, "namespace", p.namespace, "name", p.name, "err", p.err)
	}
	if kept > 0 {
		level.Warn(r.logger).Log("msg", "objects are kept from the last good reading of the snapshot file", "file", file, "count", kept)
	}
}

// duplicates warns of each object that is in more than one place, once for as
// long as that lasts.
func (r *reporter) duplicates(twice map[objectKey]passedOver) {
	logged := 0
	for _, key := range slices.SortedFunc(maps.Keys(twice), compareKeys) {
		if _, before := r.twice[key]; before {
			continue
		}
		if logged++; logged > maxLogged {
			continue
		}
		level.Warn(r.logger).Log("msg", "the same object is in the snapshot twice: the last one counts", "kind", key.kind.Kind,
			"namespace", key.Namespace, "name", key.Name, "ignored", twice[key].file, "taken", twice[key].by)
	}
	if logged > maxLogged {
		level.Warn(r.logger).Log("msg", "more objects are in the snapshot twice", "count", logged-maxLogged)
	}
	r.twice = twice
}

func (r *reporter) unknownKinds(unknown map[schema.GroupVersionKind]int) {
	var kinds []string
	for kind, n := range unknown {
		kinds = append(kinds, fmt.Sprintf("%s %s: %d", kind.GroupVersion(), kind.Kind, n))
	}
	slices.Sort(kinds)
	text := strings.Join(kinds, ", ")
	if text != r.unknown && text != "" {
		level.Info(r.logger).Log("msg", "the snapshot has objects of kinds that are not looked at", "kinds", text)
	}
	r.unknown = text
}
