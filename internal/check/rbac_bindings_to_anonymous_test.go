package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestRBACBindingsToAnonymous(t *testing.T) {
	check := &rbacBindingsToAnonymous
	yes := []string{check.ID}
	jane := model.Subject{Kind: model.User, Name: "jane"}
	user := model.Subject{Kind: model.User, Name: "system:anonymous"}
	group := model.Subject{Kind: model.Group, Name: "system:unauthenticated"}
	facts := func(subjects ...model.Subject) *BindingFacts {
		return &BindingFacts{Binding: bound(subjects...)}
	}
	named := func(name string, subjects ...model.Subject) *BindingFacts {
		f := facts(subjects...)
		f.Binding.Meta = model.NewMeta("", name)
		return f
	}
	builtIn := func(name string, subjects ...model.Subject) *BindingFacts {
		f := named(name, subjects...)
		f.Origin = model.BuiltInOrigin
		return f
	}
	broken := &BindingFacts{Binding: bound()}
	broken.Binding.Broken = true
	testFacts(t, check, check.Judge.(BindingJudge), []factsCase[*BindingFacts]{
		{name: "user system:anonymous", facts: facts(user), fails: yes},
		{name: "group system:unauthenticated", facts: facts(group), fails: yes},
		{name: "both, counted once", facts: facts(user, group), fails: yes},
		{name: "among others", facts: facts(jane, group), fails: yes},
		{name: "group system:authenticated", facts: facts(model.Subject{Kind: model.Group, Name: "system:authenticated"})},
		{name: "group of the user's name", facts: facts(model.Subject{Kind: model.Group, Name: "system:anonymous"})},
		{name: "user of the group's name", facts: facts(model.Subject{Kind: model.User, Name: "system:unauthenticated"})},
		{name: "no subjects", facts: facts()},
		{name: "built-in system:public-info-viewer", facts: builtIn("system:public-info-viewer", group), skips: []string{"all"}},
		{name: "built-in system:basic-user", facts: builtIn("system:basic-user", jane), skips: []string{"all"}},
		{name: "built-in cluster-admin to which somebody added the user", facts: builtIn("cluster-admin", jane, user), fails: yes},
		{name: "system:public-info-viewer whose role was widened", facts: named("system:public-info-viewer", group), fails: yes},
		{name: "own binding named system:public-info-viewer", facts: named("system:public-info-viewer", group), fails: yes},
		{name: "binding that could not be decoded", facts: broken, unknowns: yes},
	})
}
