package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsWithSecretEnv = Check{
	ID:       "pods_with_secret_env",
	Gap:      Root,
	Severity: High,
	Title: "Pods in which some container takes an environment variable from a Secret, by secretKeyRef or envFrom, optional or not. Secrets " +
		"mounted as files do not count, and values written into the manifest are not looked at.",
	Why: "Environment variables leak: into crash dumps, debug pages and logs, to every child process, and to whoever may exec into the pod. " +
		"They also keep an old value until the pod restarts. What exposes secrets is high.",
	Remediation: "Mount the Secret as a file and let the program read it, or fetch it at run time.",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.4.1"}},
	Needs:       []model.Kind{model.Pods},
	Judge:       PodJudge(judgeSecretEnv),
}

// judgeSecretEnv: no standard forbids it, benchmarks prefer files. An optional reference counts like any other, since the pod would expose
// the Secret as soon as it exists; so does one in an init or ephemeral container.
func judgeSecretEnv(p *Pod, r *Report) {
	for i := range p.Containers {
		c := &p.Containers[i]
		for n := range c.Env {
			if from := c.Env[n].ValueFrom; from != nil && from.SecretKeyRef != nil {
				at := Item{List: "env", Index: n, Field: "valueFrom.secretKeyRef"}
				r.FailItem(0, c, at, "the variable's value is a Secret's", from.SecretKeyRef.Name)
			}
		}
		for n := range c.EnvFrom {
			if ref := c.EnvFrom[n].SecretRef; ref != nil {
				r.FailItem(0, c, Item{List: "envFrom", Index: n, Field: "secretRef"}, "every key of the Secret becomes a variable", ref.Name)
			}
		}
	}
}
