package app

import (
	"errors"
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// heap is how much of the container's memory Go may plan with. The rest is for what the collector of garbage does not see: the program itself,
// of which 33 MiB stay in memory, and what the kernel keeps for connections. With a tenth for them a container of 256 MiB that was full read its
// program from the disk again and again.
const heap = 0.85

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
