package posture

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// rbacKinds are the kinds that say who may do what.
var rbacKinds = []model.Kind{model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings}

// joins are the facts about pods and ServiceAccounts that other objects give.
type joins struct {
	// isolation is nil when nothing can be said about it.
	isolation *isolation
	// rbac is made of the RBAC kinds that can be listed. Each check says which of them it needs; what it needs is there when it is asked.
	rbac *rbac.Model
	// unread says that some role or binding could not be decoded, so that a No is not certain.
	unread bool
	facts  check.PodFacts
}

func newJoins(s *Snapshot, power *rbac.Model, isolation *isolation) *joins {
	j := &joins{isolation: isolation, rbac: power}
	for _, r := range s.Roles {
		j.unread = j.unread || r.Broken
	}
	for _, b := range s.Bindings {
		j.unread = j.unread || b.Broken
	}
	return j
}

// pod joins the pods that are alike at a place, of which p is one. The facts are valid until the next call.
func (j *joins) pod(p *model.Pod, r *model.Replica, at int32) *check.PodFacts {
	j.facts = check.PodFacts{Pod: p}
	j.facts.Isolated, j.facts.Open = j.isolation.pod(at)
	if r.Flags&(model.CarriesToken|model.TokenUnknown) != 0 {
		sa := model.Subject{Kind: model.ServiceAccountSubject, Namespace: p.Namespace(), Name: model.Text(r.ServiceAccount)}
		j.facts.Granted = j.granted(sa)
		j.facts.Powerful = j.certain(j.rbac.Powerful(sa))
	}
	return &j.facts
}

// granted says whether the ServiceAccount may do anything that neither every authenticated user may nor, by the API server's own
// defaults, every ServiceAccount: without the second part nothing would ever be unneeded.
func (j *joins) granted(sa model.Subject) check.Answer {
	return j.certain(j.rbac.GrantedBeyondDefaults(sa))
}

// certain turns a bool about power into an answer: a role or binding that nobody can read may grant more, and never less.
func (j *joins) certain(yes bool) check.Answer {
	if !yes && j.unread {
		return check.Unknown
	}
	return check.Known(yes)
}
