package review

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// existing is what there is that a binding may refer to. The gauges rbac_bindings_stale and rbac_bindings_unused tell by the same
// rules; a test compares the two. A nil map means that nobody knows.
type existing struct {
	power      *rbac.Model
	accounts   map[model.Subject]bool
	namespaces map[string]*model.Namespace
	// used are the ServiceAccounts that pods run as; unread are the namespaces with a pod of which nobody knows as what it runs.
	used   map[model.Subject]bool
	unread map[string]bool
}

// newExisting notes what exists. No cluster is without a namespace or a ServiceAccount: where there is none, nobody has looked.
func newExisting(s *posture.Snapshot, power *rbac.Model) *existing {
	e := &existing{power: power}
	if s.Have[model.Namespaces] && len(s.Namespaces) > 0 {
		e.namespaces = make(map[string]*model.Namespace, len(s.Namespaces))
		for _, ns := range s.Namespaces {
			e.namespaces[ns.Name()] = ns
		}
	}
	if s.Have[model.ServiceAccounts] && len(s.ServiceAccounts) > 0 {
		e.accounts = make(map[model.Subject]bool, len(s.ServiceAccounts))
		for _, sa := range s.ServiceAccounts {
			e.accounts[account(sa.Namespace(), sa.Name())] = true
		}
	}
	if s.Have[model.Pods] {
		e.used, e.unread = make(map[model.Subject]bool), make(map[string]bool)
		for _, p := range s.Pods {
			if r := p.Of(); r.Is(model.BrokenPod) {
				e.unread[p.Namespace()] = true
			} else {
				e.used[account(p.Namespace(), model.Text(r.ServiceAccount))] = true
			}
		}
	}
	return e
}

func account(namespace, name string) model.Subject {
	return model.Subject{Kind: model.ServiceAccountSubject, Namespace: namespace, Name: name}
}

// gone says why a subject of the binding is left over: a ServiceAccount or its namespace does not exist. Users and groups cannot be
// looked up, and what the API server binds by default need not exist yet.
func (e *existing) gone(b *model.Binding, s model.Subject) (Reason, bool) {
	switch {
	case s.Kind != model.ServiceAccountSubject || e.power.BuiltInSubject(b, s):
		return Reason{}, false
	case e.namespaces != nil && e.namespaces[s.Namespace] == nil:
		return Reason{"missing_namespace", fmt.Sprintf("the namespace of the ServiceAccount %s/%s does not exist", s.Namespace, s.Name)}, true
	case e.namespaces != nil && e.accounts != nil && !e.accounts[s]:
		return Reason{"missing_service_account", fmt.Sprintf("the ServiceAccount %s/%s does not exist", s.Namespace, s.Name)}, true
	}
	return Reason{}, false
}

// reasons says in the order of the label's values why the binding is left over. Of one that cannot be read nothing is known.
func (e *existing) reasons(b *model.Binding, role *model.Role) []Reason {
	reasons := []Reason{}
	if b.Broken {
		return reasons
	}
	if role == nil {
		reasons = append(reasons, Reason{"missing_role", fmt.Sprintf("the %s %s does not exist", b.RoleKind, b.RoleName)})
	}
	for _, code := range []string{"missing_service_account", "missing_namespace"} {
		for _, s := range sorted(b.Subjects) {
			if r, ok := e.gone(b, s); ok && r.Reason == code {
				reasons = append(reasons, r)
			}
		}
	}
	if len(b.Subjects) == 0 && !e.power.EmptyByDesign(b) {
		reasons = append(reasons, Reason{"no_subjects", "the binding names nobody"})
	}
	return reasons
}

// unused says whether every subject is a ServiceAccount that no pod runs as, nil when nobody can tell or there is no subject.
func (e *existing) unused(b *model.Binding) *bool {
	if b.Broken || len(b.Subjects) == 0 || e.used == nil {
		return nil
	}
	unknown := false
	for _, s := range b.Subjects {
		if s.Kind != model.ServiceAccountSubject || e.used[s] {
			return new(false)
		}
		unknown = unknown || e.unread[s.Namespace]
	}
	if unknown {
		return nil
	}
	return new(true)
}
