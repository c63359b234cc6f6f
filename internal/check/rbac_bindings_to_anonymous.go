package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var rbacBindingsToAnonymous = Check{
	ID:       "rbac_bindings_to_anonymous",
	Gap:      RBAC,
	Severity: High,
	Title: "RoleBindings and ClusterRoleBindings that name the user system:anonymous or the group system:unauthenticated. Kubernetes' own " +
		"bindings are not judged, except one to which somebody added either.",
	Why: "Whatever the role allows, anybody who reaches the API server may do without any credentials. What it exposes depends on the role, " +
		"and even a harmless role grows: high.",
	Remediation: "Delete the binding, or bind the role to the ServiceAccounts and groups that need it. Health checks need none: the API " +
		"server shows its health to everybody. kubeadm's binding to cluster-info is needed only while nodes join by token.",
	Needs: []model.Kind{model.RoleBindings, model.ClusterRoleBindings},
	Judge: BindingJudge(judgeAnonymous),
}

// anonymous are the identities that the API server gives to requests without credentials.
var anonymous = [...]model.Subject{
	{Kind: model.User, Name: "system:anonymous"},
	{Kind: model.Group, Name: "system:unauthenticated"},
}

// publicInfo is the one default binding that is meant for everybody: it shows the API server's version and health.
const publicInfo = "system:public-info-viewer"

// judgeAnonymous: a request without credentials is the user system:anonymous in the group system:unauthenticated, and in no other.
// A default binding is expected to be as Kubernetes made it, so one that names them and was not made so is somebody's doing.
func judgeAnonymous(f *BindingFacts, r *Report) {
	named := f.Binding.Broken
	for _, s := range f.Binding.Subjects {
		named = named || s == anonymous[0] || s == anonymous[1]
	}
	switch {
	case f.Origin == model.BuiltInOrigin && (!named || f.Binding.Name() == publicInfo):
		r.Skip()
	case f.Binding.Broken:
		r.Unknown(0)
	case named:
		r.Fail(0, nil, "subjects", "grants the role to requests without credentials")
	}
}
