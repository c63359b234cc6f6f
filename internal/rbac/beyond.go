package rbac

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// GrantedBeyondAuthenticated says whether some binding gives the ServiceAccount, by name or through the groups that Kubernetes adds,
// a rule that not every authenticated user has anyway. Rules are compared as the API server does when it guards against escalation.
//
// Read to the letter it is true of every ServiceAccount in a cluster that has the API server's defaults, which let the group
// system:serviceaccounts read the token issuer's keys and the trust bundles: see GrantedBeyondDefaults.
func (m *Model) GrantedBeyondAuthenticated(s model.Subject) bool { return m.knows(m.beyond, s) }

// GrantedBeyondDefaults is GrantedBeyondAuthenticated without what Kubernetes and the platform give
// to every ServiceAccount: the API server by its own default bindings, OpenShift by one to pull
// images in each project. It reports whether anything was given to the ServiceAccount on purpose.
func (m *Model) GrantedBeyondDefaults(s model.Subject) bool { return m.knows(m.beyondDefaults, s) }

func (m *Model) judgeBaseline() {
	had := newBaseline(m)
	if m.authenticated >= 0 {
		for _, i := range m.held(m.authenticated) {
			had.add(&m.bindings[i])
		}
	}
	m.beyond = had.judge(func(*binding, int32) bool { return false })
	if m.serviceAccounts >= 0 {
		for _, i := range m.held(m.serviceAccounts) {
			if b := &m.bindings[i]; m.OriginOf(b.source, m.subjects[m.serviceAccounts]) == model.BuiltInOrigin {
				had.add(b)
			}
		}
	}
	m.beyondDefaults = had.judge(func(b *binding, s int32) bool { return m.giftToAll(b.source, m.subjects[s]) })
}

// baseline is a body of rules that is had anyway.
type baseline struct {
	m *Model
	// cluster are the rules had everywhere, inNamespace the further ones had in single namespaces.
	cluster     []rbacv1.PolicyRule
	inNamespace map[string][]rbacv1.PolicyRule
}

func newBaseline(m *Model) *baseline {
	return &baseline{m: m, inNamespace: make(map[string][]rbacv1.PolicyRule)}
}

func (h *baseline) add(b *binding) {
	if b.role < 0 {
		return
	}
	ns := b.source.Namespace()
	rules := policyRules(h.m.roles[b.role].source, ns != "")
	if ns == "" {
		h.cluster = append(h.cluster, rules...)
	} else {
		h.inNamespace[ns] = append(h.inNamespace[ns], rules...)
	}
}

// judge returns the subjects with a grant that goes beyond the baseline and is no gift.
func (h *baseline) judge(gift func(b *binding, subject int32) bool) set {
	type scoped struct {
		role int32
		// namespace is empty where nothing further is had in the binding's own.
		namespace  string
		namespaced bool
	}
	known := make(map[scoped]bool)
	out := newSet(len(h.m.subjects))
	for i := range h.m.bindings {
		b := &h.m.bindings[i]
		if b.role < 0 {
			continue
		}
		key := scoped{role: b.role, namespaced: int32(i) >= h.m.clusterEnd}
		owned := h.cluster
		if further := h.inNamespace[b.source.Namespace()]; key.namespaced && further != nil {
			key.namespace = b.source.Namespace()
			owned = append(owned[:len(owned):len(owned)], further...)
		}
		beyond, ok := known[key]
		if !ok {
			beyond = !covers(owned, policyRules(h.m.roles[b.role].source, key.namespaced))
			known[key] = beyond
		}
		if beyond {
			for _, s := range h.m.subjectsOf(b) {
				if !gift(b, s) {
					out.add(s)
				}
			}
		}
	}
	h.m.close(out)
	return out
}

// covers asks for the first combination of each rule alone before it asks for all of them: there may be many, and mostly the first
// one is not covered.
func covers(owned, wanted []rbacv1.PolicyRule) bool {
	for _, r := range wanted {
		if ok, _ := validation.Covers(owned, []rbacv1.PolicyRule{firstOf(r)}); !ok {
			return false
		}
	}
	ok, _ := validation.Covers(owned, wanted)
	return ok
}

func firstOf(r rbacv1.PolicyRule) rbacv1.PolicyRule {
	head := func(list []string) []string { return list[:min(len(list), 1)] }
	return rbacv1.PolicyRule{
		Verbs: head(r.Verbs), APIGroups: head(r.APIGroups), Resources: head(r.Resources), ResourceNames: head(r.ResourceNames),
		NonResourceURLs: head(r.NonResourceURLs),
	}
}

// policyRules returns the rules of a role as a binding grants them: through a RoleBinding, non-resource URLs grant nothing.
func policyRules(r *model.Role, namespaced bool) []rbacv1.PolicyRule {
	out := make([]rbacv1.PolicyRule, len(r.Rules))
	for i, rule := range r.Rules {
		out[i] = rbacv1.PolicyRule{
			Verbs: rule.Verbs, APIGroups: rule.APIGroups, Resources: rule.Resources, ResourceNames: rule.ResourceNames,
			NonResourceURLs: rule.NonResourceURLs,
		}
		if namespaced {
			out[i].NonResourceURLs = nil
		}
	}
	return out
}
