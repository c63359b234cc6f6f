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
	subject := func(s model.Subject, admin Answer, builtIn bool) *SubjectFacts {
		return &SubjectFacts{Subject: s, Admin: admin, BuiltIn: builtIn}
	}
	testFacts(t, check, check.Judge.(SubjectJudge), []factsCase[*SubjectFacts]{
		{name: "user", facts: subject(user, Yes, false), fails: []string{"User,custom"}},
		{name: "built-in user", facts: subject(user, Yes, true), fails: []string{"User,builtin"}},
		{name: "group", facts: subject(group, Yes, false), fails: []string{"Group,custom"}},
		{name: "kubeadm:cluster-admins baseline", facts: subject(group, Yes, true), fails: []string{"Group,builtin"}},
		{name: "ServiceAccount", facts: subject(account, Yes, false), fails: []string{"ServiceAccount,custom"}},
		{name: "built-in ServiceAccount", facts: subject(account, Yes, true), fails: []string{"ServiceAccount,builtin"}},
		{name: "RoleBinding to cluster-admin is not cluster-wide", facts: subject(user, No, false)},
		{name: "nobody knows about a user", facts: subject(user, Unknown, false), unknowns: []string{"User,builtin", "User,custom"}},
		{name: "nobody knows about a ServiceAccount", facts: subject(account, Unknown, false),
			unknowns: []string{"ServiceAccount,builtin", "ServiceAccount,custom"}},
	})
}
