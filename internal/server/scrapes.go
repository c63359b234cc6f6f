package server

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Together lets requests that ask for the same, in the same form, share one answer, which next
// makes after the last of them came. Of a request next sees the path, the query and the headers
// Accept and Accept-Encoding, and a context that ends when all clients have gone away, or have
// waited as long as they told Prometheus's header.
//
// The answer is made in memory: what a client that reads slowly holds on to are its bytes, and not everything that they were made of.
func Together(next http.Handler) http.Handler {
	type form struct{ path, query, accept, encoding string }
	var answers Shared[form, *recorder]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := form{r.URL.Path, r.URL.RawQuery, joined(r.Header, "Accept"), joined(r.Header, "Accept-Encoding")}
		waiting, cancel := patience(r)
		defer cancel()
		answer, err := answers.Do(waiting, key, func(ctx context.Context) (made *recorder) {
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
			asked := (&http.Request{
				Method: http.MethodGet, URL: r.URL, Proto: r.Proto, Header: http.Header{}, Body: http.NoBody,
			}).WithContext(ctx)
			asked.Header.Set("Accept", key.accept)
			asked.Header.Set("Accept-Encoding", key.encoding)
			made = &recorder{}
			next.ServeHTTP(made, asked)
			made.end()
			return made
		})
		if err != nil {
			http.Error(w, "the answer was not ready within the time that the scrape allows: allow more", http.StatusServiceUnavailable)
			return
		}
		answer.writeTo(w)
	})
}

// patience is for how long the client waits: as long as it is there, and not longer than Prometheus
// says in its header.
func patience(r *http.Request) (context.Context, context.CancelFunc) {
	seconds, err := strconv.ParseFloat(r.Header.Get("X-Prometheus-Scrape-Timeout-Seconds"), 64)
	if limit := time.Duration(seconds * float64(time.Second)); err == nil && limit > 0 {
		return context.WithTimeout(r.Context(), limit)
	}
	return r.Context(), func() {}
}

func joined(h http.Header, name string) string { return strings.Join(h.Values(name), ", ") }

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
