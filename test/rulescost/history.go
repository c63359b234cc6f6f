package main

import (
	"hash/fnv"
	"math"
	"strconv"
)

// history says which objects a cluster had, and when: workloads are replaced by others of other names, and every tenth has a CronJob
// beside it that fails the same checks for an hour a day.
type history struct {
	c       *cluster
	objects map[string][]incarnation
	// workloads are how many were asked for.
	workloads int
}

// incarnation is one object that stood in the place of a workload.
type incarnation struct {
	kind, name string
	spans      []span
}

func newHistory(c *cluster) *history {
	return &history{c: c, objects: make(map[string][]incarnation)}
}

// of returns the objects of the year that stand for one of the generated cluster.
func (h *history) of(namespace, kind, name string) []incarnation {
	if kind != "Deployment" {
		return []incarnation{{kind, name, h.c.lifeOf(namespace)}}
	}
	key := namespace + "/" + name
	if known, ok := h.objects[key]; ok {
		return known
	}
	place := h.workloads
	h.workloads++
	list := h.replaced(namespace, name, place)
	if place%10 == 0 && namespace != h.c.young {
		list = append(list, h.nightly(name+"-job", place))
	}
	h.objects[key] = list
	return list
}

// replaced goes back from now: each workload has replaced another, a hundred days before on average when one in a hundred is replaced in a
// day.
func (h *history) replaced(namespace, name string, place int) []incarnation {
	seed := fnv.New64a()
	seed.Write([]byte(namespace + "/" + name))
	rng := seed.Sum64()
	born := func(died int64) int64 {
		rng = mix(rng + 0x9e3779b97f4a7c15)
		return died - int64(-math.Log((float64(rng>>11)+1)/(1<<53))/max(h.c.Replaced, 1e-6)*float64(day))
	}
	died, from := int64(math.MaxInt64), born(h.c.now)
	switch {
	case namespace == h.c.young:
		return []incarnation{{"Deployment", name, h.c.lifeOf(namespace)}}
	case float64(mix(rng)%10000) < h.c.Burst*10000, place == 1:
		from = h.c.now - 20*minute
	}
	var list []incarnation
	for n := 0; ; n++ {
		list = append(list, incarnation{"Deployment", name + "-v" + strconv.Itoa(n), []span{{from, died}}})
		if from <= h.c.start {
			return list
		}
		died, from = from, born(from)
	}
}

// nightly runs for an hour a day; the hours of all CronJobs are spread over the day, and that of the first began half an hour ago.
func (h *history) nightly(name string, place int) incarnation {
	first := h.c.now - 30*minute - int64(place)*977*minute%day
	o := incarnation{kind: "CronJob", name: name}
	for n := (first - h.c.oldest) / day; n >= -1; n-- {
		o.spans = append(o.spans, span{first - n*day, first - n*day + hour})
	}
	return o
}
