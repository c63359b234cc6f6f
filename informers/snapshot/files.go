package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// maxFileBytes bounds one file: decoding takes several times its size in memory.
const maxFileBytes = 256 << 20

var errChanging = errors.New("the file is being written: wait until it is saved")

var errTooLarge = fmt.Errorf("the file is larger than %d MiB: split it into several files", maxFileBytes>>20)

// listing is what a look at the files found.
type listing struct {
	// files are the manifests, sorted by path.
	files []string
	// failed maps paths that could not be listed to why. Nothing is known of
	// the files below them.
	failed map[string]error
	// covered are the roots that share files with an earlier root.
	covered map[string]bool
	// folders maps each real folder worth watching to the names in it that
	// matter; nil stands for all.
	folders map[string]map[string]bool
}

// fileTree is where the manifests are.
type fileTree interface {
	// roots are the paths that were asked for; every file is below one of them.
	roots() []string
	list() listing
	open(path string) (fs.File, error)
}

// fixedFiles is a file tree that never changes, such as an embed.FS.
type fixedFiles struct{ fs fs.FS }

func (f fixedFiles) roots() []string { return []string{"."} }

func (f fixedFiles) open(name string) (fs.File, error) { return f.fs.Open(name) }

func (f fixedFiles) list() listing {
	l := listing{failed: map[string]error{}}
	err := fs.WalkDir(f.fs, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			l.failed[name] = err
			return nil
		case name != "." && hidden(d.Name()):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && isManifest(name):
			l.files = append(l.files, name)
		}
		return nil
	})
	if err != nil {
		l.failed["."] = err
	}
	return l
}

// readFile reads a whole file, up to the limit. The error is errChanging if
// the file was written meanwhile.
func readFile(tree fileTree, name string) (data []byte, info fs.FileInfo, err error) {
	f, err := tree.open(name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("not a regular file")
	}
	if info.Size() > maxFileBytes {
		return nil, nil, errTooLarge
	}
	buffer := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	// The file may be growing: the limit holds for what is read, too.
	if _, err := buffer.ReadFrom(io.LimitReader(f, maxFileBytes+1)); err != nil {
		return nil, nil, err
	}
	if buffer.Len() > maxFileBytes {
		return nil, nil, errTooLarge
	}
	after, err := f.Stat()
	if err == nil && (after.Size() != int64(buffer.Len()) || !after.ModTime().Equal(info.ModTime())) {
		err = errChanging
	}
	return buffer.Bytes(), info, err
}

// hidden names are not for us: editors' scratch files, version control, and
// the folders behind a mounted ConfigMap, whose files appear beside them.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

func isManifest(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// whyUnlisted words why a path that was asked for cannot be listed.
func whyUnlisted(name string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("snapshot path %q does not exist: pass an existing file or folder", name)
	}
	return fmt.Errorf("snapshot path %q cannot be read: %w", name, err)
}
