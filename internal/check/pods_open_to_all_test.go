package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestPodsOpenToAll(t *testing.T) {
	check := &podsOpenToAll
	open := func(flags model.PodFlags, ingress, egress Answer) *PodFacts {
		return &PodFacts{Pod: flagged(model.Judged | flags), Open: [model.DirectionCount]Answer{model.Ingress: ingress, model.Egress: egress}}
	}
	both := []string{"ingress", "egress"}
	testFacts(t, check, check.Judge.(PodFactsJudge), []factsCase[*PodFacts]{
		{name: "ingress: [{}]", facts: open(0, Yes, No), fails: []string{"ingress"}},
		{name: "both directions", facts: open(0, Yes, Yes), fails: both},
		{name: "not isolated, or isolated and closed", facts: open(0, No, No)},
		{name: "selector that nobody understands", facts: open(0, Unknown, Unknown), unknowns: both},
		{name: "hostNetwork pod", facts: open(model.HostNetwork, Yes, Yes), skips: []string{"all"}},
	})
}
