package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestPodsWithPowerfulAPIToken(t *testing.T) {
	check := &podsWithPowerfulAPIToken
	yes := []string{check.ID}
	testFacts(t, check, check.Judge.(PodFactsJudge), []factsCase[*PodFacts]{
		{name: "token and power", facts: withToken(Yes, Yes), fails: yes},
		{name: "token and grants without power", facts: withToken(Yes, No)},
		{name: "token and nobody knows how powerful it is", facts: withToken(Yes, Unknown), unknowns: yes},
		{name: "power without a token", facts: withFlags(0, Yes, Yes)},
		{name: "nobody knows whether there is a token", facts: withFlags(model.TokenUnknown, Yes, Yes), unknowns: yes},
		{name: "pod that could not be decoded", facts: withFlags(model.BrokenPod, Unknown, Unknown), unknowns: yes},
	})
}
