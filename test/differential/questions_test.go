package differential_test

import (
	"slices"

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

// clusterAdmins compares the Model's list with everybody to whom the API server allows what no role can have foreseen.
func (c *comparison) clusterAdmins() {
	want := c.allowedOf(fresh(""))
	if got := c.admins(); !slices.Equal(got, want) {
		c.errorf("ClusterAdmins() = %v, the API server allows everything to %v", got, want)
	}
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
	admins := c.admins()
	var questions []question
	var want []bool
	c.model.NamespaceAdmins(func(namespace string, s model.Subject, admin bool) {
		questions = append(questions, question{subject: s, attributes: fresh(namespace)})
		want = append(want, admin || slices.Contains(admins, s))
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
