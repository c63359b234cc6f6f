package check

import (
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// podsViolatingPodSecurity is a function because the evaluator is made once and then shared: it is immutable.
func podsViolatingPodSecurity() Check {
	var evaluator policy.Evaluator
	if made, err := policy.NewEvaluator(policy.DefaultChecks(), nil); err == nil {
		evaluator = made
	}
	return Check{
		ID:       "pods_violating_pod_security",
		Gap:      PodSecurity,
		Severity: Medium,
		Title: "Pods that Pod Security admission would reject at the level, in its latest version known to this program; restricted includes " +
			"baseline. The verdict is that of the library the API server uses; exemptions of the API server are not seen.",
		Why: "The pod has something that the standard forbids for the level. Every such pod fails restricted, which makes it medium; what " +
			"baseline forbids because it takes the node has checks of its own, which are more severe.",
		Remediation: "Look at the other checks the pod fails, or label its namespace pod-security.kubernetes.io/warn with the level: the API " +
			"server then names the fields.",
		Labels: levelLabels,
		CIS:    []Reference{{Edition: "cis-1.12", Control: "5.6.3"}},
		Needs:  []model.Kind{model.Pods},
		Judge:  PodJudge(func(p *Pod, r *Report) { judgePodSecurity(evaluator, p, r) }),
	}
}

// evaluated are the levels in the order of their label values, each at the newest version of the standard that the library knows.
var evaluated = [...]api.LevelVersion{
	belowBaseline:   {Level: api.LevelBaseline, Version: api.LatestVersion()},
	belowRestricted: {Level: api.LevelRestricted, Version: api.LatestVersion()},
}

// judgePodSecurity: the two levels are asked for apart, because at restricted a stricter control stands in for the baseline's own and
// need not apply where that one does, such as on Windows.
func judgePodSecurity(evaluator policy.Evaluator, p *Pod, r *Report) {
	for value, level := range evaluated {
		if evaluator == nil {
			r.Unknown(value)
			continue
		}
		for _, result := range evaluator.EvaluatePod(level, &p.ObjectMeta, &p.Spec) {
			if result.Allowed {
				continue
			}
			message := result.ForbiddenReason
			if r.explaining && result.ForbiddenDetail != "" {
				message += ": " + result.ForbiddenDetail
			}
			r.Fail(value, nil, "spec", message)
		}
	}
}
