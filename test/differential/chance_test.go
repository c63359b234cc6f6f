package differential_test

import (
	"math/rand/v2"
	"slices"
)

// deck deals every card before it deals one a second time.
type deck[T any] struct {
	r     *rand.Rand
	cards []T
	next  int
	dealt int
}

func newDeck[T any](r *rand.Rand, cards []T) *deck[T] {
	return &deck[T]{r: r, cards: slices.Clone(cards)}
}

func (d *deck[T]) deal() T {
	if d.next%len(d.cards) == 0 {
		d.next = 0
		d.r.Shuffle(len(d.cards), func(i, j int) { d.cards[i], d.cards[j] = d.cards[j], d.cards[i] })
	}
	d.next++
	d.dealt++
	return d.cards[d.next-1]
}

// unseen deals the cards that have never been dealt.
func (d *deck[T]) unseen() (out []T) {
	for d.dealt < len(d.cards) {
		out = append(out, d.deal())
	}
	return out
}

// hand deals one card or more.
func (d *deck[T]) hand(atMost int) []T {
	out := make([]T, 1+d.r.IntN(atMost))
	for i := range out {
		out[i] = d.deal()
	}
	return out
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// some picks one or more, maybe one of them twice.
func some[T any](r *rand.Rand, from []T, atMost int) []T {
	out := make([]T, 1+r.IntN(atMost))
	for i := range out {
		out[i] = pick(r, from)
	}
	return out
}
