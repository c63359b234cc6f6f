package differential_test

import (
	"fmt"
	"time"
)

// tally is what has been compared.
type tally struct {
	worlds int
	// random are the requests of random subjects; population are those of everybody in the population.
	random, population reviews
	took               time.Duration
}

type reviews struct{ asked, allowed int }

func (r *reviews) add(o reviews) {
	r.asked += o.asked
	r.allowed += o.allowed
}

func (r *reviews) share() float64 { return float64(r.allowed) / float64(max(r.asked, 1)) }

func (r *reviews) String() string { return fmt.Sprintf("%d (%.1f %% allowed)", r.asked, 100*r.share()) }

func (c *tally) add(o tally) {
	c.worlds += o.worlds
	c.random.add(o.random)
	c.population.add(o.population)
	c.took += o.took
}

func (c *tally) String() string {
	return fmt.Sprintf("%d worlds, %d reviews: %s of random subjects, %s of the whole population, in %.1f s",
		c.worlds, c.random.asked+c.population.asked, &c.random, &c.population, c.took.Seconds())
}
