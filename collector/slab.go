package collector

// slab is where many small things are cut from that live equally long.
type slab[T any] struct {
	pieces [][]T
	// The next one is cut from piece, after used; what is before start stays.
	piece, used           int
	startPiece, startUsed int
}

const slabSize = 1024

// take cuts off n. They are as their last user left them.
func (s *slab[T]) take(n int) []T {
	for s.piece < len(s.pieces) && len(s.pieces[s.piece])-s.used < n {
		s.piece, s.used = s.piece+1, 0
	}
	if s.piece == len(s.pieces) {
		s.pieces = append(s.pieces, make([]T, max(slabSize, n)))
	}
	s.used += n
	return s.pieces[s.piece][s.used-n : s.used : s.used]
}

// keep says that what has been cut off so far stays.
func (s *slab[T]) keep() { s.startPiece, s.startUsed = s.piece, s.used }

// reuse gives back what has been cut off since keep.
func (s *slab[T]) reuse() { s.piece, s.used = s.startPiece, s.startUsed }
