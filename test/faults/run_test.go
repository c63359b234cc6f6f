package faults

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	// scrapeEvery is how long after a scrape the next one follows.
	scrapeEvery = 20 * time.Millisecond
	// enough is how many violations end a run: the first ones tell.
	enough = 3
)

// run lets everything go wrong until enough scrapes have been judged and every fault was there, and then waits until all is well.
func (s *session) run(scrapes int) {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	defer stop()
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	writing, stopWriting := context.WithCancel(ctx)
	var writes sync.WaitGroup
	writes.Go(func() { s.writer.run(writing) })
	disturbing, calm := context.WithCancel(ctx)
	var disturbances sync.WaitGroup
	var toured []chan struct{}
	for i, w := range s.watched {
		running.Go(func() { w.replica.running(ctx, s.t) })
		running.Go(func() { s.watch(ctx, w) })
		done := make(chan struct{})
		toured = append(toured, done)
		rng := rand.New(rand.NewPCG(s.seed, uint64(10+i)))
		disturbances.Go(func() { s.disturb(disturbing, w.replica, rng, done) })
	}
	s.disturbCluster(ctx, func() bool {
		for _, done := range toured {
			select {
			case <-done:
			default:
				return false
			}
		}
		return s.judged() >= scrapes
	})
	calm()
	disturbances.Wait()
	s.note("calm")
	stopWriting()
	writes.Wait()
	s.settle(ctx)
}

// settle waits until every exporter is whole and right again.
func (s *session) settle(ctx context.Context) {
	since := time.Now()
	for _, w := range s.watched {
		for ctx.Err() == nil {
			w.mu.Lock()
			well, lacks := w.current && w.at.After(since), w.lacks
			w.mu.Unlock()
			if well {
				break
			}
			if time.Since(since) > comesBack {
				s.t.Errorf("%s has not everything, right and with its last change, %s after the last fault: it lacks %v", w.replica.name, comesBack, lacks)
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// watch scrapes an exporter and judges every scrape, until ctx ends.
func (s *session) watch(ctx context.Context, w *watched) {
	for ctx.Err() == nil {
		if answer, ok := w.replica.scrape(ctx); ok {
			current, err := w.judge.look(answer)
			if err != nil {
				s.violate(w.replica, err)
			}
			w.mu.Lock()
			w.count, w.current, w.at, w.lacks = w.judge.tally.judged, current, answer.began, w.judge.lacks
			if current {
				w.last = answer
			}
			w.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(scrapeEvery):
		}
	}
}

func (s *session) judged() (n int) {
	for _, w := range s.watched {
		w.mu.Lock()
		n += w.count
		w.mu.Unlock()
	}
	return n
}

// disturbCluster does what is done to everybody, until done says so or ctx ends. Only it speaks to the cluster's programs.
func (s *session) disturbCluster(ctx context.Context, done func() bool) {
	rng := rand.New(rand.NewPCG(s.seed, 2))
	type clusterFault struct {
		name string
		do   func()
	}
	faults := []clusterFault{
		{"API server restarted", func() {
			s.cluster.StopAPIServer()
			wait(ctx, time.Duration(rng.IntN(4000))*time.Millisecond, nil)
			s.cluster.StartAPIServer()
		}},
		{"etcd compacted", s.cluster.Compact},
		{"API server restarted, and etcd compacted meanwhile", func() { s.cluster.StopAPIServer(); s.cluster.Compact(); s.cluster.StartAPIServer() }},
		{"one kind revoked", func() {
			all := slices.DeleteFunc(informers.Table(), func(k informers.Kind) bool { return k.Optional })
			s.revoke(ctx, rng, all[rng.IntN(len(all))].Kind)
		}},
		{"everything revoked", func() {
			var all []model.Kind
			for _, k := range informers.Table() {
				all = append(all, k.Kind)
			}
			s.revoke(ctx, rng, all...)
		}},
		{"etcd restored", func() { s.restore(ctx, rng) }},
	}
	definitions := []clusterFault{
		{"custom resources defined", func() { s.check(s.engine.install(ctx)) }},
		{"custom resources removed", func() { s.check(s.engine.remove(ctx)) }},
	}
	order := rng.Perm(len(faults))
	for n, others := 0, 0; ctx.Err() == nil && !(others >= len(faults) && done()); n++ {
		wait(ctx, time.Duration(3000+rng.IntN(5000))*time.Millisecond, nil)
		// Definitions come and go in turn, and so does everything else.
		f := definitions[n/4%2]
		if n%4 != 1 {
			f = faults[order[others%len(faults)]]
			others++
		}
		s.note("cluster: " + f.name)
		f.do()
	}
}

// restore restores etcd from a backup of some seconds ago. The new past overtakes the old one soon.
func (s *session) restore(ctx context.Context, rng *rand.Rand) {
	var backup testcluster.Backup
	l := s.engine.ledger
	l.away(false, func() { backup = s.cluster.BackUpEtcd() })
	wait(ctx, time.Duration(1000+rng.IntN(8000))*time.Millisecond, nil)
	s.cluster.StopAPIServer()
	s.check(l.await(len(l.pasts)-1, s.cluster.Revision()))
	l.away(true, func() { s.cluster.RestoreEtcd(backup) })
	s.cluster.StartAPIServer()
}
