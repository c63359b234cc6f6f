package review

import (
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// everythingGives is what a binding lets its subjects do that gives everything.
const everythingGives = "do whatever the API server can be asked for"

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
