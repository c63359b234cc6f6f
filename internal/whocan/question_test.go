package whocan

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

func TestParse(t *testing.T) {
	_, known := world()
	core, apps, any, certs := "", "apps", "*", "cert-manager.example"
	const notNamed = "Nobody was asked whether certificates.cert-manager.example are in namespaces. If they are not, no RoleBinding allows it: leave -n out."
	tests := []struct {
		name  string
		q     Question
		want  rbac.Attributes
		notes []string
	}{
		{"plural", Question{Verb: "get", Target: "pods"}, rbac.Attributes{Verb: "get", Resource: "pods"}, nil},
		{"singular", Question{Verb: "get", Target: "pod"}, rbac.Attributes{Verb: "get", Resource: "pods"}, nil},
		{"short name", Question{Verb: "get", Target: "po", Namespace: "shop"}, rbac.Attributes{Verb: "get", Resource: "pods", Namespace: "shop"}, nil},
		{"kind", Question{Verb: "get", Target: "Pod"}, rbac.Attributes{Verb: "get", Resource: "pods"}, nil},
		{"short name in a group", Question{Verb: "get", Target: "deploy"}, rbac.Attributes{Verb: "get", APIGroup: "apps", Resource: "deployments"}, nil},
		{"dotted", Question{Verb: "get", Target: "deployments.apps"}, rbac.Attributes{Verb: "get", APIGroup: "apps", Resource: "deployments"}, nil},
		{"dotted with version", Question{Verb: "get", Target: "deploy.v1.apps"}, rbac.Attributes{Verb: "get", APIGroup: "apps", Resource: "deployments"}, nil},
		{"core with version", Question{Verb: "get", Target: "pods.v1"}, rbac.Attributes{Verb: "get", Resource: "pods"}, nil},
		{"group apart", Question{Verb: "get", Target: "deployments", APIGroup: &apps}, rbac.Attributes{Verb: "get", APIGroup: "apps", Resource: "deployments"}, nil},
		{"the same group twice", Question{Verb: "get", Target: "deployments.apps", APIGroup: &apps}, rbac.Attributes{Verb: "get", APIGroup: "apps", Resource: "deployments"}, nil},
		{"core group", Question{Verb: "get", Target: "events", APIGroup: &core}, rbac.Attributes{Verb: "get", Resource: "events"}, nil},
		{"kubectl prefers the core group", Question{Verb: "get", Target: "ev"}, rbac.Attributes{Verb: "get", Resource: "events"}, nil},
		{"every group", Question{Verb: "get", Target: "pods", APIGroup: &any}, rbac.Attributes{Verb: "get", APIGroup: "*", Resource: "pods"}, nil},
		{"everything", Question{Verb: "*", Target: "*"}, rbac.Attributes{Verb: "*", APIGroup: "*", Resource: "*"}, nil},
		{"everything of a group", Question{Verb: "get", Target: "*", APIGroup: &apps, Namespace: "shop"}, rbac.Attributes{Verb: "get", APIGroup: "apps", Resource: "*", Namespace: "shop"}, nil},
		{"a subresource of everything", Question{Verb: "update", Target: "*/scale"}, rbac.Attributes{Verb: "update", APIGroup: "*", Resource: "*", Subresource: "scale"}, nil},
		{"subresource", Question{Verb: "create", Target: "pods/exec"}, rbac.Attributes{Verb: "create", Resource: "pods", Subresource: "exec"}, nil},
		{"subresource apart", Question{Verb: "create", Target: "pods", Subresource: "exec"}, rbac.Attributes{Verb: "create", Resource: "pods", Subresource: "exec"}, nil},
		{"the same subresource twice", Question{Verb: "create", Target: "pods/exec", Subresource: "exec"}, rbac.Attributes{Verb: "create", Resource: "pods", Subresource: "exec"}, nil},
		{"subresource that only */… names", Question{Verb: "update", Target: "secrets/scale"}, rbac.Attributes{Verb: "update", Resource: "secrets", Subresource: "scale"}, nil},
		{"subresource that a rule for every group names", Question{Verb: "get", Target: "pods/magic"}, rbac.Attributes{Verb: "get", Resource: "pods", Subresource: "magic"}, nil},
		{"subresource with a slash", Question{Verb: "get", Target: "certificates/approval/deep"}, rbac.Attributes{Verb: "get", APIGroup: certs, Resource: "certificates", Subresource: "approval/deep"}, nil},
		{"name", Question{Verb: "get", Target: "secrets", Name: "db"}, rbac.Attributes{Verb: "get", Resource: "secrets", Name: "db"}, nil},
		{"name with a slash", Question{Verb: "approve", Target: "signers", Name: "example.com/a"}, rbac.Attributes{Verb: "approve", APIGroup: "certificates.k8s.io", Resource: "signers", Name: "example.com/a"}, nil},
		{"custom resource", Question{Verb: "get", Target: "certificates"}, rbac.Attributes{Verb: "get", APIGroup: certs, Resource: "certificates"}, nil},
		{"custom verb", Question{Verb: "renew", Target: "certificates"}, rbac.Attributes{Verb: "renew", APIGroup: certs, Resource: "certificates"}, nil},
		{
			"custom resource in a namespace", Question{Verb: "get", Target: "certificates", Namespace: "shop"},
			rbac.Attributes{Verb: "get", APIGroup: certs, Resource: "certificates", Namespace: "shop"}, list(notNamed),
		},
		{"one of two groups", Question{Verb: "get", Target: "widgets.b.example"}, rbac.Attributes{Verb: "get", APIGroup: "b.example", Resource: "widgets"}, nil},
		{"group of one that is named for all", Question{Verb: "get", Target: "gadgets.c.example"}, rbac.Attributes{Verb: "get", APIGroup: "c.example", Resource: "gadgets"}, nil},
		{
			"custom resource that no role names", Question{Verb: "get", Target: "things.stable.test"}, rbac.Attributes{Verb: "get", APIGroup: "stable.test", Resource: "things"},
			list("No role names things.stable.test, and nobody was asked whether they exist: only rules for everything can allow it."),
		},
		{
			"in a group like a known one", Question{Verb: "get", Target: "orders.acme.cert-manager.example"},
			rbac.Attributes{Verb: "get", APIGroup: "acme.cert-manager.example", Resource: "orders"},
			list("No role names orders.acme.cert-manager.example, and nobody was asked whether they exist: only rules for everything can allow it."),
		},
		{"URL", Question{Verb: "get", Target: "/healthz"}, rbac.Attributes{Verb: "get", NonResourceURL: "/healthz"}, nil},
		{"custom verb on a URL", Question{Verb: "probe", Target: "/metrics"}, rbac.Attributes{Verb: "probe", NonResourceURL: "/metrics"}, nil},
		{
			"cluster-scoped in a namespace", Question{Verb: "get", Target: "nodes", Namespace: "shop"}, rbac.Attributes{Verb: "get", Resource: "nodes"},
			list("-n shop was ignored: nodes are not in namespaces, so no request for one names a namespace, and no RoleBinding allows it."),
		},
		{"one namespace", Question{Verb: "get", Target: "ns", Namespace: "shop"}, rbac.Attributes{Verb: "get", Resource: "namespaces", Name: "shop", Namespace: "shop"}, nil},
		{"one namespace by name", Question{Verb: "patch", Target: "ns", Name: "shop"}, rbac.Attributes{Verb: "patch", Resource: "namespaces", Name: "shop", Namespace: "shop"}, nil},
		{"every namespace", Question{Verb: "patch", Target: "ns"}, rbac.Attributes{Verb: "patch", Resource: "namespaces"}, nil},
		{
			"namespaces in a namespace", Question{Verb: "list", Target: "ns", Namespace: "shop"}, rbac.Attributes{Verb: "list", Resource: "namespaces"},
			list("-n shop was ignored: a request to list namespaces is for none in particular, so no RoleBinding allows it."),
		},
		{
			"name of a collection", Question{Verb: "deletecollection", Target: "secrets", Name: "db"}, rbac.Attributes{Verb: "deletecollection", Resource: "secrets"},
			list("--name was ignored: a request to delete a collection names no object."),
		},
		{
			"name of a new object", Question{Verb: "create", Target: "secrets", Name: "db"}, rbac.Attributes{Verb: "create", Resource: "secrets", Name: "db"},
			list("A request to create an object does not name it, unless an apply or an update makes it: only then rules with resourceNames count."),
		},
		{
			"namespace that does not exist", Question{Verb: "get", Target: "pods", Namespace: "prodution"}, rbac.Attributes{Verb: "get", Resource: "pods", Namespace: "prodution"},
			list(`There is no namespace "prodution"; did you mean "production"?`),
		},
		{
			"namespace that is like none", Question{Verb: "get", Target: "pods", Namespace: "elsewhere"}, rbac.Attributes{Verb: "get", Resource: "pods", Namespace: "elsewhere"},
			list(`There is no namespace "elsewhere".`),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := known.Parse(tt.q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Attributes); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.notes, got.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	_, known := world()
	core, apps, typo := "", "apps", "aps"
	const plural = "; write the plural as `kubectl api-resources` lists it"
	const verbs = "; use get, list, watch, create, update, patch, delete, deletecollection or a verb that some role names"
	for _, tt := range []struct {
		name string
		q    Question
		want string
	}{
		{"verb", Question{Verb: "gett", Target: "pods"}, `unknown verb "gett"; did you mean "get"?`},
		{"letters swapped", Question{Verb: "cretae", Target: "pods"}, `unknown verb "cretae"; did you mean "create"?`},
		{"verb in capitals", Question{Verb: "GET", Target: "pods"}, `unknown verb "GET"; did you mean "get"?`},
		{"custom verb", Question{Verb: "renwe", Target: "certificates"}, `unknown verb "renwe"; did you mean "renew"?`},
		{"verb like no other", Question{Verb: "frobnicate", Target: "pods"}, `unknown verb "frobnicate"` + verbs},
		{"kubectl's own", Question{Verb: "exec", Target: "pods"}, `unknown verb "exec"; ask for "create pods/exec", which is what that takes`},
		{"no verb", Question{Target: "pods"}, "the verb is empty" + verbs},
		{"resource", Question{Verb: "get", Target: "podz"}, `unknown resource "podz"; did you mean "pods"?`},
		{"letters of a resource swapped", Question{Verb: "get", Target: "deploymnet"}, `unknown resource "deploymnet"; did you mean "deployments"?`},
		{"custom resource", Question{Verb: "get", Target: "certificate"}, `unknown resource "certificate"; did you mean "certificates"?`},
		{"resource like no other", Question{Verb: "get", Target: "xyzzyplugh"}, `unknown resource "xyzzyplugh"` + plural + ", with its group if no role names it"},
		{"no resource", Question{Verb: "get"}, "the resource is empty; name one, as in who-can get pods"},
		{"only a subresource", Question{Verb: "get", Target: ".apps/scale"}, "the resource is empty; name one, as in who-can get pods"},
		{"two groups", Question{Verb: "get", Target: "widgets"}, `there is more than one "widgets"; write widgets.a.example or widgets.b.example`},
		{"no group", Question{Verb: "get", Target: "gadgets"}, `nothing says which API group "gadgets" is in; add the group, as in gadgets.GROUP`},
		{"group", Question{Verb: "get", Target: "*", APIGroup: &typo}, `unknown API group "aps"; did you mean "apps"?`},
		{"group of a resource", Question{Verb: "get", Target: "deployments.aps"}, `unknown API group "aps"; did you mean deployments.apps?`},
		{"group like a known one", Question{Verb: "get", Target: "things.cert-manger.example"}, `unknown API group "cert-manger.example"; did you mean "cert-manager.example"?`},
		{"group that cannot be", Question{Verb: "get", Target: "things.a..b"}, `unknown API group "a..b"; leave it out, or write it without a version, as apps`},
		{"group without it", Question{Verb: "get", Target: "pods.apps"}, `the API group "apps" has no "pods"; did you mean pods?`},
		{"core group without it", Question{Verb: "get", Target: "deployments", APIGroup: &core}, `the API group "" has no "deployments"; did you mean deployments.apps?`},
		{"resource of a group", Question{Verb: "get", Target: "deploymets.apps"}, `unknown resource "deploymets" in the API group "apps"; did you mean "deployments"?`},
		{"nothing of the sort in a group", Question{Verb: "get", Target: "xyzzyplugh.apps"}, `unknown resource "xyzzyplugh" in the API group "apps"` + plural},
		{"no name for a resource", Question{Verb: "get", Target: "a b.stable.test"}, `unknown resource "a b" in the API group "stable.test"` + plural},
		{"two groups given", Question{Verb: "get", Target: "pods.batch", APIGroup: &apps}, `"pods.batch" and --api-group="apps" name two groups; leave one of them out`},
		{"subresource", Question{Verb: "get", Target: "pods/exce"}, `pods has no subresource "exce"; did you mean "exec"?`},
		{"literal star", Question{Verb: "get", Target: "secrets/*"}, `secrets has no subresource "*"; use finalizers, scale, and --name for the name of an object`},
		{
			"name for a subresource", Question{Verb: "get", Target: "serviceaccounts/web"},
			`serviceaccounts has no subresource "web"; use token, finalizers, scale, and --name for the name of an object`,
		},
		{"slash at the end", Question{Verb: "get", Target: "pods/"}, `"pods/" ends in a slash; write "pods", or a subresource after the slash`},
		{"two subresources", Question{Verb: "get", Target: "pods/log", Subresource: "exec"}, `"pods/log" and --subresource="exec" name two subresources; leave one of them out`},
		{"namespace", Question{Verb: "get", Target: "pods", Namespace: "a,b"}, `"a,b" is not a namespace; give the name of one, or leave -n out to ask for all of them at once`},
		{"two namespaces", Question{Verb: "get", Target: "ns", Namespace: "shop", Name: "web"}, `--name="web" and -n shop name two namespaces; leave one of them out`},
		{"verb of a URL", Question{Verb: "list", Target: "/metrics"}, `unknown verb "list"; use get, head, post, put, patch, delete, options or a verb that some role names for a URL`},
		{"URL in a namespace", Question{Verb: "get", Target: "/metrics", Namespace: "shop", Name: "x"}, `"/metrics" is a path and not a resource; leave -n out`},
		{"URL of a group", Question{Verb: "get", Target: "/metrics", APIGroup: &core}, `"/metrics" is a path and not a resource; leave --api-group out`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := known.Parse(tt.q)
			var bad BadQuestion
			if !errors.As(err, &bad) || err.Error() != tt.want {
				t.Errorf("got  %v, %+v\nwant %s", err, got, tt.want)
			}
		})
	}
}

// TestParseSuggestsWhatIsTaken follows the advice of every error that quotes a word.
func TestParseSuggestsWhatIsTaken(t *testing.T) {
	_, known := world()
	for _, verb := range []string{"gte", "lsit", "wacht", "updat", "detele"} {
		_, err := known.Parse(Question{Verb: verb, Target: "pods"})
		if err == nil {
			t.Fatalf("%s is taken", verb)
		}
		_, meant, _ := strings.Cut(err.Error(), `did you mean "`)
		meant, _, _ = strings.Cut(meant, `"`)
		if _, err := known.Parse(Question{Verb: meant, Target: "pods"}); err != nil {
			t.Errorf("%s: the advice %q is refused: %v", verb, meant, err)
		}
	}
	for mistake, does := range likeKubectl {
		_, err := known.Parse(Question{Verb: mistake, Target: "pods"})
		if err == nil || !strings.Contains(err.Error(), does) {
			t.Errorf("%s: %v does not tell to ask for %q", mistake, err, does)
		}
		verb, target, _ := strings.Cut(does, " ")
		if target == "" {
			target = "pods"
		}
		if _, err := known.Parse(Question{Verb: verb, Target: target}); err != nil {
			t.Errorf("%s: the advice %q is refused: %v", mistake, does, err)
		}
	}
}
