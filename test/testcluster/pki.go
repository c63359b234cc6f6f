package testcluster

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// serviceIP is the address of the kubernetes Service: the first of the range
// that the API server hands out.
const serviceIP, serviceRange = "10.96.0.1", "10.96.0.0/16"

// validity is the life of every certificate of a cluster.
const validity = 24 * time.Hour

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// identity is a certificate and its private key, PEM encoded.
type identity struct{ certificate, key []byte }

// newAuthority makes a certificate authority that signs itself.
func newAuthority(name string) (*authority, error) {
	template, err := certificate(name)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage |= x509.KeyUsageCertSign
	template.ExtKeyUsage = nil
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate the key of %s: %w", name, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of %s: %w", name, err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("parse the certificate of %s: %w", name, err)
	}
	return &authority{certificate: parsed, key: key}, nil
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// client issues a certificate that authenticates as user in groups: to
// Kubernetes the common name is the user and the organizations are the groups.
func (a *authority) client(user string, groups ...string) (identity, error) {
	template, err := certificate(user)
	if err != nil {
		return identity{}, err
	}
	template.Subject.Organization = groups
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.issue(template)
}

// server issues the serving certificate of the API server.
func (a *authority) server() (identity, error) {
	template, err := certificate("kube-apiserver")
	if err != nil {
		return identity{}, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(serviceIP)}
	return a.issue(template)
}

func (a *authority) issue(template *x509.Certificate) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("generate the key of %q: %w", template.Subject.CommonName, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return identity{}, fmt.Errorf("sign the certificate of %q: %w", template.Subject.CommonName, err)
	}
	private, err := privatePEM(key)
	if err != nil {
		return identity{}, fmt.Errorf("encode the key of %q: %w", template.Subject.CommonName, err)
	}
	return identity{certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key: private}, nil
}

// certificate is what every certificate of a cluster has. It begins an hour
// ago, because the clocks of virtual machines jump.
func certificate(name string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("draw a serial number for %q: %w", name, err)
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}, nil
}

func privatePEM(key crypto.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// serviceAccountKeys makes the pair that signs and verifies the tokens of
// service accounts.
func serviceAccountKeys() (private, public []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("generate the key of service account tokens: %w", err)
	}
	if private, err = privatePEM(key); err != nil {
		return nil, nil, fmt.Errorf("encode the key of service account tokens: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, nil, fmt.Errorf("encode the public key of service account tokens: %w", err)
	}
	return private, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// writePKI makes the keys and certificates of a cluster and writes the files
// that its programs read into dir. It returns the authority that clients trust
// and that issues their certificates. The front proxy has an authority of its
// own: whoever holds a certificate of that one may claim any user name.
func writePKI(dir string) (*authority, error) {
	clients, err := newAuthority("testcluster")
	if err != nil {
		return nil, err
	}
	proxies, err := newAuthority("testcluster-front-proxy")
	if err != nil {
		return nil, err
	}
	server, err := clients.server()
	if err != nil {
		return nil, err
	}
	proxy, err := proxies.client("front-proxy")
	if err != nil {
		return nil, err
	}
	clientsKey, err := privatePEM(clients.key)
	if err != nil {
		return nil, fmt.Errorf("encode the key of the authority: %w", err)
	}
	signing, verifying, err := serviceAccountKeys()
	if err != nil {
		return nil, err
	}
	for name, content := range map[string][]byte{
		"ca.crt": clients.pem(), "ca.key": clientsKey,
		"server.crt": server.certificate, "server.key": server.key,
		"front-proxy-ca.crt": proxies.pem(),
		"front-proxy.crt":    proxy.certificate, "front-proxy.key": proxy.key,
		"sa.key": signing, "sa.pub": verifying,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return nil, fmt.Errorf("write the keys of the cluster: %w", err)
		}
	}
	return clients, nil
}
