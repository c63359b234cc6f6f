package differential_test

import (
	"maps"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/client-go/transport"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// population compares whom the bindings name, by user names and groups.
func (c *comparison) population() {
	name := func(s model.Subject) string {
		if s.Kind == model.Group {
			return "group " + s.Name
		}
		return "user " + rbac.Username(s)
	}
	want := make(map[string]bool)
	for i := range c.raw.bindings {
		for _, s := range c.raw.bindings[i].Subjects {
			want[name(asker(s, c.raw.bindings[i].Namespace))] = true
		}
	}
	var got []string
	for _, s := range c.model.Subjects() {
		got = append(got, name(s))
	}
	slices.Sort(got)
	if sorted := slices.Sorted(maps.Keys(want)); !slices.Equal(sorted, got) {
		c.errorf("the bindings name %q, the Model knows %q", sorted, got)
	}
}

// identities has every subject of the population, by impersonation, asked by the API server who it is: that says which groups
// Kubernetes adds. Reviews name the groups themselves and so could not tell.
func (c *comparison) identities() {
	for _, s := range c.model.Subjects() {
		username, groups := rbac.Username(s), []string(nil)
		if s.Kind == model.Group {
			username, groups = "somebody", []string{s.Name}
			if namespace, ok := strings.CutPrefix(s.Name, "system:serviceaccounts:"); ok {
				if namespace == "" || namespace == "Big" {
					continue // no ServiceAccount can be in it
				}
				username, groups = "system:serviceaccount:"+namespace+":somebody", nil
			}
		}
		request := c.h.client.AuthenticationV1().RESTClient().Post().Resource("selfsubjectreviews").
			SetHeader(transport.ImpersonateUserHeader, username).Body(&authenticationv1.SelfSubjectReview{})
		if len(groups) > 0 {
			request.SetHeader(transport.ImpersonateGroupHeader, groups...)
		}
		var answer authenticationv1.SelfSubjectReview
		if err := request.Do(c.t.Context()).Into(&answer); err != nil {
			c.t.Fatalf("SEED=%d: ask who %q in %q is: %v", c.w.seed, username, groups, err)
		}
		want, got := slices.Clone(answer.Status.UserInfo.Groups), rbac.Groups(s)
		slices.Sort(want)
		slices.Sort(got)
		if answer.Status.UserInfo.Username != username || !slices.Equal(want, got) {
			c.errorf("Groups(%v) = %q, the API server says %q", s, got, want)
		}
	}
}
