package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// input is a command line, and the one thing wrong with it.
type input struct {
	name string
	args []string
	code int
	// lines are all of standard error, without the program's name at the beginning of each.
	lines []string
}

func (in input) check(t *testing.T, dir string) {
	t.Helper()
	stdout, stderr, code := execute(t, dir, in.args...)
	want := ""
	for _, line := range in.lines {
		want += "kube-posture-exporter: " + line + "\n"
	}
	if stderr != want || code != in.code || stdout != "" {
		t.Errorf("%q\n got exit code %d and\n%s\nwant exit code %d and\n%s\nand on standard output %q", in.args, code, stderr, in.code, want, stdout)
	}
}

func TestBadFlags(t *testing.T) {
	const see = "; see kube-posture-exporter --help"
	for _, in := range []input{
		{"unknown flag", []string{"--snapshots=a"}, 2, []string{"unknown long flag '--snapshots'" + see}},
		{"unknown command", []string{"sevre"}, 2, []string{`"sevre" is not a command; serve, who-can, explain, report, help and version are` + see}},
		{"missing value at the end", []string{"serve", "--snapshot"}, 2, []string{"expected argument for flag '--snapshot'" + see}},
		{"missing value", []string{"--snapshot", "--demo"}, 2, []string{"expected argument for flag '--snapshot'" + see}},
		{"flag twice", []string{"--demo", "--demo"}, 2, []string{"flag 'demo' cannot be repeated" + see}},
		{"not a number", []string{"--web.max-requests=x"}, 2, []string{"--web.max-requests=x: it must be a whole number" + see}},
		{"level", []string{"--log.level=loud"}, 2, []string{`--log.level: log level "loud" is not supported: use debug, info, warn or error`}},
		{"format", []string{"--log.format=xml"}, 2, []string{`--log.format: log format "xml" is not supported: use logfmt or json`}},
		{"address", []string{"--web.listen-address=9911"}, 2, []string{"--web.listen-address=9911: it must be HOST:PORT or :PORT, as :9911"}},
		{
			"host with a port", []string{"--demo", "--web.allowed-host=example.com:9911"}, 2,
			[]string{"--web.allowed-host=example.com:9911: it must be a name without a port, or a pattern such as *.example.com"},
		},
		{
			"path", []string{"--web.telemetry-path=/-/ready"}, 2,
			[]string{"--web.telemetry-path=/-/ready: it must be a path such as /metrics, of letters, digits and -_.~, and not begin with /-/"},
		},
		{
			"two sources", []string{"--kubeconfig=a", "--snapshot=b"}, 2,
			[]string{"--kubeconfig and --snapshot: the objects can come from one of them only; leave the others out"},
		},
		{"detail", []string{"--demo", "--metrics.detail=some"}, 2, []string{"--metrics.detail=some: it must be full or low"}},
		{"authorization", []string{"--web.authorization=oidc"}, 2, []string{"--web.authorization=oidc: it must be none or kubernetes"}},
		{
			"authorization of a recording", []string{"--web.authorization=kubernetes", "--demo"}, 2,
			[]string{"--web.authorization=kubernetes and --demo: a recording has no API server that could be asked; leave one of them out"},
		},
		{
			"profiles for everybody", []string{"--web.enable-pprof", "--demo"}, 2,
			[]string{"--web.enable-pprof: profiles are for nobody but those who may see them: add --web.authorization=kubernetes, or a file " +
				"with basic_auth_users or client_auth_type: RequireAndVerifyClientCert with --web.config.file"},
		},
		{
			"no source", nil, 1,
			[]string{"not running in a cluster; name one with --kubeconfig=FILE, manifests with --snapshot=PATH, or see the built-in recording with --demo"},
		},
	} {
		t.Run(in.name, func(t *testing.T) {
			t.Parallel()
			if in.code == 1 {
				in.args = append(in.args, "--web.listen-address=127.0.0.1:0")
			}
			in.check(t, t.TempDir())
		})
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "bad.yml", "findingz: {limit: 1}\nchecks: {disabled: [pods_privilegd]}\nfindings: {limit: -1}\n")
	write(t, dir, "torn.yml", "checks: {disabled: [\n")
	write(t, dir, "web.yml", "tls: {}\nusers: {}\n")
	write(t, dir, "hash.yml", "basic_auth_users: {a: secret}\n")
	write(t, dir, "cert.yml", "tls_server_config: {cert_file: a.crt, key_file: a.key}\n")
	write(t, dir, "folder/README", "no manifest")
	const leave = "; correct the file, or leave the flag out"
	for _, in := range []input{
		{"config", []string{"--config.file=none.yml"}, 1, []string{
			"--config.file: open none.yml: no such file or directory; name a readable file, or leave the flag out for the defaults",
		}},
		{"every problem of a config", []string{"--config.file=bad.yml"}, 1, []string{
			`bad.yml:1: findingz: unknown key; did you mean "findings"?`,
			`bad.yml:2: checks.disabled[0]: unknown check "pods_privilegd"; did you mean "pods_privileged"?`,
			`bad.yml:3: findings.limit: -1 is negative; write a whole number such as 20000 without quotes, or 0 for none`,
		}},
		{"config that is not YAML", []string{"--config.file=torn.yml"}, 1, []string{
			"torn.yml:1: is not YAML: did not find expected node content; look for a wrong indentation or a missing quote or bracket near this line",
		}},
		{"web config", []string{"--web.config.file=none.yml"}, 1, []string{
			"--web.config.file=none.yml: open none.yml: no such file or directory" + leave,
		}},
		{"web config with unknown keys", []string{"--web.config.file=web.yml"}, 1, []string{
			"--web.config.file=web.yml: yaml: unmarshal errors: line 1: field tls not found in type web.Config " +
				"line 2: field users not found in type web.Config" + leave,
		}},
		{"web config with a password", []string{"--web.config.file=hash.yml"}, 1, []string{
			"--web.config.file=hash.yml: crypto/bcrypt: hashedSecret too short to be a bcrypted password; " +
				"the values of basic_auth_users are bcrypt hashes, as `htpasswd -nBC 10 NAME` prints them",
		}},
		{"web config without its certificate", []string{"--web.config.file=cert.yml"}, 1, []string{
			"--web.config.file=cert.yml: failed to read cert_file (a.crt): open a.crt: no such file or directory" + leave,
		}},
		{"snapshot", []string{"--snapshot=none"}, 1, []string{"--snapshot=none: no such file or directory; name an existing file or folder"}},
		{"snapshot without manifests", []string{"--snapshot=folder"}, 1, []string{
			`--snapshot: snapshot folder "folder" holds no manifest: put *.yaml, *.yml or *.json files with Kubernetes objects there`,
		}},
	} {
		t.Run(in.name, func(t *testing.T) {
			t.Parallel()
			in.args = append(in.args, "--web.listen-address=127.0.0.1:0")
			if !strings.Contains(in.name, "snapshot") {
				in.args = append(in.args, "--demo")
			}
			in.check(t, dir)
		})
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	address := l.Addr().String()
	input{
		args: []string{"--demo", "--web.listen-address=" + address}, code: 1,
		lines: []string{"--web.listen-address=" + address + ": listen tcp " + address + ": bind: address already in use; stop what uses it, or choose another address"},
	}.check(t, t.TempDir())
}

// kubeconfig is a kubeconfig for a server with a certificate authority of its own, or without one, and a token.
func kubeconfig(server string, authority []byte) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"+
		"clusters: [{name: c, cluster: {server: %q, certificate-authority-data: %q}}]\nusers: [{name: u, user: {token: t}}]\n",
		server, base64.StdEncoding.EncodeToString(authority))
}

// authority is the certificate of somebody who signed nothing.
func authority(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "somebody else"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// closed is an address at which nothing listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return l.Addr().String()
}

func TestBadKubeconfig(t *testing.T) {
	dir := t.TempDir()
	refused := closed(t)
	// An API server answers so to a token that it does not know.
	api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}`)
	}))
	api.Config.ErrorLog = log.New(io.Discard, "", 0)
	api.StartTLS()
	defer api.Close()
	trusted := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: api.Certificate().Raw})

	write(t, dir, "malformed", "{")
	write(t, dir, "empty", "")
	write(t, dir, "none", "apiVersion: v1\nkind: Config\ncurrent-context: nowhere\n")
	write(t, dir, "nothing", "apiVersion: v1\nkind: Config\n")
	write(t, dir, "refused", kubeconfig("https://"+refused, trusted))
	write(t, dir, "authority", kubeconfig(api.URL, authority(t)))
	write(t, dir, "name", kubeconfig(strings.Replace(api.URL, "127.0.0.1", "localhost", 1), trusted))
	write(t, dir, "plain", kubeconfig(strings.Replace(api.URL, "https", "http", 1), nil))
	write(t, dir, "unauthorized", kubeconfig(api.URL, trusted))
	const works = "; name a kubeconfig that works with kubectl"
	tests := []struct{ file, want string }{
		{"missing", "no such file or directory" + works},
		{".", "is a directory" + works},
		{"empty", "the file is empty" + works},
		{"malformed", "not a kubeconfig: yaml: line 1: did not find expected node content" + works},
		{"none", "invalid configuration: [context was not found for specified context: nowhere, cluster has no server defined]" + works},
		{"nothing", "its current-context leads to no cluster" + works},
		{
			"refused", "the API server at https://" + refused + ": dial tcp " + refused + ": connect: connection refused; " +
				"nothing listens there: start the cluster, or correct the address",
		},
		{
			"authority", "the API server at " + api.URL + ": tls: failed to verify certificate: x509: certificate signed by unknown authority; " +
				"correct the certificate-authority, which did not sign the server's certificate",
		},
		{
			"name", "the API server at " + strings.Replace(api.URL, "127.0.0.1", "localhost", 1) + ": tls: failed to verify certificate: x509: " +
				"certificate is valid for example.com, *.example.com, not localhost; correct the address, or set tls-server-name to a name in the certificate",
		},
		{
			"plain", "the API server at " + strings.Replace(api.URL, "https", "http", 1) + ": the server rejected our request for an unknown reason; " +
				"try the same with kubectl version",
		},
		{
			"unauthorized", "the API server at " + api.URL + ": the server has asked for the client to provide credentials; " +
				"renew the credentials, which it does not accept",
		},
	}
	t.Run("file", func(t *testing.T) {
		for _, tt := range tests {
			t.Run(tt.file, func(t *testing.T) {
				t.Parallel()
				input{
					args: []string{"--kubeconfig=" + tt.file, "--web.listen-address=127.0.0.1:0"}, code: 1,
					lines: []string{"--kubeconfig=" + tt.file + ": " + tt.want},
				}.check(t, dir)
			})
		}
	})
}

// TestSilentAPIServer: one that takes connections and does not answer must not hang the program.
func TestSilentAPIServer(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the ten seconds that the program waits")
	}
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir, server := t.TempDir(), "http://"+l.Addr().String()
	write(t, dir, "silent", kubeconfig(server, nil))
	began := time.Now()
	input{
		args: []string{"--kubeconfig=silent", "--web.listen-address=127.0.0.1:0"}, code: 1,
		lines: []string{"--kubeconfig=silent: the API server at " + server + ": no answer within 10s; check the address, and what is between it and here"},
	}.check(t, dir)
	if took := time.Since(began); took < 9*time.Second || took > 20*time.Second {
		t.Errorf("it gave up after %s", took)
	}
}
