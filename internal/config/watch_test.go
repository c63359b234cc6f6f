package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// never is a polling interval that no test reaches, so that only events can tell of a change.
const never = time.Hour

func TestRunSeesWrite(t *testing.T) {
	f := newFixture(t)
	f.run(never)
	for i := 2; i < 5; i++ {
		f.write(f.file, limit(i))
		f.expect(loaded)
		f.wantLimit(i)
	}
	f.silent()
}

func TestRunSeesRename(t *testing.T) {
	f := newFixture(t)
	f.run(never)
	for i := 2; i < 5; i++ {
		temp := filepath.Join(f.dir, ".config.yaml.swp")
		f.write(temp, limit(i))
		f.must(os.Rename(temp, f.file))
		f.expect(loaded)
		f.wantLimit(i)
	}
	f.silent()
}

// TestRunSeesConfigMap swaps the links as the kubelet does: the file is a link into ..data, which is a link to a folder
// with a new name for every version.
func TestRunSeesConfigMap(t *testing.T) {
	f := newFixture(t)
	version := func(name, content string) {
		f.must(os.Mkdir(filepath.Join(f.dir, name), 0o700))
		f.write(filepath.Join(f.dir, name, "config.yaml"), content)
		f.must(os.Symlink(name, filepath.Join(f.dir, "..data_tmp")))
		f.must(os.Rename(filepath.Join(f.dir, "..data_tmp"), filepath.Join(f.dir, "..data")))
	}
	version("..2026_01", limit(1))
	f.must(os.Remove(f.file))
	f.must(os.Symlink(filepath.Join("..data", "config.yaml"), f.file))
	f.start()
	f.run(never)

	version("..2026_02", limit(2))
	f.must(os.RemoveAll(filepath.Join(f.dir, "..2026_01")))
	f.expect(loaded)
	f.wantLimit(2)

	version("..2026_03", "findings: [\n")
	f.expect(notLoaded)
	f.wantLimit(2)
	f.wantStatus(false, 1000)

	version("..2026_04", limit(4))
	f.expect(loaded)
	f.wantLimit(4)
	f.silent()
}

func TestRunKeepsConfigurationOfRemovedFile(t *testing.T) {
	f := newFixture(t)
	f.run(never)
	f.must(os.Remove(f.file))
	f.expect(notLoaded)
	f.wantLimit(1)
	f.wantStatus(false, 1000)

	f.at(2000)
	f.write(f.file, limit(1)) // the same content as before, but the failure is over
	f.expect(loaded)
	f.wantStatus(true, 2000)
	f.silent()
}

func TestRunIgnoresUnchangedContent(t *testing.T) {
	f := newFixture(t)
	f.run(10 * time.Millisecond)
	f.write(f.file, limit(1))
	f.must(os.Chtimes(f.file, time.Now(), time.Now()))
	f.write(filepath.Join(f.dir, "other.yaml"), limit(7))
	f.must(f.Reload()) // asked for, it happens nevertheless
	f.expect(loaded)
	f.write(f.file, "findings: [\n")
	f.expect(notLoaded)
	f.write(f.file+".other", "x") // a bad file that stays bad is reported once
	f.write(f.file, limit(2))
	f.expect(loaded)
	f.wantLimit(2)
	f.silent()
}

func TestRunIsNotHeldUpByABusyFolder(t *testing.T) {
	f := newFixture(t)
	f.run(never)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				if err := os.WriteFile(filepath.Join(f.dir, "busy"), nil, 0o600); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	f.write(f.file, limit(2))
	f.expect(loaded)
	close(stop)
	<-done
	f.wantLimit(2)
}

// TestRunSeesChangeBeforeItStarts changes the file between the first load and the watch.
func TestRunSeesChangeBeforeItStarts(t *testing.T) {
	f := newFixture(t)
	f.write(f.file, limit(2))
	f.run(never)
	f.expect(loaded)
	f.wantLimit(2)
}

func TestRunPollsWhatItCannotWatch(t *testing.T) {
	t.Run("a link into another folder", func(t *testing.T) {
		f := newFixture(t)
		target := filepath.Join(t.TempDir(), "target.yaml")
		f.write(target, limit(1))
		f.must(os.Remove(f.file))
		f.must(os.Symlink(target, f.file))
		f.start()
		f.run(10 * time.Millisecond)
		f.write(target, limit(2))
		f.expect(loaded)
		f.wantLimit(2)
	})
	t.Run("a folder that is not there yet", func(t *testing.T) {
		f := newFixture(t)
		away := filepath.Join(t.TempDir(), "away")
		f.must(os.Rename(f.dir, away))
		f.run(10 * time.Millisecond)
		f.expect("warn: cannot watch the configuration file, polling it instead")
		f.expect(notLoaded)
		f.wantLimit(1)
		f.must(os.Rename(away, f.dir))
		f.expect(loaded)
		f.wantStatus(true, 1000)
	})
}
