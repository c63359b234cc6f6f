package differential_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

const (
	// reviewers are how many ask at once: what one API server on a small machine answers no slower for.
	reviewers = 8
	// enough is how many disagreements about a world are told.
	enough = 10
)

// fresh is a request that nothing but three stars allow, since no role has its words.
func fresh(namespace string) rbac.Attributes {
	return rbac.Attributes{Verb: "zzz-verb", APIGroup: "zzz.example", Resource: "zzz-resource", Namespace: namespace}
}

// comparison holds a Model of a world against the API server that has it.
type comparison struct {
	t       *testing.T
	h       *harness
	w       *world
	raw     *objects
	model   *rbac.Model
	started time.Time
	counted tally
	// users are those who may come as some user or ServiceAccount; nil before it is asked.
	users         []model.Subject
	disagreements int
}

// errorf tells of a disagreement.
func (c *comparison) errorf(format string, args ...any) {
	c.t.Helper()
	if c.disagreements++; c.disagreements <= enough {
		c.t.Errorf("SEED=%d: "+format, append([]any{c.w.seed}, args...)...)
	}
}

// done tells the world if there were disagreements about it.
func (c *comparison) done() tally {
	if c.disagreements > 0 {
		c.t.Errorf("SEED=%d: %d disagreements in this world:\n%s", c.w.seed, c.disagreements, c.w)
	}
	c.counted.worlds, c.counted.took = 1, time.Since(c.started)
	return c.counted
}

// ask has every question reviewed, compares each answer with the Model's, and counts them.
func (c *comparison) ask(questions []question, counted *reviews) []bool {
	c.t.Helper()
	answers := make([]authorizationv1.SubjectAccessReviewStatus, len(questions))
	ctx, cancel := context.WithCancelCause(c.t.Context())
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range reviewers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(questions)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				var err error
				if answers[i], err = c.h.review(ctx, questions[i].spec()); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		c.t.Fatalf("SEED=%d: %v", c.w.seed, context.Cause(ctx))
	}
	allowed := make([]bool, len(questions))
	for i := range questions {
		c.compare(&questions[i], &answers[i])
		if allowed[i] = answers[i].Allowed; allowed[i] {
			counted.allowed++
		}
	}
	counted.asked += len(questions)
	return allowed
}

// compare asks the Model the same, and for the grants: one of them must be the reason that the API server gives.
func (c *comparison) compare(q *question, answer *authorizationv1.SubjectAccessReviewStatus) {
	c.t.Helper()
	got := c.model.Allowed(q.subject, q.groups, q.attributes)
	why := reasons(c.model.Why(q.subject, q.groups, q.attributes))
	superuser := slices.Contains(q.spec().Groups, "system:masters")
	switch {
	case got != answer.Allowed:
		c.errorf("%+v: the API server says allowed=%t (%q, %q), the Model %t; Why: %q", *q, answer.Allowed, answer.Reason,
			answer.EvaluationError, got, why)
	case !got && len(why) > 0:
		c.errorf("%+v: not allowed, but Why: %q", *q, why)
	case got && !superuser && !slices.Contains(why, reason(answer.Reason)):
		c.errorf("%+v: allowed with the reason %q, which is none of Why: %q", *q, answer.Reason, why)
	}
}

// reasons are the grants, each in the API server's words; its subject is a user name or a group.
func reasons(grants []rbac.Grant) []string {
	out := make([]string, len(grants))
	for i, g := range grants {
		binding, name := "ClusterRoleBinding", g.Binding.Name()
		if ns := g.Binding.Namespace(); ns != "" {
			binding, name = "RoleBinding", name+"/"+ns
		}
		via := "User " + rbac.Username(g.Via)
		if g.Via.Kind == model.Group {
			via = "Group " + g.Via.Name
		}
		out[i] = fmt.Sprintf("RBAC: allowed by %s %q of %s %q to %s", binding, name, g.Binding.RoleKind, g.Role.Name(), via)
	}
	return out
}

// reason is what the API server says, with its subject made a user name or a group.
func reason(said string) string {
	i := strings.LastIndex(said, " to ")
	if i < 0 {
		return said
	}
	grant, subject := said[:i], said[i+len(" to "):]
	kind, quoted, _ := strings.Cut(subject, " ")
	name, err := strconv.Unquote(quoted)
	if err != nil {
		return said
	}
	if kind == "ServiceAccount" {
		account, namespace, _ := strings.Cut(name, "/")
		kind, name = "User", "system:serviceaccount:"+namespace+":"+account
	}
	return grant + " to " + kind + " " + name
}
