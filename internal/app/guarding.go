package app

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/kube-posture/kube-posture-exporter/internal/access"
	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

func (o *Options) validateAuthorization() error {
	switch {
	case !slices.Contains([]string{"", byNobody, byKubernetes}, o.Authorization):
		return fmt.Errorf("--web.authorization=%s: it must be %s or %s", o.Authorization, byNobody, byKubernetes)
	case len(o.Audiences) > 0 && !o.authorized():
		return errors.New("--web.authorization.audience: nobody looks at tokens; it goes with --web.authorization=kubernetes")
	case slices.Contains(o.Audiences, ""):
		return errors.New("--web.authorization.audience: the audience is empty; leave the flag out for the API server's own")
	case o.authorized() && len(o.Snapshots) > 0:
		return errors.New("--web.authorization=kubernetes and --snapshot: manifests have no API server that could be asked; leave one of them out")
	case o.authorized() && o.Demo:
		return errors.New("--web.authorization=kubernetes and --demo: a recording has no API server that could be asked; leave one of them out")
	}
	return nil
}

// validateGuard returns a UsageError when what the web configuration file protects with does not go with the flags.
func (o *Options) validateGuard(p server.Protection) error {
	switch {
	case o.authorized() && p.BasicAuth:
		return UsageError{errors.New("--web.authorization=kubernetes and basic_auth_users in the file of --web.config.file: a request has one " +
			"Authorization header, so that nobody could pass both; leave one of them out")}
	case o.EnablePprof:
		if err := o.guarded(p); err != nil {
			return UsageError{err}
		}
	}
	return nil
}

// guarded returns nil when callers are looked at, and otherwise why there are no profiles.
func (o *Options) guarded(p server.Protection) error {
	if o.authorized() || p.Callers() {
		return nil
	}
	return errors.New("--web.enable-pprof: profiles are for nobody but those who may see them: add --web.authorization=kubernetes, or a file " +
		"with basic_auth_users or client_auth_type: RequireAndVerifyClientCert with --web.config.file")
}

// foreignHost is what the server asks about each request's Host header. Only an open endpoint
// refuses one: a page on the web has no credentials for another, and no certificate for TLS.
func (o *Options) foreignHost() func(host string) bool {
	if o.authorized() {
		return nil
	}
	var own []string
	if name, err := os.Hostname(); err == nil {
		own = append(own, strings.ToLower(name))
	}
	own = append(own, clusterDomains(resolverFile)...)
	for _, pattern := range o.AllowedHosts {
		own = append(own, strings.ToLower(pattern))
	}
	return func(host string) bool {
		if server.KnownHost(host, own) {
			return false
		}
		p, err := server.ReadProtection(*o.Web.WebConfigFile)
		return err != nil || !p.TLS && !p.Callers()
	}
}

// resolverFile is where a pod finds the cluster's domain.
const resolverFile = "/etc/resolv.conf"

// clusterDomains returns patterns for the names of Services in the cluster's domain, which need not
// be cluster.local: the kubelet writes svc.DOMAIN among the domains to search.
func clusterDomains(file string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil // no pod
	}
	var patterns []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "search" {
			continue
		}
		for _, domain := range fields[1:] {
			if domain = strings.ToLower(strings.TrimSuffix(domain, ".")); strings.HasPrefix(domain, "svc.") {
				patterns = append(patterns, "*."+domain)
			}
		}
	}
	return patterns
}

// validateAllowedHosts returns an error for a pattern that can match no name.
func (o *Options) validateAllowedHosts() error {
	for _, pattern := range o.AllowedHosts {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" || strings.ContainsAny(pattern, ":/ ") {
			return fmt.Errorf("--web.allowed-host=%s: it must be a name without a port, or a pattern such as *.example.com", pattern)
		}
	}
	return nil
}

// profiling is what the server asks before each profile, nil when there are to be none.
func (o *Options) profiling() func() error {
	if !o.EnablePprof {
		return nil
	}
	return func() error {
		protection, err := server.ReadProtection(*o.Web.WebConfigFile)
		if err != nil {
			return errors.New("the file of --web.config.file cannot be read, so that nobody knows whether profiles are guarded")
		}
		return o.guarded(protection)
	}
}

// guard is what keeps callers out whom the API server does not let in, nil when it is not asked.
func (o *Options) guard(from *source, p server.Protection, logger log.Logger) (func(http.Handler) http.Handler, error) {
	if !o.authorized() {
		return nil, nil
	}
	if !p.TLS {
		level.Warn(logger).Log("msg", "bearer tokens reach this server in clear, for everybody on the way to read; set up TLS with --web.config.file")
	}
	guard, err := access.New(access.Options{API: from.api, Audiences: o.Audiences, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("--web.authorization=kubernetes: %w", err)
	}
	return guard.Handler, nil
}
