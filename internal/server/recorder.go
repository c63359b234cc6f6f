package server

import (
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"

	"github.com/klauspost/compress/s2"
)

// recorder keeps what a handler writes, as it is until it is long, and compressed from there on: the plain text of the largest clusters is
// 65 MB, a quarter of what the exporter should be content with.
type recorder struct {
	header http.Header
	status int
	size   int
	// plain is the beginning; what follows goes through pack into packed.
	plain, packed pieces
	pack          *s2.Writer
}

const (
	// plainSize is what is not worth packing.
	plainSize = 4 << 20
	pieceSize = 32 << 10
	// packedAtOnce is how much is compressed as one; that much is needed again for each client that reads.
	packedAtOnce = 256 << 10
)

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header {
	if r.header == nil {
		r.header = make(http.Header)
	}
	return r.header
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	room := max(0, min(len(b), plainSize-r.size))
	r.size += len(b)
	r.plain.add(b[:room])
	if room == len(b) {
		return len(b), nil
	}
	if r.pack == nil {
		r.pack = s2.NewWriter(&r.packed, s2.WriterConcurrency(1), s2.WriterBlockSize(packedAtOnce))
	}
	n, err := r.pack.Write(b[room:])
	return room + n, err
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// end must be called when everything has been written, and before it is written to anybody.
func (r *recorder) end() {
	if r.pack != nil {
		_ = r.pack.Close() // it writes to memory
	}
}

// writeTo answers with what was recorded. With its length said, nobody takes a part of it for the whole.
func (r *recorder) writeTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header) // several may read it: nothing is made here
	w.Header().Set("Content-Length", strconv.Itoa(r.size))
	w.WriteHeader(max(r.status, http.StatusOK))
	// A client that has gone away needs no answer.
	if _, err := io.Copy(w, r.plain.reader()); err == nil && r.pack != nil {
		_, _ = io.Copy(w, s2.NewReader(r.packed.reader(), s2.ReaderMaxBlockSize(packedAtOnce)))
	}
}

// pieces are bytes in memory: a buffer that grows would hold up to twice as much.
type pieces [][]byte

// Write implements io.Writer. It never fails.
func (p *pieces) Write(b []byte) (int, error) {
	p.add(b)
	return len(b), nil
}

func (p *pieces) add(b []byte) {
	for len(b) > 0 {
		if n := len(*p); n == 0 || len((*p)[n-1]) == pieceSize {
			*p = append(*p, make([]byte, 0, pieceSize))
		}
		last := &(*p)[len(*p)-1]
		n := min(len(b), pieceSize-len(*last))
		*last = append(*last, b[:n]...)
		b = b[n:]
	}
}

// reader reads them from the beginning; any number of readers may.
func (p pieces) reader() *net.Buffers {
	buffers := net.Buffers(slices.Clone(p))
	return &buffers
}
