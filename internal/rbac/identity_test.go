package rbac

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestIdentity(t *testing.T) {
	const rbacAPI = "rbac.authorization.k8s.io"
	for _, tc := range []struct {
		what                                              string
		kind, apiGroup, namespace, name, bindingNamespace string
		want                                              model.Subject
		none                                              bool
	}{
		{what: "user", kind: "User", apiGroup: rbacAPI, name: "alice", want: user("alice")},
		{what: "the namespace of a user is not looked at", kind: "User", namespace: "a", name: "alice", want: user("alice")},
		{what: "group", kind: "Group", apiGroup: rbacAPI, name: "devs", want: group("devs")},
		{what: "the apiGroup is not looked at", kind: "Group", apiGroup: "example.com", name: "devs", want: group("devs")},
		{what: "service account", kind: "ServiceAccount", namespace: "a", name: "default", want: account("a", "default")},
		{what: "service account with a namespace of its own in a RoleBinding", kind: "ServiceAccount", namespace: "a", name: "default",
			bindingNamespace: "b", want: account("a", "default")},
		{what: "service account without namespace in a RoleBinding", kind: "ServiceAccount", name: "default", bindingNamespace: "b",
			want: account("b", "default")},
		{what: "service account without namespace in a ClusterRoleBinding", kind: "ServiceAccount", name: "default", none: true},
		{what: "user spelled as a service account", kind: "User", name: "system:serviceaccount:a:default", want: account("a", "default")},
		{what: "user spelled as a service account with a dot", kind: "User", name: "system:serviceaccount:a:my.app",
			want: account("a", "my.app")},
		{what: "too many parts", kind: "User", name: "system:serviceaccount:a:b:c", want: user("system:serviceaccount:a:b:c")},
		{what: "too few parts", kind: "User", name: "system:serviceaccount:a", want: user("system:serviceaccount:a")},
		{what: "no name in the spelling", kind: "User", name: "system:serviceaccount:a:", want: user("system:serviceaccount:a:")},
		{what: "no namespace in the spelling", kind: "User", name: "system:serviceaccount::a", want: user("system:serviceaccount::a")},
		{what: "a namespace that cannot be", kind: "User", name: "system:serviceaccount:A:b", want: user("system:serviceaccount:A:b")},
		{what: "a service account that cannot be", kind: "ServiceAccount", namespace: "A", name: "b",
			want: user("system:serviceaccount:A:b")},
		{what: "a namespace with a colon is the same user", kind: "ServiceAccount", namespace: "a:b", name: "c",
			want: user("system:serviceaccount:a:b:c")},
		{what: "a group spelled as a service account", kind: "Group", name: "system:serviceaccount:a:b",
			want: group("system:serviceaccount:a:b")},
		{what: "unknown kind", kind: "Robot", name: "alice", none: true},
		{what: "kinds have their case", kind: "user", name: "alice", none: true},
		{what: "no name", kind: "User", none: true},
		{what: "service account without a name", kind: "ServiceAccount", namespace: "a", none: true},
	} {
		t.Run(tc.what, func(t *testing.T) {
			got, ok := Identity(tc.kind, tc.apiGroup, tc.namespace, tc.name, tc.bindingNamespace)
			if ok == tc.none || got != tc.want {
				t.Errorf("got %v, %t, want %v, %t", got, ok, tc.want, !tc.none)
			}
		})
	}
}

func TestGroups(t *testing.T) {
	for _, tc := range []struct {
		of       model.Subject
		username string
		want     []string
	}{
		{account("a", "x"), "system:serviceaccount:a:x", []string{"system:serviceaccounts:a", "system:serviceaccounts", "system:authenticated"}},
		{user("system:serviceaccount:a:x"), "system:serviceaccount:a:x",
			[]string{"system:serviceaccounts:a", "system:serviceaccounts", "system:authenticated"}},
		{user("system:serviceaccount:A:x"), "system:serviceaccount:A:x", []string{"system:authenticated"}},
		{user("alice"), "alice", []string{"system:authenticated"}},
		{user("system:anonymous"), "system:anonymous", []string{"system:unauthenticated"}},
		{group("devs"), "", []string{"devs", "system:authenticated"}},
		{group("system:masters"), "", []string{"system:masters", "system:authenticated"}},
		{group("system:authenticated"), "", []string{"system:authenticated"}},
		{group("system:unauthenticated"), "", []string{"system:unauthenticated"}},
		{group("system:serviceaccounts"), "", []string{"system:serviceaccounts", "system:authenticated"}},
		{group("system:serviceaccounts:a"), "", []string{"system:serviceaccounts:a", "system:serviceaccounts", "system:authenticated"}},
		{group("system:serviceaccounts:"), "", []string{"system:serviceaccounts:", "system:authenticated"}},
	} {
		if diff := cmp.Diff(tc.want, Groups(tc.of)); diff != "" {
			t.Errorf("Groups(%v): %s", tc.of, diff)
		}
		if got := Username(tc.of); got != tc.username {
			t.Errorf("Username(%v) = %q, want %q", tc.of, got, tc.username)
		}
	}
}

func TestAnonymous(t *testing.T) {
	for s, want := range map[model.Subject]bool{
		user("system:anonymous"):        true,
		group("system:unauthenticated"): true,
		group("system:anonymous"):       false,
		user("system:unauthenticated"):  false,
		group("system:authenticated"):   false,
		account("a", "x"):               false,
	} {
		if got := Anonymous(s); got != want {
			t.Errorf("Anonymous(%v) = %t, want %t", s, got, want)
		}
	}
}

// FuzzIdentity: whatever is written, an identity is a fixed point: its user name, or its group, names it again.
func FuzzIdentity(f *testing.F) {
	f.Add("User", "", "system:serviceaccount:a:b", "")
	f.Add("ServiceAccount", "a:b", "c", "")
	f.Add("ServiceAccount", "", "c", "a")
	f.Add("Group", "a", "system:serviceaccounts:a", "b")
	f.Fuzz(func(t *testing.T, kind, namespace, name, bindingNamespace string) {
		s, ok := Identity(kind, "", namespace, name, bindingNamespace)
		if !ok {
			return
		}
		again, ok := Identity("User", "", "", Username(s), "")
		if s.Kind == model.Group {
			again, ok = Identity("Group", "", "", s.Name, "")
		}
		if !ok || again != s {
			t.Errorf("%q %q %q in %q is %v, which is %v", kind, namespace, name, bindingNamespace, s, again)
		}
	})
}
