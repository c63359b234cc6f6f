package review

import (
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// meaning says for somebody who signs what a name of the escalation list lets its holder do, in the whole cluster.
var meaning = map[string]string{
	string(Everything):          "do whatever the API server can be asked for",
	"read-secrets":              "read every Secret: passwords, keys and tokens of everybody",
	"create-pods":               "start pods anywhere, and through them use every ServiceAccount and Secret, and often a whole node",
	"exec-pods":                 "run commands in every container",
	"create-workloads":          "start pods anywhere by way of Deployments, Jobs and the like: the same as create-pods",
	"nodes-proxy":               "run commands in every container through the kubelets, unseen by audit and admission",
	"escalate-roles":            "write rules into roles that go beyond what they may do themselves",
	"bind-roles":                "give roles that go beyond what they may do themselves, to anybody",
	"impersonate":               "act as another user, group or ServiceAccount",
	"create-tokens":             "get a token of any ServiceAccount, and with it all that it may do",
	"approve-certificates":      "approve certificates with which somebody logs in as somebody else",
	"write-webhooks":            "see and change every object on its way into the cluster, Secrets included",
	"create-persistent-volumes": "make a volume of any folder of a node",
	"patch-namespaces":          "switch off Pod Security for a namespace, and move it under other network policies",
	"delete-pods":               "take down every workload",
}

// wide says who is behind a subject that stands for many, empty for one that does not.
func wide(s model.Subject) string {
	namespace, ofNamespace := strings.CutPrefix(s.Name, "system:serviceaccounts:")
	switch {
	case rbac.Anonymous(s):
		return "anybody who reaches the API server, without logging in"
	case s.Kind != model.Group:
		return ""
	case s.Name == "system:authenticated":
		return "everybody who can log in, and every ServiceAccount"
	case s.Name == "system:serviceaccounts":
		return "every ServiceAccount of the cluster"
	case ofNamespace && namespace != "":
		return "every ServiceAccount in the namespace " + namespace
	}
	return ""
}
