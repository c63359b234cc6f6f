package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// The naive oracle: every question by a loop over everything, rules compared by component-helpers, subjects as they are written.

// isNamed says whether the subject of a binding matches a request by the user with the groups.
func isNamed(s rbacv1.Subject, bindingNamespace, username string, groups []string) bool {
	switch s.Kind {
	case "User":
		return s.Name == username
	case "Group":
		return slices.Contains(groups, s.Name)
	case "ServiceAccount":
		namespace := s.Namespace
		if namespace == "" {
			namespace = bindingNamespace
		}
		return namespace != "" && username == "system:serviceaccount:"+namespace+":"+s.Name
	default:
		return false
	}
}

func (w *world) role(b *model.Binding) *model.Role {
	for _, r := range w.in.Roles {
		kind := "Role"
		if r.Namespace() == "" {
			kind = "ClusterRole"
		}
		if kind == b.RoleKind && r.Name() == b.RoleName && (kind == "ClusterRole" || r.Namespace() == b.Namespace()) {
			return r
		}
	}
	return nil
}

func (w *world) rulesOf(b *model.Binding) []rbacv1.PolicyRule {
	role := w.role(b)
	if role == nil {
		return nil
	}
	var out []rbacv1.PolicyRule
	for _, r := range role.Rules {
		if b.Namespace() != "" && len(r.NonResourceURLs) > 0 {
			continue
		}
		out = append(out, rbacv1.PolicyRule{Verbs: r.Verbs, APIGroups: r.APIGroups, Resources: r.Resources, ResourceNames: r.ResourceNames,
			NonResourceURLs: r.NonResourceURLs})
	}
	return out
}

func asRule(a Attributes) rbacv1.PolicyRule {
	if a.NonResourceURL != "" {
		return rbacv1.PolicyRule{Verbs: []string{a.Verb}, NonResourceURLs: []string{a.NonResourceURL}}
	}
	r := rbacv1.PolicyRule{Verbs: []string{a.Verb}, APIGroups: []string{a.APIGroup}, Resources: []string{a.Resource}}
	if a.Subresource != "" {
		r.Resources[0] += "/" + a.Subresource
	}
	if a.Name != "" {
		r.ResourceNames = []string{a.Name}
	}
	return r
}

// grantedBy says whether the binding, if it names somebody, allows the request.
func (w *world) grantedBy(b *model.Binding, a Attributes) bool {
	if ns := b.Namespace(); ns != "" && (a.NonResourceURL != "" || a.Namespace != ns) {
		return false
	}
	ok, _ := validation.Covers(w.rulesOf(b), []rbacv1.PolicyRule{asRule(a)})
	return ok
}

// bindingsOf returns the bindings that match requests by the subject.
func (w *world) bindingsOf(s model.Subject, extra []string) (out []rawBinding) {
	username, groups := Username(s), append(Groups(s), extra...)
	if s.Kind == model.Group {
		username = "somebody in " + s.Name
	}
	for _, b := range w.bindings {
		if slices.ContainsFunc(b.subjects, func(named rbacv1.Subject) bool { return isNamed(named, b.Namespace(), username, groups) }) {
			out = append(out, b)
		}
	}
	return out
}

func (w *world) allowed(s model.Subject, extra []string, a Attributes) bool {
	if s == group(mastersGroup) || slices.Contains(extra, mastersGroup) {
		return true
	}
	return w.grantedByAny(w.bindingsOf(s, extra), a)
}

func (w *world) grantedByAny(bindings []rawBinding, a Attributes) bool {
	return slices.ContainsFunc(bindings, func(b rawBinding) bool { return w.grantedBy(b.Binding, a) })
}

// satisfies asks for a subject by the bindings that match it; system:masters needs none.
func (w *world) satisfies(s model.Subject, bindings []rawBinding, q Query) bool {
	allowed := func(a Attributes) bool { return w.grantedByAny(bindings, a) }
	if s == group(mastersGroup) {
		allowed = func(Attributes) bool { return true }
	}
	return slices.ContainsFunc(q.Any, allowed) && (len(q.And) == 0 || slices.ContainsFunc(q.And, allowed))
}

// population returns every identity that the bindings name, sorted as the Model sorts.
func (w *world) population() (out []model.Subject) {
	for _, b := range w.bindings {
		for _, s := range b.Subjects {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, compareSubjects)
	return out
}

// everything is a request that only three stars match.
func everything(namespace string) Attributes {
	return Attributes{Verb: "a-fresh-verb", APIGroup: "a-fresh-group", Resource: "a-fresh-resource", Namespace: namespace}
}

// beyond asks whether some binding of the subject has a rule that the given rules do not cover.
func (w *world) beyond(s model.Subject) bool {
	if s == group(mastersGroup) {
		return true
	}
	for _, b := range w.bindingsOf(s, nil) {
		var had []rbacv1.PolicyRule
		for _, o := range w.bindings {
			everybodys := slices.Contains(o.Subjects, group(authenticatedGroup))
			if everybodys && (o.Namespace() == "" || o.Namespace() == b.Namespace()) {
				had = append(had, w.rulesOf(o.Binding)...)
			}
		}
		if ok, _ := validation.Covers(had, w.rulesOf(b.Binding)); !ok {
			return true
		}
	}
	return false
}
