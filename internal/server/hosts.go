package server

import (
	"net"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
)

// privateDomains are the domains under which a stranger cannot register a name: those of a cluster,
// and the ones that the DNS reserves for private use (RFC 6761, RFC 6762, ICANN for internal).
var privateDomains = []string{"svc", "local", "localhost", "internal"}

// KnownHost reports whether the Host header of a request can be this server's own. A page on the
// web reads a server in a private network through its visitor's browser by making its own name
// resolve to the server's address (DNS rebinding). The browser then sends the page's name, which is
// under a public domain. So these are known: IP addresses, names without a dot, names under a
// private domain, none at all, as browsers always send one, and what matches one of the patterns.
// Patterns are those of path.Match, in lower case.
func KnownHost(header string, patterns []string) bool {
	host := header
	if h, _, err := net.SplitHostPort(header); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	last := strings.LastIndexByte(host, '.')
	if last < 0 || slices.Contains(privateDomains, host[last+1:]) {
		return true
	}
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, host)
		return ok && err == nil
	})
}

// knownHosts refuses requests for a host that is foreign.
func knownHosts(foreign func(host string) bool, next http.Handler) http.Handler {
	if foreign == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if foreign(r.Host) {
			http.Error(w, "this server is not known as "+strconv.QuoteToASCII(r.Host)+", and anyone may read it, so that a page on the web could do "+
				"so under that name: if the name is right, start the exporter with --web.allowed-host=NAME, or protect the endpoint",
				http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
