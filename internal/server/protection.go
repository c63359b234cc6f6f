package server

import (
	"fmt"
	"os"

	"github.com/prometheus/exporter-toolkit/web"
	yaml "go.yaml.in/yaml/v2"
)

// Protection is what a web configuration file protects with.
type Protection struct {
	TLS, BasicAuth bool
	// ClientCertificates says that no connection is served without a certificate that was verified.
	ClientCertificates bool
}

// Callers says whether the file keeps out whoever it does not know.
func (p Protection) Callers() bool { return p.BasicAuth || p.ClientCertificates }

// ReadProtection looks into a web configuration file; without one nothing is protected. The errors are one line and name the flag.
func ReadProtection(path string) (Protection, error) {
	if path == "" {
		return Protection{}, nil
	}
	if err := validate(path); err != nil {
		return Protection{}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Protection{}, fmt.Errorf("--web.config.file=%s: %w", path, err)
	}
	// With the types and the decoder of exporter-toolkit, whose reading counts.
	var c web.Config
	if err := yaml.UnmarshalStrict(text, &c); err != nil {
		return Protection{}, fmt.Errorf("--web.config.file=%s: %w", path, err)
	}
	tls := c.TLSConfig.IsEnabled()
	return Protection{
		TLS: tls, BasicAuth: len(c.Users) > 0, ClientCertificates: tls && c.TLSConfig.ClientAuth == "RequireAndVerifyClientCert",
	}, nil
}
