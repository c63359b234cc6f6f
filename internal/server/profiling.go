package server

import (
	"net/http"
	"net/http/pprof"
)

// profiles is where the profiles of the process are.
const profiles = "/debug/pprof/"

// profiling serves the profiles for as long as guarded returns nil: the web configuration file is read again while the exporter runs,
// and whoever takes the guard out of it must not open them.
func profiling(guarded func() error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(profiles, pprof.Index)
	mux.HandleFunc(profiles+"cmdline", pprof.Cmdline)
	mux.HandleFunc(profiles+"profile", pprof.Profile)
	mux.HandleFunc(profiles+"trace", pprof.Trace)
	mux.HandleFunc(profiles+"symbol", pprof.Symbol)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := guarded(); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
