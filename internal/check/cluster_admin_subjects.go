package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// The origins of cluster_admin_subjects, in the order of their label values.
const (
	adminBuiltIn = iota
	adminCustom
	adminProvider
	adminOrigins
)

var clusterAdminSubjects = Check{
	ID:       "cluster_admin_subjects",
	Gap:      RBAC,
	Severity: Critical,
	Title: "Distinct subjects of RBAC bindings that may do everything in the whole cluster, as cluster-admin, by rules as powerful, or by " +
		"impersonating such a subject; origin tells by whose bindings: builtin by those of Kubernetes and kubeadm alone, provider by those " +
		"of the cloud or distribution as well, custom by any other; only custom ones are findings. A group counts once; power outside of " +
		"RBAC is not seen.",
	Why: "Whoever has or steals such an identity owns every node, Secret and workload at once: critical. Managed clusters also make admins " +
		"outside of RBAC, by cloud IAM or access entries, so the number is a lower bound.",
	Remediation: "Delete the ClusterRoleBinding or bind a role that has only what is needed, in the namespaces where it is needed. Keep the " +
		"built-in subjects for emergencies.",
	Labels: []Label{
		{Name: "subject_kind", Values: []string{"User", "Group", "ServiceAccount"}},
		{Name: "origin", Values: []string{"builtin", "custom", "provider"}},
	},
	ClusterWide: true,
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.1.1"}},
	// A subject is judged wherever it is named, and may be an admin through a group, so bindings in namespaces matter as well.
	Needs: []model.Kind{model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings},
	Judge: SubjectJudge(judgeClusterAdmin),
}

// judgeClusterAdmin: the benchmark asks for the subjects bound to the role cluster-admin; rules by
// another name that cover the same, and the right to impersonate one that has them, are the same.
// What Kubernetes or the provider gives itself is counted, and is nothing to act on.
func judgeClusterAdmin(f *SubjectFacts, r *Report) {
	first := int(f.Subject.Kind) * adminOrigins
	switch f.Admin {
	case Yes:
		switch f.Origin {
		case model.BuiltInOrigin:
			r.Count(first + adminBuiltIn)
		case model.ProviderOrigin:
			r.Count(first + adminProvider)
		default:
			r.Fail(first+adminCustom, nil, "subjects", "may do everything in the whole cluster")
		}
	case Unknown:
		for origin := range adminOrigins {
			r.Unknown(first + origin)
		}
	}
}
