package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// The label values of the checks that tell the Pod Security Standards' levels apart.
const (
	belowBaseline = iota
	belowRestricted
)

// levelLabels are those of the checks that tell the levels apart.
var levelLabels = []Label{{Name: "level", Values: []string{"baseline", "restricted"}}}

var namespacesWithoutPodSecurity = Check{
	ID:       "namespaces_without_pod_security",
	Gap:      PodSecurity,
	Severity: Medium,
	Title: "Namespaces in which Pod Security admission enforces less than the level, by the namespace's own labels. Levels that only warn or " +
		"audit, the API server's own defaults and other admission controllers are not seen. Namespaces being deleted are not judged.",
	Why: "Whoever may create pods in the namespace, a stolen deployment token for instance, may create ones that the level forbids. Below " +
		"baseline that is a privileged pod, which has the node. It needs that first step: medium.",
	Remediation: "Label the namespace pod-security.kubernetes.io/enforce with the strictest level that no running pod violates; " +
		"namespace_pod_security_ready tells which. Begin with the same level for warn and audit.",
	Labels: levelLabels,
	CIS:    []Reference{{Edition: "cis-1.12", Control: "5.2.1"}},
	Needs:  []model.Kind{model.Namespaces},
	Judge:  NamespaceJudge(judgeEnforcedLevel),
}

// judgeEnforcedLevel: the levels are cumulative, so one that is enforced covers those below it, and no label means privileged.
func judgeEnforcedLevel(f *NamespaceFacts, r *Report) {
	if f.Namespace.Broken {
		r.Unknown(belowBaseline)
		r.Unknown(belowRestricted)
		return
	}
	const field = "metadata.labels[pod-security.kubernetes.io/enforce]"
	if f.Enforce < Baseline {
		r.Fail(belowBaseline, nil, field, "pods that violate baseline are admitted")
	}
	if f.Enforce < Restricted {
		r.Fail(belowRestricted, nil, field, "pods that violate restricted are admitted")
	}
}
