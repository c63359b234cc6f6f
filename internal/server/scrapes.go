package server

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// Together lets requests that ask for the same, in the same form, share one answer, which next makes after the last of them came. Of a
// request next sees the path, the query and the headers Accept and Accept-Encoding.
//
// The answer is made in memory: what a client that reads slowly holds on to are its bytes, and not everything that they were made of.
func Together(next http.Handler) http.Handler {
	type form struct{ path, query, accept, encoding string }
	var answers Shared[form, *recorder]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := form{r.URL.Path, r.URL.RawQuery, joined(r.Header, "Accept"), joined(r.Header, "Accept-Encoding")}
		answers.Do(key, func() (made *recorder) {
			defer func() {
				// Nothing of an answer that is given up half way has been sent yet.
				if r := recover(); r == http.ErrAbortHandler { //nolint:errorlint // it is this very value
					made = &recorder{}
					http.Error(made, "the answer could not be made: see the log", http.StatusInternalServerError)
				} else if r != nil {
					panic(r)
				}
			}()
			// Of the request of whoever came first nothing may stay that is not the others' as well, its end least of all.
			asked := &http.Request{Method: http.MethodGet, URL: r.URL, Proto: r.Proto, Header: http.Header{}, Body: http.NoBody}
			asked.Header.Set("Accept", key.accept)
			asked.Header.Set("Accept-Encoding", key.encoding)
			made = &recorder{}
			next.ServeHTTP(made, asked)
			return made
		}).writeTo(w)
	})
}

func joined(h http.Header, name string) string { return strings.Join(h.Values(name), ", ") }

// recorder keeps what a handler writes, in pieces: a buffer that grows would hold up to twice as much.
type recorder struct {
	header http.Header
	status int
	body   [][]byte
	size   int
}

const pieceSize = 32 << 10

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
	r.size += len(b)
	for left := b; len(left) > 0; {
		if n := len(r.body); n == 0 || len(r.body[n-1]) == pieceSize {
			r.body = append(r.body, make([]byte, 0, pieceSize))
		}
		last := &r.body[len(r.body)-1]
		n := min(len(left), pieceSize-len(*last))
		*last = append(*last, left[:n]...)
		left = left[n:]
	}
	return len(b), nil
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// writeTo answers with what was recorded. With its length said, nobody takes a part of it for the whole.
func (r *recorder) writeTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.Header())
	w.Header().Set("Content-Length", strconv.Itoa(r.size))
	w.WriteHeader(max(r.status, http.StatusOK))
	for _, piece := range r.body {
		if _, err := w.Write(piece); err != nil {
			return // a client that has gone away needs no answer
		}
	}
}

// Limit refuses what comes while n requests are being answered; 0 is no limit.
func Limit(n int, next http.Handler) http.Handler {
	if n <= 0 {
		return next
	}
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too many requests at the same time: see --web.max-requests", http.StatusServiceUnavailable)
		}
	})
}
