package whocan

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

func ask(t *testing.T, in rbac.Input, q Question) *Answer {
	t.Helper()
	query, err := NewKnown(in.Roles, nil).Parse(q)
	if err != nil {
		t.Fatal(err)
	}
	return Ask(in, query)
}

func table(t *testing.T, a *Answer) string {
	t.Helper()
	var b bytes.Buffer
	if err := a.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const ignored = "-n shop was ignored: nodes are not in namespaces, so no request for one names a namespace, and no RoleBinding allows it."

func TestTable(t *testing.T) {
	in, _ := world()
	for _, tt := range []struct {
		name  string
		q     Question
		notes []string
		want  string
	}{
		{"through a group, and by more than one binding", Question{Verb: "get", Target: "pods", Namespace: "shop"}, nil, `
4 subjects can get pods in the namespace "shop":

KIND             NAMESPACE   NAME                          BINDING                            ROLE                        THROUGH
User             -           ann                           RoleBinding/debuggers              Role/debugger               -
Group            -           system:masters                ClusterRoleBinding/cluster-admin   ClusterRole/cluster-admin   -
Group            -           system:serviceaccounts:shop   RoleBinding/debuggers              Role/debugger               -
ServiceAccount   shop        web                           RoleBinding/debuggers              Role/debugger               Group/system:serviceaccounts:shop
`},
		{"a RoleBinding does not count cluster-wide", Question{Verb: "get", Target: "pods"}, nil, `
1 subject can get pods cluster-wide:

KIND    NAMESPACE   NAME             BINDING                            ROLE                        THROUGH
Group   -           system:masters   ClusterRoleBinding/cluster-admin   ClusterRole/cluster-admin   -
`},
		{"nor for what is not in a namespace", Question{Verb: "get", Target: "nodes", Namespace: "shop"}, list(ignored), `
3 subjects can get nodes:

KIND             NAMESPACE   NAME             BINDING                            ROLE                        THROUGH
User             -           ann              ClusterRoleBinding/readers         ClusterRole/reader          -
Group            -           system:masters   ClusterRoleBinding/cluster-admin   ClusterRole/cluster-admin   -
ServiceAccount   shop        web              ClusterRoleBinding/readers         ClusterRole/reader          -
`},
		{"but for its own namespace", Question{Verb: "get", Target: "ns", Namespace: "shop"}, nil, `
4 subjects can get namespaces named "shop":

KIND             NAMESPACE   NAME             BINDING                            ROLE                        THROUGH
User             -           ann              ClusterRoleBinding/readers         ClusterRole/reader          -
User             -           carl             RoleBinding/node-readers           ClusterRole/reader          -
Group            -           system:masters   ClusterRoleBinding/cluster-admin   ClusterRole/cluster-admin   -
ServiceAccount   shop        web              ClusterRoleBinding/readers         ClusterRole/reader          -
`},
		{"by name", Question{Verb: "get", Target: "secrets", Name: "db"}, nil, `
4 subjects can get secrets named "db" cluster-wide:

KIND             NAMESPACE   NAME             BINDING                            ROLE                        THROUGH
User             -           ann              ClusterRoleBinding/readers         ClusterRole/reader          -
User             -           bob              ClusterRoleBinding/db              ClusterRole/one-secret      -
Group            -           system:masters   ClusterRoleBinding/cluster-admin   ClusterRole/cluster-admin   -
ServiceAccount   shop        web              ClusterRoleBinding/readers         ClusterRole/reader          -
`},
		{"a URL", Question{Verb: "probe", Target: "/metrics"}, nil, `
4 subjects can probe /metrics:

KIND             NAMESPACE   NAME                          BINDING                            ROLE                        THROUGH
Group            -           system:masters                ClusterRoleBinding/cluster-admin   ClusterRole/cluster-admin   -
Group            -           system:serviceaccounts        ClusterRoleBinding/all-accounts    ClusterRole/operator        -
Group            -           system:serviceaccounts:shop   ClusterRoleBinding/all-accounts    ClusterRole/operator        Group/system:serviceaccounts
ServiceAccount   shop        web                           ClusterRoleBinding/all-accounts    ClusterRole/operator        Group/system:serviceaccounts
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.TrimPrefix(tt.want, "\n") + "\n" + limits + "\n"
			got := table(t, ask(t, in, tt.q))
			for _, note := range tt.notes {
				want += "Note: " + note + "\n"
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestNobody: one sentence, and nothing else, when there is nothing else to know.
func TestNobody(t *testing.T) {
	in, _ := world()
	in.Bindings = in.Bindings[1:2]
	const reason = ": no RBAC binding allows it, and what else may allow it (system:masters, other authorizers) is not visible here.\n"
	for _, tt := range []struct {
		q    Question
		want string
	}{
		{Question{Verb: "delete", Target: "pods"}, "Nobody can delete pods cluster-wide" + reason},
		{Question{Verb: "delete", Target: "pods", Namespace: "shop", Name: "a\nb"}, `Nobody can delete pods named "a\nb" in the namespace "shop"` + reason},
		{Question{Verb: "update", Target: "deploy/scale"}, "Nobody can update deployments.apps/scale cluster-wide" + reason},
		{Question{Verb: "delete", Target: "nodes"}, "Nobody can delete nodes" + reason},
		{Question{Verb: "*", Target: "*"}, "Nobody can use every verb on every resource cluster-wide" + reason},
		{Question{Verb: "get", Target: "*.apps"}, "Nobody can get every resource of the API group apps cluster-wide" + reason},
		{Question{Verb: "get", Target: "*.v1"}, "Nobody can get every resource of the core API group cluster-wide" + reason},
		{Question{Verb: "get", Target: "/metrics"}, "Nobody can get /metrics" + reason},
		{
			Question{Verb: "delete", Target: "nodes", Namespace: "shop"}, "Nobody can delete nodes" + reason +
				"Note: " + ignored + "\n",
		},
	} {
		if diff := cmp.Diff(tt.want, table(t, ask(t, in, tt.q))); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.q, diff)
		}
	}
}

// TestMastersWithoutABinding: the API server lets the group do anything, whatever the bindings say.
func TestMastersWithoutABinding(t *testing.T) {
	in := rbac.Input{Bindings: []*model.Binding{binding("shop", "x", "Role", "missing", group("system:masters"))}}
	want := "1 subject can delete nodes:\n\n" +
		"KIND    NAMESPACE   NAME             BINDING   ROLE   THROUGH\n" +
		"Group   -           system:masters   -         -      the API server itself\n\n" + limits + "\n"
	if diff := cmp.Diff(want, table(t, ask(t, in, Question{Verb: "delete", Target: "nodes"}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOddNames: names of users and groups may hold anything, and must neither break the table nor do anything to a terminal.
func TestOddNames(t *testing.T) {
	in := rbac.Input{
		Roles: []*model.Role{role("", "r\x1b[31m", rule(list("get"), list(""), list("pods")))},
		Bindings: []*model.Binding{
			binding("", "b\tx\n", "ClusterRole", "r\x1b[31m", user("ann smith"), user("-"), user("\u202eadmin"), user("a\"b"), user("é"), user("\xff")),
		},
	}
	got := table(t, ask(t, in, Question{Verb: "get", Target: "pods"}))
	for _, want := range []string{`"ann smith" `, `"-"`, `"\u202eadmin"`, `"a\"b"`, " é ", `"\xff"`, `ClusterRoleBinding/"b\tx\n"`, `ClusterRole/"r\x1b[31m"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in:\n%s", want, got)
		}
	}
	if lines := strings.Count(got, "\n"); lines != 11 {
		t.Errorf("%d lines:\n%s", lines, got)
	}
}

func TestWhatCouldNotBeRead(t *testing.T) {
	in, _ := world()
	in.Roles = append(in.Roles, &model.Role{Namespaced: model.Namespaced{Meta: model.NewMeta("", "torn"), Broken: true}})
	b := meta("shop", "torn too")
	b.Broken = true
	in.Bindings = append(in.Bindings, &model.Binding{Namespaced: b})
	a := ask(t, in, Question{Verb: "get", Target: "pods"})
	want := list(
		"ClusterRole torn could not be read, and may allow it to more.",
		`RoleBinding "torn too" in the namespace shop could not be read, and may allow it to more.`,
	)
	if diff := cmp.Diff(want, a.Notes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const wantJSON = `{
  "query": {
    "verb": "create",
    "group": "",
    "resource": "pods",
    "subresource": "exec",
    "name": "",
    "namespace": "shop",
    "nonResourceURL": ""
  },
  "subjects": [
    {
      "kind": "ServiceAccount",
      "namespace": "shop",
      "name": "web",
      "grants": [
        {
          "binding": {
            "kind": "RoleBinding",
            "namespace": "shop",
            "name": "debuggers"
          },
          "role": {
            "kind": "Role",
            "namespace": "shop",
            "name": "debugger"
          },
          "through": {
            "kind": "Group",
            "namespace": "",
            "name": "system:serviceaccounts:shop"
          }
        }
      ]
    }
  ],
  "notes": [],
`

func TestJSON(t *testing.T) {
	in, _ := world()
	a := ask(t, in, Question{Verb: "create", Target: "pods/exec", Namespace: "shop"})
	a.Subjects = a.Subjects[len(a.Subjects)-1:]
	var b bytes.Buffer
	if err := a.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantJSON+`  "limits": "`+limits+"\"\n}\n", b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	in.Bindings = nil
	if err := ask(t, in, Question{Verb: "get", Target: "pods"}).WriteJSON(&b); err != nil || !strings.Contains(b.String(), `"subjects": [],`) {
		t.Errorf("nobody: %v %s", err, &b)
	}
}

// TestEverySubjectIsExplained: who can is exactly who has a grant, and every grant is of a binding that exists.
func TestEverySubjectIsExplained(t *testing.T) {
	in, _ := world()
	for _, q := range []Question{
		{Verb: "get", Target: "secrets"}, {Verb: "create", Target: "pods/exec", Namespace: "shop"}, {Verb: "get", Target: "/metrics"},
		{Verb: "renew", Target: "certificates", Namespace: "shop"}, {Verb: "update", Target: "*/scale"},
	} {
		for _, s := range ask(t, in, q).Subjects {
			if len(s.Grants) == 0 {
				t.Errorf("%+v: nothing explains %v", q, s.Subject)
			}
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrors(t *testing.T) {
	in, _ := world()
	a := ask(t, in, Question{Verb: "get", Target: "pods"})
	if a.WriteTable(fullDisk{}) == nil || a.WriteJSON(fullDisk{}) == nil {
		t.Error("a full disk is no error")
	}
}
