package app

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"k8s.io/client-go/rest"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

func TestValidateAuthorization(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"none", func(o *Options) { o.Authorization = "none" }, ""},
		{"kubernetes", func(o *Options) { o.Authorization, o.Audiences = "kubernetes", []string{"a", "b"} }, ""},
		{"something else", func(o *Options) { o.Authorization = "oidc" }, "--web.authorization=oidc: it must be none or kubernetes"},
		{
			"an audience of nobody", func(o *Options) { o.Audiences = []string{"a"} },
			"--web.authorization.audience: nobody looks at tokens; it goes with --web.authorization=kubernetes",
		},
		{
			"an empty audience", func(o *Options) { o.Authorization, o.Audiences = "kubernetes", []string{"a", ""} },
			"--web.authorization.audience: the audience is empty; leave the flag out for the API server's own",
		},
		{
			"a snapshot", func(o *Options) { o.Authorization, o.Snapshots = "kubernetes", []string{"a"} },
			"--web.authorization=kubernetes and --snapshot: manifests have no API server that could be asked; leave one of them out",
		},
		{
			"the recording", func(o *Options) { o.Authorization, o.Demo = "kubernetes", true },
			"--web.authorization=kubernetes and --demo: a recording has no API server that could be asked; leave one of them out",
		},
		{"full", func(o *Options) { o.Detail = "full" }, ""},
		{"low", func(o *Options) { o.Detail = "low" }, ""},
		{"another detail", func(o *Options) { o.Detail = "none" }, "--metrics.detail=none: it must be full or low"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options()
			tt.change(&o)
			complain(t, o.Validate(), tt.want)
		})
	}
}

// complain expects a UsageError with a text, or none when it is empty.
func complain(t *testing.T, err error, want string) {
	t.Helper()
	var usage UsageError
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v", err)
	case want != "" && (!errors.As(err, &usage) || err.Error() != want):
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

const withoutGuard = "--web.enable-pprof: profiles are for nobody but those who may see them: add --web.authorization=kubernetes, or a file " +
	"with basic_auth_users or client_auth_type: RequireAndVerifyClientCert with --web.config.file"

func TestProfilesNeedAGuard(t *testing.T) {
	tests := []struct {
		name          string
		authorization string
		pprof         bool
		protection    server.Protection
		want          string
	}{
		{"no profiles", "", false, server.Protection{}, ""},
		{"no guard", "none", true, server.Protection{}, withoutGuard},
		{"TLS keeps nobody out", "", true, server.Protection{TLS: true}, withoutGuard},
		{"authorization", "kubernetes", true, server.Protection{}, ""},
		{"passwords", "", true, server.Protection{BasicAuth: true}, ""},
		{"client certificates", "", true, server.Protection{TLS: true, ClientCertificates: true}, ""},
		{
			"two kinds of credentials", "kubernetes", false, server.Protection{BasicAuth: true},
			"--web.authorization=kubernetes and basic_auth_users in the file of --web.config.file: a request has one Authorization header, " +
				"so that nobody could pass both; leave one of them out",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options()
			o.Authorization, o.EnablePprof = tt.authorization, tt.pprof
			complain(t, o.validateGuard(tt.protection), tt.want)
		})
	}
	// And it is asked before anything is served.
	o := options()
	o.Demo, o.EnablePprof = true, true
	complain(t, serve(t.Context(), o, log.NewNopLogger()), withoutGuard)
}

// TestProfilesEndWithTheirGuard takes the passwords out of the file, which is read again for every request.
func TestProfilesEndWithTheirGuard(t *testing.T) {
	const passwords = "basic_auth_users: {prometheus: $2a$04$7TehKTy.bNefHZIg6brFs.Y1gmhSx/G/GOlKEQZuA4FXtqP82yNqi}\n"
	o := options()
	file := t.TempDir() + "/web.yml"
	write(t, file, passwords)
	o.Web.WebConfigFile, o.EnablePprof = &file, true
	guarded := o.profiling()
	if err := guarded(); err != nil {
		t.Errorf("with passwords: %v", err)
	}
	write(t, file, "")
	if err := guarded(); err == nil || err.Error() != withoutGuard {
		t.Errorf("without them: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := guarded(); err == nil || strings.Contains(err.Error(), file) {
		t.Errorf("without the file: %v", err)
	}
}

func TestGuardWarnsOfClearText(t *testing.T) {
	for want, protection := range map[string]server.Protection{
		"level=warn msg=\"bearer tokens reach this server in clear": {}, "": {TLS: true},
	} {
		o := options()
		o.Authorization = "kubernetes"
		text := &journal{}
		guard, err := o.guard(&source{api: &rest.Config{Host: "http://192.0.2.1"}}, protection, log.NewLogfmtLogger(text))
		if err != nil || guard == nil {
			t.Fatalf("no guard: %v", err)
		}
		if got := text.String(); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%+v: the log says %q", protection, got)
		}
	}
	o := options()
	if guard, err := o.guard(&source{}, server.Protection{}, log.NewNopLogger()); guard != nil || err != nil {
		t.Errorf("nobody asked for a guard: %v", err)
	}
}

// TestLowDetail: through the whole program, what names objects is not there, and the rest is.
func TestLowDetail(t *testing.T) {
	o := options()
	o.Demo, o.Detail = true, "low"
	s := start(t, o)
	m := s.scrape()
	for _, name := range []string{"finding", "findings_dropped", "cluster_admin_subject_info", "node_unbounded_pods"} {
		if m.families["kube_posture_"+name] != nil {
			t.Errorf("%s is there", name)
		}
	}
	for _, name := range []string{"check_resources", "pods_privileged", "namespace_info", "cluster_admin_subjects"} {
		if m.families["kube_posture_"+name] == nil {
			t.Errorf("%s is not there", name)
		}
	}
}

// TestForeignHost: through the whole program, an open endpoint refuses a name that a stranger can
// register.
func TestForeignHost(t *testing.T) {
	o := options()
	o.Demo, o.AllowedHosts = true, []string{"Posture.example.com"}
	s := start(t, o)
	for host, want := range map[string]int{
		"evil.example": http.StatusMisdirectedRequest, "posture.example.com": http.StatusOK, "localhost": http.StatusOK,
		"exporter.monitoring.svc:9911": http.StatusOK,
	} {
		r, err := http.NewRequest(http.MethodGet, s.url+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("as %s: got %d, want %d", host, response.StatusCode, want)
		}
	}
}

// TestForeignHostIsForOpenEndpoints: an endpoint that looks at its callers, or has TLS, is asked
// under any name.
func TestForeignHostIsForOpenEndpoints(t *testing.T) {
	o := options()
	if foreign := o.foreignHost(); !foreign("evil.example") || foreign("10.1.2.3:9911") {
		t.Error("an open endpoint takes the name for its own, or not its address")
	}
	file := t.TempDir() + "/web.yml"
	if err := os.WriteFile(file, []byte("basic_auth_users: {ann: $2a$10$v2U6I6iq5Mo0Zs7CPzCzGO8ZrWbyg.SnZCUHpXjyYIEPvnmBQvxpi}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Web.WebConfigFile = &file
	if o.foreignHost()("evil.example") {
		t.Error("with basic authentication a name is refused")
	}
	o.Authorization = "kubernetes"
	if o.foreignHost() != nil {
		t.Error("with the API server's authorization names are looked at")
	}
}

func TestClusterDomains(t *testing.T) {
	file := t.TempDir() + "/resolv.conf"
	text := "# search svc.no.example\nsearch shop.svc.k8s.Corp.example svc.k8s.corp.example. k8s.corp.example corp.example\nnameserver 10.0.0.10\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := clusterDomains(file); len(got) != 1 || got[0] != "*.svc.k8s.corp.example" {
		t.Errorf("got %q", got)
	}
	if got := clusterDomains(file + ".none"); got != nil {
		t.Errorf("without the file: %q", got)
	}
}

// TestHostileObjects serves manifests that nobody could make in a cluster.
func TestHostileObjects(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	names := []string{`"a\nb{c=\"d\"} 1"`, `"\\"`, `"# HELP up"`, `"\u0000\u202e"`, `"ä{}"`, `"` + long + `"`, `"\"} 1\nup{a=\""`}
	var text strings.Builder
	for _, name := range names {
		text.WriteString("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + ", labels: {team: " + name + "}, annotations: {a: " + name + "}}\n" +
			"---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: " + name + "}\nspec: {nodeName: " + name + ", containers: [{name: a, image: a}]}\n" +
			"---\napiVersion: v1\nkind: Node\nmetadata: {name: " + name + "}\n" +
			"---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: " + name + "}\n" +
			"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}\nsubjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: " + name + "}]\n")
	}
	text.WriteString("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n")
	o := options()
	file := t.TempDir() + "/hostile.yaml"
	write(t, file, text.String())
	o.Snapshots = []string{file}
	s := start(t, o)
	status, body := s.get("/metrics")
	if status != http.StatusOK || len(body) > 2<<20 {
		t.Errorf("%d, %d bytes", status, len(body))
	}
	m := parse(t, body)
	for family, want := range map[string]int{"namespace_info": len(names), "cluster_admin_subject_info": len(names), "node_unbounded_pods": 2 * len(names)} {
		if got := len(m.families["kube_posture_"+family].GetMetric()); got != want {
			t.Errorf("%d series of %s, want %d", got, family, want)
		}
	}
	for name, family := range m.families {
		for _, sample := range family.GetMetric() {
			for _, l := range sample.GetLabel() {
				if len(l.GetValue()) > 600 {
					t.Errorf("%s: a value of %s has %d bytes", name, l.GetName(), len(l.GetValue()))
				}
			}
		}
	}
	if n := m.samples[`promhttp_metric_handler_errors_total{cause="gathering"}`]; n != 0 {
		t.Errorf("%v errors", n)
	}
	if status, page := s.get("/"); status != http.StatusOK || len(page) > 1<<20 {
		t.Errorf("the landing page: %d, %d bytes", status, len(page))
	}
}
