package app

import (
	"errors"
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// heap is how much of the container's memory Go may plan with. The rest is for what the collector of garbage does not see.
const heap = 0.9

// limitMemory makes the collector of garbage work harder near the limit of the container, which would end the process. GOMEMLIMIT counts
// instead where it is set, and without a limit nothing changes.
func limitMemory(logger log.Logger, provider memlimit.Provider) {
	limit, err := memlimit.Set(memlimit.WithProvider(provider), memlimit.WithRatio(heap))
	switch {
	case err == nil && limit < math.MaxInt64:
		level.Info(logger).Log("msg", "memory is limited", "limit_bytes", limit)
	case err != nil && !errors.Is(err, memlimit.ErrNoCgroup):
		level.Debug(logger).Log("msg", "the container's memory limit cannot be read, so it is not heeded", "err", err)
	}
}
