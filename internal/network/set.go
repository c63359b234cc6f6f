package network

import (
	"math/bits"
	"slices"
)

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i int32) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bitset) add(i int32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) drop(i int32)     { b[i>>6] &^= 1 << (i & 63) }

// fill adds the numbers below n.
func (b bitset) fill(n int) {
	for i := range n / 64 {
		b[i] = ^uint64(0)
	}
	if n%64 != 0 {
		b[n/64] |= 1<<(n%64) - 1
	}
}

func (b bitset) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

func (b bitset) or(o bitset) {
	for i, w := range o {
		b[i] |= w
	}
}

func (b bitset) and(o bitset) {
	for i, w := range o {
		b[i] &= w
	}
}

// meets reports whether the sets have anything in common.
func (b bitset) meets(o bitset) bool {
	for i, w := range o {
		if b[i]&w != 0 {
			return true
		}
	}
	return false
}

// mix is an odd number with bits all over.
const mix = 0x9e3779b97f4a7c15

// sum is the same for equal sets, and hardly ever for others.
func (b bitset) sum() (sum uint64) {
	for _, w := range b {
		sum = bits.RotateLeft64((sum^w)*mix, 29)
	}
	return sum
}

// members appends the numbers in the set, in their order.
func (b bitset) members(out []int32) []int32 {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			out = append(out, int32(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return out
}

// transpose turns 64 rows of 64 bits into columns: bit j of word i becomes bit i of word j.
func transpose(m *[64]uint64) {
	for width, mask := 32, uint64(1)<<32-1; width > 0; width, mask = width/2, mask^mask<<(width/2) {
		for i := 0; i < 64; i = (i + width + 1) &^ width {
			t := (m[i]>>width ^ m[i+width]) & mask
			m[i] ^= t << width
			m[i+width] ^= t
		}
	}
}

// between appends the numbers in the set from one on and below another.
func (b bitset) between(out []int32, from, to int32) []int32 {
	for i := from; i < to; {
		w := b[i>>6] >> (i & 63)
		if w == 0 {
			i = i&^63 + 64
			continue
		}
		if i += int32(bits.TrailingZeros64(w)); i < to {
			out = append(out, i)
		}
		i++
	}
	return out
}

// set is a set of places below a size that its owner knows: a list when they are few, else bits. It is not changed once it is made.
type set struct {
	list []int32
	bits bitset
}

// sparse is the share of all places from which on bits are smaller than a list, and quicker to combine.
const sparse = 32

// newSet makes a set of a list, which it keeps. Repetitions do no harm.
func newSet(list []int32, size int) set {
	if len(list)*sparse <= size {
		return set{list: list}
	}
	b := newBitset(size)
	for _, i := range list {
		b.add(i)
	}
	return set{bits: b}
}

func (s *set) orInto(b bitset) {
	if s.bits != nil {
		b.or(s.bits)
		return
	}
	for _, i := range s.list {
		b.add(i)
	}
}

func (s *set) dropFrom(b bitset) {
	for i, w := range s.bits {
		b[i] &^= w
	}
	for _, i := range s.list {
		b.drop(i)
	}
}

// orCommon adds to b what s and o have in common.
func (s *set) orCommon(b, o bitset) {
	for i, w := range s.bits {
		b[i] |= w & o[i]
	}
	for _, i := range s.list {
		if o.has(i) {
			b.add(i)
		}
	}
}

func (s *set) equal(o *set) bool { return slices.Equal(s.bits, o.bits) && slices.Equal(s.list, o.list) }
