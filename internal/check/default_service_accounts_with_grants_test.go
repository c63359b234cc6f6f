package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestDefaultServiceAccountsWithGrants(t *testing.T) {
	check := &defaultServiceAccountsWithGrants
	yes := []string{check.ID}
	account := func(name string, granted Answer) *ServiceAccountFacts {
		a := &model.ServiceAccount{Namespaced: model.Namespaced{Meta: model.NewMeta("test", name)}}
		return &ServiceAccountFacts{ServiceAccount: a, Granted: granted}
	}
	testFacts(t, check, check.Judge.(ServiceAccountFactsJudge), []factsCase[*ServiceAccountFacts]{
		{name: "default with a grant", facts: account("default", Yes), fails: yes},
		{name: "default without", facts: account("default", No)},
		{name: "nobody knows", facts: account("default", Unknown), unknowns: yes},
		{name: "another with a grant", facts: account("app", Yes), skips: []string{"all"}},
		{name: "another, and nobody knows", facts: account("app", Unknown), skips: []string{"all"}},
	})
}
