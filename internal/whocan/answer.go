package whocan

import (
	"fmt"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// limits is what no answer can say.
const limits = "Only RBAC is visible here: neither what other authorizers allow (the cloud's own, webhooks, the Node authorizer) nor who is in a group."

// Answer is who can.
type Answer struct {
	Query Query
	// Subjects are sorted by kind, namespace and name.
	Subjects []Holder
	// Notes are sentences that a reader of the answer must know.
	Notes []string
}

// Holder is a subject to whom it is allowed.
type Holder struct {
	model.Subject
	// Grants are the ways in which it is; none for system:masters where no binding says what the API server lets it do anyway.
	Grants []rbac.Grant
}

// Ask answers a question by the roles and bindings of a cluster.
func Ask(in rbac.Input, q Query) *Answer {
	a := &Answer{Query: q, Notes: slices.Clone(q.Notes)}
	m := rbac.Build(in)
	for _, s := range m.WhoCan(q.Attributes) {
		a.Subjects = append(a.Subjects, Holder{Subject: s, Grants: m.Why(s, nil, q.Attributes)})
	}
	for _, name := range unread(in) {
		a.Notes = append(a.Notes, name+" could not be read, and may allow it to more.")
	}
	return a
}

// unread names the roles and bindings of which nobody knows what they say.
func unread(in rbac.Input) (names []string) {
	for _, r := range in.Roles {
		if r.Broken {
			names = append(names, object(r.Namespace(), "Role", r.Name()))
		}
	}
	for _, b := range in.Bindings {
		if b.Broken {
			names = append(names, object(b.Namespace(), "RoleBinding", b.Name()))
		}
	}
	slices.Sort(names)
	return names
}

// object names a role or binding, which is the cluster's when it has no namespace.
func object(namespace, kind, name string) string {
	if namespace == "" {
		return fmt.Sprintf("Cluster%s %s", kind, printable(name))
	}
	return fmt.Sprintf("%s %s in the namespace %s", kind, printable(name), printable(namespace))
}
