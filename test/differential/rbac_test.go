// Package differential_test holds what the exporter decides by itself against the program that decides it in a cluster: random worlds
// are created on a real API server, read back as the exporter reads them, and both are asked the same.
//
// It must never wait by sleeping, take a refusal to answer for a no, or leave a world unnamed: every failure says the seed that
// makes it again. Nothing imports it, and every test in it skips under -short.
package differential_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/kube-posture/kube-posture-exporter/internal/logging"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	// defaultWorlds keeps `make test` short; WORLDS sets another number.
	defaultWorlds = 4
	// defaultSeed is that of the first world, the others count up; SEED sets another.
	defaultSeed = 20_270_101
	// randomReviews is how many requests of random subjects are reviewed in each world.
	randomReviews = 2_000
	// populationQueries is how many requests are reviewed for the whole population of each world.
	populationQueries = 50
)

func TestMain(m *testing.M) {
	// client-go logs by itself what the tests do on purpose.
	logging.RouteKlog(log.NewNopLogger())
	os.Exit(m.Run())
}

// TestRBACAgainstAPIServer asks the Model and the API server's authorizer the same questions about random worlds, one after another
// on the same API server. Replay a world that failed by its seed: SEED=<seed> WORLDS=1.
func TestRBACAgainstAPIServer(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a real control plane")
	}
	first, worlds := fromEnv(t, "SEED", defaultSeed), fromEnv(t, "WORLDS", defaultWorlds)
	t.Logf("SEED=%d WORLDS=%d", first, worlds)
	h := newHarness(t, testcluster.Start(t, testcluster.WithControllerManager()))
	t.Run("refused", h.refused)
	var total tally
	for seed := first; seed < first+worlds; seed++ {
		t.Run(fmt.Sprintf("SEED=%d", seed), func(t *testing.T) {
			counted := reviewWorld(t, h, seed)
			t.Log(&counted)
			total.add(counted)
		})
	}
	t.Logf("SEED=%d WORLDS=%d: %s", first, worlds, &total)
	if share := total.random.share(); worlds >= defaultWorlds && (share < 0.2 || share > 0.8) {
		t.Errorf("%.0f %% of the random requests are allowed; to tell a wrong yes and a wrong no, draw them between 20 and 80 %%", 100*share)
	}
}

func reviewWorld(t *testing.T, h *harness, seed uint64) tally {
	w := newWorld(seed)
	t.Cleanup(func() { h.remove(t, w) })
	h.create(t, w)
	h.settle(t, w)

	in, raw := h.read(t), h.list(t)
	c := &comparison{t: t, h: h, w: w, raw: raw, model: rbac.Build(in), started: time.Now()}
	c.population()
	c.identities()
	d := newDrawer(rand.New(rand.NewPCG(seed, 1)), raw, c.model.Subjects())
	c.requests(d)
	c.whoCan(d)
	c.clusterAdmins()
	c.namespaceAdmins()
	h.unchanged(t, in)
	return c.done()
}

// fromEnv reads a number from the environment.
func fromEnv(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s=%q: %v; set it to a whole number", name, text, err)
	}
	return n
}
