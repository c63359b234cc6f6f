package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// withToken returns facts about a pod that carries a token.
func withToken(granted, powerful Answer) *PodFacts {
	return &PodFacts{Pod: flagged(model.Judged | model.CarriesToken), Granted: granted, Powerful: powerful}
}

// withFlags returns facts about a pod with the given flags, to whose ServiceAccount everything or nothing is granted.
func withFlags(flags model.PodFlags, granted, powerful Answer) *PodFacts {
	return &PodFacts{Pod: flagged(model.Judged | flags), Granted: granted, Powerful: powerful}
}

func TestPodsWithUnneededAPIToken(t *testing.T) {
	check := &podsWithUnneededAPIToken
	yes := []string{check.ID}
	testFacts(t, check, check.Judge.(PodFactsJudge), []factsCase[*PodFacts]{
		{name: "token and nothing granted", facts: withToken(No, No), fails: yes},
		{name: "token and something granted", facts: withToken(Yes, No)},
		{name: "token and nobody knows what is granted", facts: withToken(Unknown, Unknown), unknowns: yes},
		{name: "no token and nothing granted", facts: withFlags(0, No, No)},
		{name: "no token and nobody knows what is granted", facts: withFlags(0, Unknown, Unknown)},
		{name: "nobody knows whether there is a token", facts: withFlags(model.TokenUnknown, No, No), unknowns: yes},
		{name: "pod that could not be decoded", facts: withFlags(model.BrokenPod, No, No), unknowns: yes},
	})
}
