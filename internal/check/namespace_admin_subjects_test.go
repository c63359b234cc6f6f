package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestNamespaceAdminSubjects(t *testing.T) {
	check := &namespaceAdminSubjects
	if check.ClusterWide {
		t.Error("its gauge must have a namespace label")
	}
	subject := func(kind model.SubjectKind, admin Answer) *NamespaceSubjectFacts {
		return &NamespaceSubjectFacts{Subject: model.Subject{Kind: kind, Name: "x"}, Namespace: "test", Admin: admin}
	}
	var cases []factsCase[*NamespaceSubjectFacts]
	for kind := range model.SubjectKindCount {
		name := []string{kind.String()}
		cases = append(cases,
			factsCase[*NamespaceSubjectFacts]{name: "RoleBinding to cluster-admin, " + kind.String(), facts: subject(kind, Yes), fails: name},
			factsCase[*NamespaceSubjectFacts]{name: "RoleBinding to less, " + kind.String(), facts: subject(kind, No)},
			factsCase[*NamespaceSubjectFacts]{name: "nobody knows, " + kind.String(), facts: subject(kind, Unknown), unknowns: name},
		)
	}
	testFacts(t, check, check.Judge.(NamespaceSubjectJudge), cases)
}
