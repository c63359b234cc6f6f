package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestClusterAdminSubjects(t *testing.T) {
	check := &clusterAdminSubjects
	if !check.ClusterWide {
		t.Error("its gauge must not have a namespace label")
	}
	user := model.Subject{Kind: model.User, Name: "jane"}
	group := model.Subject{Kind: model.Group, Name: "system:masters"}
	account := model.Subject{Kind: model.ServiceAccountSubject, Namespace: "test", Name: "deployer"}
	subject := func(s model.Subject, admin Answer, origin model.Origin) *SubjectFacts {
		return &SubjectFacts{Subject: s, Admin: admin, Origin: origin}
	}
	testFacts(t, check, check.Judge.(SubjectJudge), []factsCase[*SubjectFacts]{
		{name: "user", facts: subject(user, Yes, model.CustomOrigin), fails: []string{"User,custom"}},
		{name: "built-in user", facts: subject(user, Yes, model.BuiltInOrigin), counts: []string{"User,builtin"}},
		{name: "the provider's user", facts: subject(user, Yes, model.ProviderOrigin), counts: []string{"User,provider"}},
		{name: "group", facts: subject(group, Yes, model.CustomOrigin), fails: []string{"Group,custom"}},
		{name: "kubeadm:cluster-admins baseline", facts: subject(group, Yes, model.BuiltInOrigin), counts: []string{"Group,builtin"}},
		{name: "the provider's group", facts: subject(group, Yes, model.ProviderOrigin), counts: []string{"Group,provider"}},
		{name: "ServiceAccount", facts: subject(account, Yes, model.CustomOrigin), fails: []string{"ServiceAccount,custom"}},
		{name: "built-in ServiceAccount", facts: subject(account, Yes, model.BuiltInOrigin), counts: []string{"ServiceAccount,builtin"}},
		{name: "the provider's ServiceAccount", facts: subject(account, Yes, model.ProviderOrigin),
			counts: []string{"ServiceAccount,provider"}},
		{name: "RoleBinding to cluster-admin is not cluster-wide", facts: subject(user, No, model.CustomOrigin)},
		{name: "unknown whether a user is one", facts: subject(user, Unknown, model.CustomOrigin),
			unknowns: []string{"User,builtin", "User,custom", "User,provider"}},
		{name: "unknown whether a ServiceAccount is one", facts: subject(account, Unknown, model.CustomOrigin),
			unknowns: []string{"ServiceAccount,builtin", "ServiceAccount,custom", "ServiceAccount,provider"}},
	})
}
