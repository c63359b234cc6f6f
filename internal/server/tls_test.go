package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	user, password = "prometheus", "correct horse"
	// hash is the password's, with bcrypt's lowest cost.
	hash = "$2a$04$7TehKTy.bNefHZIg6brFs.Y1gmhSx/G/GOlKEQZuA4FXtqP82yNqi"
)

// certificate writes a certificate for localhost and its key into a folder, and returns what trusts it.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	writeFile(t, filepath.Join(dir, "tls.crt"), string(public))
	writeFile(t, filepath.Join(dir, "tls.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(public)
	return pool
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func client(t *testing.T, trusted *x509.CertPool) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestWebConfiguration serves two addresses with TLS, basic authentication and a header of the user's.
func TestWebConfiguration(t *testing.T) {
	dir := t.TempDir()
	trusted := certificate(t, dir)
	config := filepath.Join(dir, "web.yml")
	writeFile(t, config, `
tls_server_config: {cert_file: tls.crt, key_file: tls.key}
basic_auth_users: {`+user+`: `+hash+`}
http_server_config: {headers: {X-Frame-Options: sameorigin}}
`)
	addresses, _ := serve(t, flags(config, "127.0.0.1:0", "127.0.0.1:0"), handler(t, options()))
	if len(addresses) != 2 {
		t.Fatalf("addresses: %q", addresses)
	}
	for _, address := range addresses {
		for _, path := range []string{"/", "/metrics", "/-/ready", "/-/healthy", "/-/reload"} {
			if status, _ := get(t, client(t, trusted), "https://"+address+path); status != http.StatusUnauthorized {
				t.Errorf("%s without a password: %d", path, status)
			}
		}
		if status, body := get(t, client(t, trusted), "https://"+user+":wrong@"+address+"/metrics"); status != http.StatusUnauthorized {
			t.Errorf("with a wrong password: %d %q", status, body)
		}
		with := "https://" + user + ":" + strings.ReplaceAll(password, " ", "%20") + "@" + address
		if status, body := get(t, client(t, trusted), with+"/metrics"); status != http.StatusOK || body != "up 1\n" {
			t.Errorf("with the password: %d %q", status, body)
		}
		if _, err := client(t, x509.NewCertPool()).Get(with); err == nil {
			t.Error("a client that does not trust the certificate got through")
		}
		if status, _ := get(t, http.DefaultClient, "http://"+address+"/metrics"); status != http.StatusBadRequest {
			t.Errorf("without TLS: %d", status)
		}
		response, err := client(t, trusted).Get(with)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("X-Frame-Options"); got != "sameorigin" {
			t.Errorf("the user's header: %q", got)
		}
		if response.ProtoMajor != 2 {
			t.Errorf("protocol: %s", response.Proto)
		}
	}
}

// TestBasicAuthWithoutTLS is what a cluster with a service mesh wants.
func TestBasicAuthWithoutTLS(t *testing.T) {
	config := filepath.Join(t.TempDir(), "web.yml")
	writeFile(t, config, "basic_auth_users: {"+user+": "+hash+"}\n")
	addresses, _ := serve(t, flags(config, "127.0.0.1:0"), handler(t, options()))
	if status, _ := get(t, http.DefaultClient, "http://"+addresses[0]); status != http.StatusUnauthorized {
		t.Errorf("without a password: %d", status)
	}
	if status, _ := get(t, http.DefaultClient, "http://"+user+":correct%20horse@"+addresses[0]); status != http.StatusOK {
		t.Errorf("with the password: %d", status)
	}
}

// TestServeEndsWhenOneAddressFails: a server that answers on half of its addresses would look healthy.
func TestServeEndsWhenOneAddressFails(t *testing.T) {
	dir := t.TempDir()
	certificate(t, dir)
	config := filepath.Join(dir, "web.yml")
	writeFile(t, config, "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n")
	web := flags(config, "127.0.0.1:0", "127.0.0.1:0")
	// The file breaks after it was validated and before it is used.
	l := open(t, web)
	writeFile(t, config, "{")
	err := serveUntilItFails(t, l)
	if err == nil || !strings.Contains(err.Error(), "serve on 127.0.0.1:") {
		t.Errorf("got %v", err)
	}
}
