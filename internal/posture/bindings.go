package posture

import (
	"cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// existing is which objects there are that bindings may refer to.
type existing struct {
	accounts   map[model.Subject]bool
	namespaces map[string]bool
	// used are the ServiceAccounts that pods run as; unread are the namespaces with a pod of which nobody knows as what it runs.
	used   map[model.Subject]bool
	unread map[string]bool
}

func newExisting(s *Snapshot, pods *podFacts) *existing {
	e := &existing{
		accounts: make(map[model.Subject]bool, len(s.ServiceAccounts)), namespaces: make(map[string]bool, len(s.Namespaces)),
		used: make(map[model.Subject]bool, len(pods.accounts)), unread: pods.unread,
	}
	for _, sa := range s.ServiceAccounts {
		e.accounts[model.Subject{Kind: model.ServiceAccountSubject, Namespace: sa.Namespace(), Name: sa.Name()}] = true
	}
	for _, ns := range s.Namespaces {
		e.namespaces[ns.Name()] = true
	}
	for a := range pods.accounts {
		e.used[model.Subject{Kind: model.ServiceAccountSubject, Namespace: model.Text(a.ns), Name: model.Text(a.name)}] = true
	}
	return e
}

// unused says whether every subject is a ServiceAccount that no pod runs as.
func (e *existing) unused(b *model.Binding) check.Answer {
	answer := check.Yes
	for _, s := range b.Subjects {
		switch {
		case s.Kind != model.ServiceAccountSubject || e.used[s]:
			return check.No
		case e.unread[s.Namespace]:
			answer = check.Unknown
		}
	}
	return answer
}

// bindings judges bindings by what they refer to.
func (o *objectPass) bindings() {
	joined := judges[check.BindingJudge](o.t)
	if len(joined) == 0 {
		return
	}
	o.t.report.HavePrivileged = o.s.has(rbacKinds...)
	there := newExisting(o.s, &o.pods)
	var facts check.BindingFacts
	for _, b := range o.s.Bindings {
		o.t.begin(Object{o.t.namespace(b.NS), scoped(b.NS, "RoleBinding"), b.Name()})
		facts = o.bindingFacts(b, there)
		for _, c := range joined {
			say := func(r *check.Report) { c.judge(&facts, r) }
			if b.Broken {
				say = unreadable(c.Entry)
			}
			o.t.judge(c.Entry, say)
		}
	}
}

func (o *objectPass) bindingFacts(b *model.Binding, there *existing) check.BindingFacts {
	f := check.BindingFacts{
		Binding: b, Origin: o.joins.rbac.Origin(b), EmptyByDesign: o.joins.rbac.EmptyByDesign(b),
		MissingRole: check.Known(o.joins.rbac.RoleOf(b) == nil), MissingServiceAccount: check.No, MissingNamespace: check.No,
	}
	for _, s := range b.Subjects {
		switch {
		case s.Kind != model.ServiceAccountSubject || o.joins.rbac.BuiltInSubject(b, s):
			// The API server binds its controllers' accounts ahead of their creation, and puts back what is removed.
		case !there.namespaces[s.Namespace]:
			f.MissingNamespace = check.Yes
		case !there.accounts[s]:
			f.MissingServiceAccount = check.Yes
		}
	}
	f.Unused = there.unused(b)
	f.Privileged = o.joins.certain(o.joins.rbac.Privileged(b))
	review := o.t.settings.review.Of(b, o.now)
	if !review.At.IsZero() || !b.Created.IsZero() { // a manifest need not say when it was made
		f.ReviewOverdue = check.Known(review.Overdue(o.now))
	}
	if f.Privileged == check.Yes && f.Origin == model.CustomOrigin && o.t.report.HavePrivileged {
		o.t.report.Privileged = append(o.t.report.Privileged, PrivilegedBinding{
			Kind: scoped(b.NS, "RoleBinding"), Namespace: b.Namespace(), Name: b.Name(), Created: b.Created, Review: review,
		})
	}
	return f
}

// subjects judges identities by what all bindings together let them do.
func (o *objectPass) subjects() {
	o.t.report.HaveAdmins = o.s.has(model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings)
	admins := make(map[model.Subject]model.Origin)
	if o.t.report.HaveAdmins {
		for _, a := range o.joins.rbac.ClusterAdmins() {
			admins[a.Subject] = a.Origin
			o.admin(a)
		}
	}
	if everywhere := judges[check.SubjectJudge](o.t); len(everywhere) > 0 {
		var facts check.SubjectFacts
		for _, s := range o.joins.rbac.Subjects() {
			origin, admin := admins[s]
			facts = check.SubjectFacts{
				Subject: s, Admin: o.joins.certain(admin), Origin: origin, Escalates: o.joins.certain(o.joins.rbac.Escalates(s)),
			}
			o.t.begin(Object{o.namespaceOf(s), s.Kind.String(), s.Name})
			for _, c := range everywhere {
				o.t.judge(c.Entry, func(r *check.Report) { c.judge(&facts, r) })
			}
		}
	}
	if e := o.t.settings.set.Entry("rbac_subjects_with_access"); e != nil && o.t.enabled[e.Index] != 0 && !o.joins.unread {
		for _, a := range o.joins.rbac.AccessCounts() {
			o.t.report.Access = append(o.t.report.Access, Access{a.Name, a.Subjects})
		}
		for _, q := range o.t.settings.queries {
			count := o.joins.rbac.Count(q)
			o.t.report.Access = append(o.t.report.Access, Access{q.Name, count[model.User] + count[model.Group] + count[model.ServiceAccountSubject]})
		}
	}
	o.namespaceSubjects()
}

func (o *objectPass) namespaceOf(s model.Subject) int32 {
	if s.Namespace == "" {
		return 0
	}
	return o.t.namespace(model.Intern(s.Namespace))
}

func (o *objectPass) namespaceSubjects() {
	joined := judges[check.NamespaceSubjectJudge](o.t)
	if len(joined) == 0 {
		return
	}
	var facts check.NamespaceSubjectFacts
	var name string
	var ns int32
	o.joins.rbac.NamespaceAdmins(func(namespace string, s model.Subject, admin bool) {
		if namespace != name { // they come namespace by namespace
			name, ns = namespace, o.t.namespace(model.Intern(namespace))
		}
		facts = check.NamespaceSubjectFacts{Subject: s, Namespace: namespace, Admin: o.joins.certain(admin)}
		// A ServiceAccount may hold power in a namespace that is not its own: only its user name tells it apart there. A Group has none.
		o.t.begin(Object{ns, s.Kind.String(), cmp.Or(rbac.Username(s), s.Name)})
		for _, c := range joined {
			o.t.judge(c.Entry, func(r *check.Report) { c.judge(&facts, r) })
		}
	})
}

// admin lists each binding that makes the subject an admin once, by whichever of its groups it
// does. The origin is that of the binding's own grants: another binding that gives the same power
// changes nothing about this one.
func (o *objectPass) admin(a rbac.Admin) {
	first := len(o.t.report.Admins)
	listed := make(map[string]int, len(a.Grants))
	for _, g := range a.Grants {
		origin := o.joins.rbac.AdminOrigin(g)
		if i, ok := listed[g.Binding.Name()]; ok {
			row := &o.t.report.Admins[first+i]
			row.Origin = row.Origin.And(origin)
			continue
		}
		listed[g.Binding.Name()] = len(listed)
		o.t.report.Admins = append(o.t.report.Admins, Admin{
			Subject: a.Subject, Origin: origin, Binding: g.Binding.Name(), Role: g.Binding.RoleName,
		})
	}
}
