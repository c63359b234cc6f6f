package differential_test

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// requests compares random requests of random subjects.
func (c *comparison) requests(d *drawer) {
	questions := make([]question, randomReviews)
	for i := range questions {
		questions[i] = d.question()
	}
	c.ask(questions, &c.counted.random)
}

// whoCan compares, for random requests, the Model's list with everybody in the population to whom the API server allows them.
func (c *comparison) whoCan(d *drawer) {
	for range populationQueries {
		a := d.query()
		want := c.allowedOf(a)
		if got := c.model.WhoCan(a); !slices.Equal(got, want) {
			c.errorf("WhoCan(%+v) = %v, the API server allows it to %v", a, got, want)
		}
	}
}

// clusterAdmins compares the Model's list with everybody who is cluster-admin in effect, as the API
// server allows the requests of which that is made: what no role can have foreseen, or each verb on
// a resource that none names, or to impersonate one who is.
func (c *comparison) clusterAdmins() {
	want := c.allowedOf(fresh(""))
	for _, s := range c.listed() {
		if !slices.Contains(want, s) {
			want = append(want, s)
		}
	}
	masters := model.Subject{Kind: model.Group, Name: "system:masters"}
	// Each one that is found is a further target.
	targets := append([]model.Subject{masters}, want...)
	for i := 0; i < len(targets); i++ {
		for _, s := range c.impersonators(targets[i]) {
			if !slices.Contains(want, s) {
				want, targets = append(want, s), append(targets, s)
			}
		}
	}
	got := c.admins()
	sorted := slices.DeleteFunc(slices.Clone(c.model.Subjects()), func(s model.Subject) bool { return !slices.Contains(want, s) })
	if !slices.Equal(got, sorted) {
		c.errorf("ClusterAdmins() = %v, the API server makes %v so", got, sorted)
	}
}

// listed are those to whom each verb of the API is allowed on every resource of every group that
// the escalation list names.
func (c *comparison) listed() []model.Subject {
	out := c.model.Subjects()
	groups := make(map[string]bool)
	for _, a := range rbac.EscalationList() {
		for _, w := range a.Ways {
			groups[w.Any[0].APIGroup] = true
		}
	}
	for group := range groups {
		for _, verb := range []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"} {
			allowed := c.allowedOf(rbac.Attributes{Verb: verb, APIGroup: group, Resource: "zzz-resource", Name: "zzz"})
			if out = slices.DeleteFunc(slices.Clone(out), func(s model.Subject) bool { return !slices.Contains(allowed, s) }); len(out) == 0 {
				return nil
			}
		}
	}
	return out
}

// impersonators are those to whom it is allowed to come as the target; as a group, only together
// with some user or ServiceAccount.
func (c *comparison) impersonators(target model.Subject) []model.Subject {
	ask := func(resource, name string) []model.Subject {
		return c.allowedOf(rbac.Attributes{Verb: "impersonate", Resource: resource, Name: name})
	}
	switch target.Kind {
	case model.User:
		return ask("users", target.Name)
	case model.ServiceAccountSubject:
		return ask("serviceaccounts", target.Name)
	}
	groups := ask("groups", target.Name)
	if c.users == nil {
		c.users = []model.Subject{}
		for _, name := range c.raw.names() {
			c.users = append(append(c.users, ask("users", name)...), ask("serviceaccounts", name)...)
		}
	}
	groups = slices.DeleteFunc(groups, func(s model.Subject) bool { return !slices.Contains(c.users, s) })
	// Who is in a group that Kubernetes adds has what it has, under whichever name.
	if ns, ok := strings.CutPrefix(target.Name, "system:serviceaccounts"); ok && ns != ":" || target.Name == "system:authenticated" {
		for _, name := range c.raw.names() {
			groups = append(groups, ask("serviceaccounts", name)...)
			if !ok {
				groups = append(groups, ask("users", name)...)
			}
		}
	}
	return groups
}

func (c *comparison) admins() []model.Subject {
	var out []model.Subject
	for _, a := range c.model.ClusterAdmins() {
		out = append(out, a.Subject)
	}
	return out
}

// namespaceAdmins compares each subject of a namespace's bindings: the API server allows it everything there when these say so, or
// those of the cluster.
func (c *comparison) namespaceAdmins() {
	everywhere := c.allowedOf(fresh(""))
	var questions []question
	var want []bool
	c.model.NamespaceAdmins(func(namespace string, s model.Subject, admin bool) {
		questions = append(questions, question{subject: s, attributes: fresh(namespace)})
		want = append(want, admin || slices.Contains(everywhere, s))
	})
	for i, allowed := range c.ask(questions, &c.counted.population) {
		if allowed != want[i] {
			c.errorf("NamespaceAdmins: %v is allowed everything in %q: %t, want %t", questions[i].subject, questions[i].attributes.Namespace,
				want[i], allowed)
		}
	}
}

// allowedOf returns those of the population to whom the API server allows the request.
func (c *comparison) allowedOf(a rbac.Attributes) []model.Subject {
	population := c.model.Subjects()
	questions := make([]question, len(population))
	for i, s := range population {
		questions[i] = question{subject: s, attributes: a}
	}
	var out []model.Subject
	for i, allowed := range c.ask(questions, &c.counted.population) {
		if allowed {
			out = append(out, population[i])
		}
	}
	return out
}
