package leaks

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// The exporter serves profiles only to those who say who they are.
const (
	profileUser = "leaks"
	// profileUsers has the hash of the user's password, which is the user's name.
	profileUsers = "basic_auth_users:\n  " + profileUser + ": $2a$04$MlO3IIfAwcOjAl0eK7hdxuZjY03bdi7IZI536fgWFKAqVHSrf3wOe\n"
)

// flags make the exporter serve profiles where they are asked for.
func (o *options) flags(t *testing.T) []string {
	t.Helper()
	if o.profiles == "" {
		return nil
	}
	file := filepath.Join(t.TempDir(), "web.yml")
	noError(t, os.WriteFile(file, []byte(profileUsers), 0o600))
	return []string{"--web.config.file=" + file, "--web.enable-pprof"}
}

// profile writes what is on the heap after a collection of garbage, where profiles are asked for.
func (w *observer) profile(ctx context.Context, when string) {
	w.t.Helper()
	if w.o.profiles == "" {
		return
	}
	body, err := w.exporter.get(ctx, "/debug/pprof/heap?gc=1")
	noError(w.t, err)
	noError(w.t, os.MkdirAll(w.o.profiles, 0o755))
	noError(w.t, os.WriteFile(filepath.Join(w.o.profiles, "heap-"+when+".pb.gz"), body, 0o644))
}
