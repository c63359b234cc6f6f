package rbac

import (
	"iter"
	"math/bits"
)

// set is a set of subjects or roles by their places: 4 KiB for 30,000 of them.
type set []uint64

func newSet(size int) set { return make(set, (size+63)/64) }

func (s set) has(i int32) bool { return i >= 0 && s[i/64]&(1<<(i%64)) != 0 }

func (s set) add(i int32) { s[i/64] |= 1 << (i % 64) }

func (s set) remove(i int32) { s[i/64] &^= 1 << (i % 64) }

func (s set) addAll(o set) {
	for i, w := range o {
		s[i] |= w
	}
}

func (s set) retain(o set) {
	for i, w := range o {
		s[i] &= w
	}
}

func (s set) meets(o set) bool {
	for i, w := range o {
		if s[i]&w != 0 {
			return true
		}
	}
	return false
}

func (s set) count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// all yields the members in order.
func (s set) all() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i, w := range s {
			for ; w != 0; w &= w - 1 {
				if !yield(int32(i*64 + bits.TrailingZeros64(w))) {
					return
				}
			}
		}
	}
}
