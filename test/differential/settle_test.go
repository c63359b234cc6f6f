package differential_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// settle returns when the controllers have filled the aggregated ClusterRoles and the authorizer has seen everything: it watches
// each kind by itself and in order, so it has seen a kind's objects, and that those of the world before are gone, when it has seen
// the one that was created last.
func (h *harness) settle(t *testing.T, w *world) {
	t.Helper()
	await(t, "the aggregated ClusterRoles to be filled", func(ctx context.Context) error {
		list, err := h.client.RbacV1().ClusterRoles().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		return aggregated(list.Items)
	})
	cluster, namespaced := markers(w)
	h.create(t, &world{
		seed:            w.seed,
		clusterRoles:    []*rbacv1.ClusterRole{{ObjectMeta: cluster.meta, Rules: cluster.rules}},
		roles:           []*rbacv1.Role{{ObjectMeta: namespaced.meta, Rules: namespaced.rules}},
		clusterBindings: []*rbacv1.ClusterRoleBinding{{ObjectMeta: cluster.meta, RoleRef: cluster.ref("ClusterRole"), Subjects: cluster.subjects}},
		bindings:        []*rbacv1.RoleBinding{{ObjectMeta: namespaced.meta, RoleRef: namespaced.ref("Role"), Subjects: namespaced.subjects}},
	})
	await(t, "the authorizer to have seen the world", func(ctx context.Context) error {
		return errors.Join(h.seen(ctx, cluster), h.seen(ctx, namespaced))
	})
}

// marker is a grant that nobody else has and that no other world has.
type marker struct {
	meta     metav1.ObjectMeta
	verb     string
	rules    []rbacv1.PolicyRule
	subjects []rbacv1.Subject
}

func (m *marker) ref(kind string) rbacv1.RoleRef {
	return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: m.meta.Name}
}

func markers(w *world) (cluster, namespaced *marker) {
	mark := func(namespace, user string) *marker {
		verb := fmt.Sprintf("see-%d", w.seed)
		return &marker{
			meta: metav1.ObjectMeta{
				Namespace: namespace, Name: w.name("marker"),
				Labels: map[string]string{worldLabel: strconv.FormatUint(w.seed, 10), markerLabel: ""},
			},
			verb:     verb,
			rules:    []rbacv1.PolicyRule{{Verbs: []string{verb}, APIGroups: []string{""}, Resources: []string{"markers"}}},
			subjects: []rbacv1.Subject{{Kind: "User", Name: user}},
		}
	}
	return mark("", "marker"), mark(namespaces[0], "marker-in-"+namespaces[0])
}

// seen says whether the authorizer allows what the marker grants to its user, who is in no group at all.
func (h *harness) seen(ctx context.Context, m *marker) error {
	status, err := h.review(ctx, &authorizationv1.SubjectAccessReviewSpec{
		User:               m.subjects[0].Name,
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: m.verb, Resource: "markers", Namespace: m.meta.Namespace},
	})
	if err == nil && !status.Allowed {
		err = fmt.Errorf("%s may not %s yet", m.subjects[0].Name, m.verb)
	}
	return err
}

// aggregated says which ClusterRole does not have, in the controller's order, the rules of those that it selects. The controller
// leaves the rules alone when there are none to put in their place.
func aggregated(list []rbacv1.ClusterRole) error {
	for i := range list {
		role := &list[i]
		if role.AggregationRule == nil {
			continue
		}
		var want []rbacv1.PolicyRule
		for _, s := range role.AggregationRule.ClusterRoleSelectors {
			selector, err := metav1.LabelSelectorAsSelector(&s)
			if err != nil {
				return err
			}
			for j := range list {
				if j != i && selector.Matches(labels.Set(list[j].Labels)) {
					want = union(want, list[j].Rules)
				}
			}
		}
		if len(want) > 0 && !equality.Semantic.DeepEqual(want, role.Rules) {
			return fmt.Errorf("the rules of ClusterRole %s, %d of them, are not the %d that it selects", role.Name, len(role.Rules), len(want))
		}
	}
	return nil
}

func union(rules, more []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	for _, m := range more {
		if !slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool { return equality.Semantic.DeepEqual(r, m) }) {
			rules = append(rules, m)
		}
	}
	return rules
}

// review asks the API server.
func (h *harness) review(ctx context.Context, spec *authorizationv1.SubjectAccessReviewSpec) (authorizationv1.SubjectAccessReviewStatus, error) {
	asked := &authorizationv1.SubjectAccessReview{Spec: *spec}
	answered, err := h.client.AuthorizationV1().SubjectAccessReviews().Create(ctx, asked, metav1.CreateOptions{})
	if err != nil {
		return authorizationv1.SubjectAccessReviewStatus{}, fmt.Errorf("review %+v: %w", *spec, err)
	}
	return answered.Status, nil
}

// question is one request by one subject, who may be in further groups.
type question struct {
	subject    model.Subject
	groups     []string
	attributes rbac.Attributes
}

// spec is the question as the API server is asked. For a Group somebody is made up who is in it.
func (q *question) spec() *authorizationv1.SubjectAccessReviewSpec {
	spec := &authorizationv1.SubjectAccessReviewSpec{User: rbac.Username(q.subject), Groups: append(rbac.Groups(q.subject), q.groups...)}
	if q.subject.Kind == model.Group {
		spec.User = "somebody"
	}
	a := &q.attributes
	if a.NonResourceURL != "" {
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Path: a.NonResourceURL, Verb: a.Verb}
		return spec
	}
	spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
		Verb: a.Verb, Group: a.APIGroup, Resource: a.Resource, Subresource: a.Subresource, Name: a.Name, Namespace: a.Namespace,
	}
	return spec
}
