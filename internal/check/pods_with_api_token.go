package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsWithAPIToken = Check{
	ID:       "pods_with_api_token",
	Gap:      Token,
	Severity: Low,
	Title: "Pods in which a container mounts a ServiceAccount token for the API server, automounted or from a projected volume of their " +
		"own. Tokens for other audiences, volumes that no container mounts and tokens in Secrets are not counted.",
	Why: "Whoever runs code in the container can speak to the API server as the pod's ServiceAccount. Most pods never do, and what the " +
		"token is good for is counted by pods_with_powerful_api_token: hygiene, low.",
	Remediation: "Set automountServiceAccountToken: false on the pod, or on its ServiceAccount, and create the pod anew: running pods " +
		"keep their token. Where the token is for another service, give the projected volume that service's audience.",
	CIS:   []Reference{{Edition: "cis-1.12", Control: "5.1.6"}},
	Needs: []model.Kind{model.Pods},
	Judge: PodJudge(judgeAPIToken),
}

// judgeAPIToken: the benchmark wants tokens only where the pod talks to the API server. That need cannot be seen; the token can.
func judgeAPIToken(p *Pod, r *Report) {
	if c, carries := APIToken(p); carries {
		r.Fail(0, c, "volumeMounts", "mounts a projected volume that holds a ServiceAccount token for the API server")
	}
}
