package snapshot

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// diskFiles is a file tree on disk: files and folders as they were asked for.
type diskFiles struct{ paths []string }

func newDiskFiles(paths []string) *diskFiles {
	d := &diskFiles{}
	for _, p := range paths {
		if p = filepath.Clean(p); !slices.Contains(d.paths, p) {
			d.paths = append(d.paths, p)
		}
	}
	return d
}

func (d *diskFiles) roots() []string { return d.paths }

func (d *diskFiles) open(name string) (fs.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d *diskFiles) list() listing {
	w := &diskWalk{
		listing: listing{failed: map[string]error{}, covered: map[string]bool{}, folders: map[string]map[string]bool{}},
		seen:    map[string]bool{},
	}
	for _, root := range d.paths {
		w.current = root
		w.root(root)
	}
	slices.Sort(w.files)
	return w.listing
}

// diskWalk collects the files below the roots. It follows symbolic links, as
// mounted ConfigMaps need, but takes each real file and folder once, so that
// neither loops nor crossing links can multiply them.
type diskWalk struct {
	listing
	current string // the root being walked
	seen    map[string]bool
}

func (w *diskWalk) root(name string) {
	w.watchParent(name)
	real, info, err := resolve(name)
	switch {
	case err != nil:
		w.failed[name] = err
	case info.IsDir():
		w.folder(name, real)
	case info.Mode().IsRegular():
		w.file(name, real)
		w.watch(filepath.Dir(real), filepath.Base(real))
	default:
		w.failed[name] = errors.New("neither a file nor a folder")
	}
}

// watchParent sees to it that a root is noticed when it is replaced or comes back.
func (w *diskWalk) watchParent(name string) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(absolute))
	if err != nil {
		return
	}
	w.watch(parent, filepath.Base(absolute))
	w.watch(parent, dataLink)
}

func (w *diskWalk) folder(name, real string) {
	if !w.first(real) {
		return
	}
	w.folders[real] = nil
	entries, err := os.ReadDir(name)
	if err != nil {
		w.failed[name] = err
		return
	}
	for _, e := range entries {
		if hidden(e.Name()) {
			continue
		}
		child, childReal := filepath.Join(name, e.Name()), filepath.Join(real, e.Name())
		if e.Type()&fs.ModeSymlink != 0 {
			w.link(child)
		} else if e.IsDir() {
			w.folder(child, childReal)
		} else if e.Type().IsRegular() && isManifest(child) {
			w.file(child, childReal)
		}
	}
}

// link takes what a symbolic link leads to. A link to nowhere with a
// manifest's name stays in the list, to fail when it is read: its objects
// were not deleted, they just cannot be seen.
func (w *diskWalk) link(name string) {
	real, info, err := resolve(name)
	switch {
	case err == nil && info.IsDir():
		w.folder(name, real)
	case err == nil && info.Mode().IsRegular() && isManifest(name):
		w.file(name, real)
		w.watch(filepath.Dir(real), filepath.Base(real))
	case err != nil && isManifest(name):
		w.files = append(w.files, name)
	}
}

func (w *diskWalk) file(name, real string) {
	if w.first(real) {
		w.files = append(w.files, name)
	}
}

// first reports whether a real file or folder is met for the first time.
func (w *diskWalk) first(real string) bool {
	if w.seen[real] {
		w.covered[w.current] = true
		return false
	}
	w.seen[real] = true
	return true
}

// watch asks for news of one name in a folder.
func (w *diskWalk) watch(folder, name string) {
	names, known := w.folders[folder]
	if known && names == nil {
		return // everything in it is watched
	}
	if !known {
		names = map[string]bool{}
		w.folders[folder] = names
	}
	names[name] = true
}

// resolve returns the real, absolute path of a file or folder.
func resolve(name string) (string, fs.FileInfo, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return "", nil, err
	}
	real, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		return "", nil, err
	}
	info, err := os.Stat(real)
	return real, info, err
}
