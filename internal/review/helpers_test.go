package review

import (
	"bytes"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/informers/snapshot"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/demo"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

const day24 = 24 * time.Hour

// today is the day of the reports in these tests, a little more than the period after the recording was made.
var today = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)

var quarterly = rbac.ReviewRule{Annotation: "kube-posture/reviewed-at", Period: 90 * day24}

// recorded is the built-in recording, as an input.
func recorded(tb testing.TB) Input {
	tb.Helper()
	var kinds []schema.GroupVersionKind
	for _, k := range informers.Table() {
		kinds = append(kinds, k.GroupVersionKind())
	}
	source, err := snapshot.New(snapshot.Options{FS: demo.Cluster(), Kinds: kinds})
	if err != nil {
		tb.Fatal(err)
	}
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		tb.Fatal(err)
	}
	projector := informers.NewProjector(set, func(id string, recovered any) { tb.Errorf("%s panicked: %v", id, recovered) })
	s, err := informers.Read(tb.Context(), informers.Files{Source: source}, projector)
	if err != nil {
		tb.Fatal(err)
	}
	return Input{Snapshot: s, Cluster: "the built-in recording of a real cluster", Date: today, Rule: quarterly, OwnerLabel: "team"}
}

func meta(namespace, name string) model.Namespaced {
	return model.Namespaced{Meta: model.NewMeta(namespace, name)}
}

func everything() model.Rule {
	return model.Rule{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}
}

func podDeleting() model.Rule {
	return model.Rule{Verbs: []string{"delete"}, APIGroups: []string{""}, Resources: []string{"pods"}}
}

func secretReading() model.Rule {
	return model.Rule{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"secrets"}}
}

func role(namespace, name string, rules ...model.Rule) *model.Role {
	return &model.Role{Namespaced: meta(namespace, name), Rules: rules}
}

func binding(namespace, name, roleName string, subjects ...model.Subject) *model.Binding {
	return &model.Binding{
		Namespaced: meta(namespace, name), RoleKind: "ClusterRole", RoleName: roleName, Subjects: subjects, Created: today.Add(-10 * day24),
	}
}

func user(name string) model.Subject { return model.Subject{Kind: model.User, Name: name} }

func group(name string) model.Subject { return model.Subject{Kind: model.Group, Name: name} }

// input is a cluster of these roles and bindings, with two namespaces of teams, a ServiceAccount in each, and a pod in one.
func input(roles []*model.Role, bindings ...*model.Binding) Input {
	s := &posture.Snapshot{Roles: roles, Bindings: bindings}
	for k := range s.Have {
		s.Have[k] = true
	}
	for ns, team := range map[string]string{"shop": "storefront", "ci": "platform"} {
		s.Namespaces = append(s.Namespaces, &model.Namespace{Namespaced: meta("", ns), Labels: model.NewLabelSet(map[string]string{"team": team})})
		s.ServiceAccounts = append(s.ServiceAccounts, &model.ServiceAccount{Namespaced: meta(ns, "web")})
	}
	s.Pods = []*model.Pod{pod("shop", "web-1", model.Replica{ServiceAccount: model.Intern("web")})}
	return Input{Snapshot: s, Cluster: "test", Date: today, Rule: quarterly, OwnerLabel: "team"}
}

// roles are one that allows everything and one that reads Secrets.
func roles() []*model.Role {
	return []*model.Role{role("", "all", everything()), role("", "secrets", secretReading()), role("", "nothing")}
}

func markdown(tb testing.TB, r *Report) string {
	tb.Helper()
	var b bytes.Buffer
	if err := r.WriteMarkdown(&b); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func pod(namespace, name string, r model.Replica) *model.Pod {
	return model.NewPod(model.NewMeta(namespace, name), 0, model.Sym{}, &r)
}
