package app

import (
	"bytes"
	"errors"
	"math"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/go-kit/log"
)

// TestLimitMemory cannot run beside others: there is one limit.
func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for name, tt := range map[string]struct {
		env      string
		provider memlimit.Provider
		want     int64
		logged   string
	}{
		"a container of 256 MiB": {"", memlimit.Limit(256 << 20), 256 << 20 * 85 / 100, "limit_bytes=228170137"},
		"GOMEMLIMIT is set":      {"100MiB", memlimit.Limit(256 << 20), math.MaxInt64, ""},
		"no limit":               {"", func() (uint64, error) { return 0, memlimit.ErrNoLimit }, math.MaxInt64, ""},
		"cannot be read":         {"", func() (uint64, error) { return 0, errors.New("torn") }, math.MaxInt64, "torn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GOMEMLIMIT", tt.env) // is put back after the test
			if tt.env == "" {
				os.Unsetenv("GOMEMLIMIT")
			}
			debug.SetMemoryLimit(math.MaxInt64)
			var out bytes.Buffer
			limitMemory(log.NewLogfmtLogger(&out), tt.provider)
			if got := debug.SetMemoryLimit(-1); got != tt.want {
				t.Errorf("the limit is %d, want %d", got, tt.want)
			}
			if (out.Len() > 0) != (tt.logged != "") || !strings.Contains(out.String(), tt.logged) {
				t.Errorf("logged %q, want %q", out.String(), tt.logged)
			}
		})
	}
}
