package faults

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// fault is something that is done to one exporter, for a time; whoever begins it calms the network afterwards.
type fault struct {
	name  string
	begin func(r *replica, rng *rand.Rand)
	// again is called every now and then while it lasts.
	again func(r *replica)
	// long makes it last longer than what is cached is believed, and lasts for as long as it says.
	long  bool
	lasts time.Duration
}

// some is one kind, or all of them.
func some(rng *rand.Rand) string {
	if rng.IntN(2) == 0 {
		return ""
	}
	return one(rng)
}

func one(rng *rand.Rand) string {
	kinds := []model.Kind{
		model.Pods, model.Pods, model.Namespaces, model.Nodes, model.ServiceAccounts, model.NetworkPolicies, model.Roles, model.RoleBindings,
		model.ClusterRoles, model.ClusterRoleBindings, model.ReplicaSets, model.LimitRanges,
	}
	return kinds[rng.IntN(len(kinds))].String()
}

func storm(name string, code int, reason metav1.StatusReason) fault {
	return fault{name: name, begin: func(r *replica, rng *rand.Rand) {
		r.network.answer(some(rng), refusal{code: code, reason: reason, share: 0.5 + rng.Float64()/2})
		r.network.cut() // so that there are requests
	}, again: func(r *replica) { r.network.cut() }}
}

// networkFaults are what is done to an exporter and what is between it and the API server.
func networkFaults() []fault {
	return []fault{
		{name: "connections cut", begin: func(r *replica, _ *rand.Rand) { r.network.cut() }, again: func(r *replica) { r.network.cut() }},
		{name: "connections refused", begin: func(r *replica, _ *rand.Rand) { r.network.refuse(true) }},
		{name: "no byte passes", begin: func(r *replica, _ *rand.Rand) { r.network.freeze(true) }},
		{name: "slow", begin: func(r *replica, rng *rand.Rand) { r.network.slow(2000 + rng.IntN(50_000)) }},
		{name: "a watch says nothing", begin: func(r *replica, rng *rand.Rand) { r.network.silence(some(rng)) }},
		{
			name: "answers end early", begin: func(r *replica, rng *rand.Rand) {
				r.network.truncate(some(rng))
				r.network.cut()
			},
		},
		storm("410", http.StatusGone, metav1.StatusReasonExpired),
		storm("429", http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests),
		storm("500", http.StatusInternalServerError, metav1.StatusReasonInternalError),
		{name: "discovery flips", lasts: 25 * time.Second, begin: func(r *replica, _ *rand.Rand) {
			// A process that knows nothing of what was served before has to believe it.
			for end := time.Now().Add(comesBack); !r.discovers() && time.Now().Before(end); {
				time.Sleep(10 * time.Millisecond)
			}
			r.network.flip(true)
			r.network.cut()
		}, again: func(r *replica) { r.network.cut() }},
		{name: "an optional kind cannot be listed", lasts: 45 * time.Second, begin: func(r *replica, _ *rand.Rand) {
			r.network.answer(policies.Resource, refusal{code: http.StatusInternalServerError, reason: metav1.StatusReasonInternalError, share: 1})
			r.kill()
		}},
		{name: "killed", begin: func(r *replica, _ *rand.Rand) { r.kill() }},
	}
}

// longFaults outlast what an exporter believes.
func longFaults() []fault {
	return []fault{
		{name: "a watch says nothing for long", long: true, begin: func(r *replica, _ *rand.Rand) { r.network.silence(model.Pods.String()) }},
		{name: "no byte passes for long", long: true, begin: func(r *replica, _ *rand.Rand) { r.network.freeze(true) }},
		{name: "connections refused for long", long: true, begin: func(r *replica, _ *rand.Rand) { r.network.refuse(true) }},
	}
}

// clocks are by how much a clock is set ahead: past the end of the exemption, past the time for reviews, and back.
var clocks = []time.Duration{48 * time.Hour, 0, 100 * 24 * time.Hour, -time.Hour, 0}

// disturb does every fault once to an exporter, one of the long ones among them, and then some at random, until ctx ends; toured is closed
// after the first round.
func (s *session) disturb(ctx context.Context, r *replica, rng *rand.Rand, toured chan<- struct{}) {
	tour := append(networkFaults(), longFaults()[rng.IntN(len(longFaults()))])
	rng.Shuffle(len(tour), func(i, k int) { tour[i], tour[k] = tour[k], tour[i] })
	all := append(networkFaults(), longFaults()...)
	for n := 0; ctx.Err() == nil; n++ {
		if n == len(tour) {
			close(toured)
		}
		f := all[rng.IntN(len(all))]
		if n < len(tour) {
			f = tour[n]
		}
		if f.long && n >= len(tour) && rng.IntN(3) > 0 {
			continue
		}
		if r.ahead != "" && n%2 == 0 {
			if err := r.setClock(clocks[n/2%len(clocks)]); err != nil {
				s.violate(r, err)
			}
			s.note(r.name + ": clock")
		}
		s.note(r.name + ": " + f.name)
		f.begin(r, rng)
		lasts := time.Duration(300+rng.IntN(4000)) * time.Millisecond
		if f.long {
			lasts = staleAfter + time.Duration(5+rng.IntN(10))*time.Second
		}
		if f.lasts > 0 {
			lasts = f.lasts
		}
		wait(ctx, lasts, func() {
			if f.again != nil {
				f.again(r)
			}
		})
		r.network.calm()
		wait(ctx, time.Duration(200+rng.IntN(2500))*time.Millisecond, nil)
	}
	if ctx.Err() != nil {
		r.network.calm()
	}
}

// wait waits for a time or until ctx ends, and does something every third of a second meanwhile.
func wait(ctx context.Context, d time.Duration, again func()) {
	for end := time.Now().Add(d); ; {
		left := time.Until(end)
		if left <= 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(left, time.Second/3)):
		}
		if again != nil {
			again()
		}
	}
}
