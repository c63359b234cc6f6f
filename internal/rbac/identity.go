package rbac

import (
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// The names that Kubernetes itself gives a meaning.
const (
	anonymousUser         = "system:anonymous"
	authenticatedGroup    = "system:authenticated"
	unauthenticatedGroup  = "system:unauthenticated"
	mastersGroup          = "system:masters"
	serviceAccountsGroup  = "system:serviceaccounts"
	serviceAccountsPrefix = "system:serviceaccounts:"
	serviceAccountPrefix  = "system:serviceaccount:"
)

// Identity returns the identity that a subject of a binding names, and false when it can match no request: an unknown kind, no name,
// or a ServiceAccount without a namespace in a ClusterRoleBinding. bindingNamespace is empty for a ClusterRoleBinding.
//
// The authorizer compares nothing but user names and groups: the apiGroup of a subject plays no part, nor does the namespace of a
// User or Group, and a ServiceAccount is its user name system:serviceaccount:<namespace>:<name>. So two subjects are one identity
// exactly when they match the same requests: a User so spelled is that ServiceAccount, and a ServiceAccount that could not exist
// under its name (the API server does not validate the namespace of a subject) is the User of that name, as which somebody may
// come with a certificate. The result shares the memory of the strings given.
func Identity(kind, _, namespace, name, bindingNamespace string) (model.Subject, bool) {
	if name == "" {
		return model.Subject{}, false
	}
	switch kind {
	case rbacv1.UserKind:
		return fromUsername(name), true
	case rbacv1.GroupKind:
		return model.Subject{Kind: model.Group, Name: name}, true
	case rbacv1.ServiceAccountKind:
		if namespace == "" {
			namespace = bindingNamespace
		}
		if namespace == "" {
			return model.Subject{}, false
		}
		if possibleServiceAccount(namespace, name) {
			return model.Subject{Kind: model.ServiceAccountSubject, Namespace: namespace, Name: name}, true
		}
		return fromUsername(serviceAccountPrefix + namespace + ":" + name), true
	default:
		return model.Subject{}, false
	}
}

func fromUsername(username string) model.Subject {
	if rest, ok := strings.CutPrefix(username, serviceAccountPrefix); ok {
		if namespace, name, ok := strings.Cut(rest, ":"); ok && possibleServiceAccount(namespace, name) {
			return model.Subject{Kind: model.ServiceAccountSubject, Namespace: namespace, Name: name}
		}
	}
	return model.Subject{Kind: model.User, Name: username}
}

// possibleServiceAccount says whether the API server would admit a ServiceAccount and a namespace so named.
func possibleServiceAccount(namespace, name string) bool {
	return len(validation.IsDNS1123Label(namespace)) == 0 && len(validation.IsDNS1123Subdomain(name)) == 0
}

// canonical makes an identity of a subject that was put together by hand.
func canonical(s model.Subject) model.Subject {
	if s.Kind == model.User {
		return fromUsername(s.Name)
	}
	return s
}

// Username returns the user name under which the subject's requests come, empty for a Group.
func Username(s model.Subject) string {
	switch s.Kind {
	case model.ServiceAccountSubject:
		return serviceAccountPrefix + s.Namespace + ":" + s.Name
	case model.User:
		return s.Name
	default:
		return ""
	}
}

// Groups returns the groups that a request by the subject is certain to carry: a Group itself, and those that Kubernetes adds.
// A SubjectAccessReview with Username and Groups decides as the Model does.
func Groups(s model.Subject) []string {
	var groups []string
	if s.Kind == model.Group {
		groups = append(groups, s.Name)
	}
	in := membershipOf(canonical(s))
	if in.namespace != "" {
		groups = append(groups, serviceAccountsPrefix+in.namespace)
	}
	if in.serviceAccounts {
		groups = append(groups, serviceAccountsGroup)
	}
	if in.everybody != "" {
		groups = append(groups, in.everybody)
	}
	return groups
}

// membership says which groups Kubernetes adds to a subject's own.
type membership struct {
	// namespace is set when the subject is in the group of all ServiceAccounts of that namespace.
	namespace string
	// serviceAccounts says that it is in the group of all ServiceAccounts.
	serviceAccounts bool
	// everybody is system:authenticated or system:unauthenticated, empty when the subject is that group.
	everybody string
}

// membershipOf: a Group stands for its members, who are authenticated; of those of system:unauthenticated one knows the contrary.
func membershipOf(s model.Subject) membership {
	switch {
	case s.Kind == model.ServiceAccountSubject:
		return membership{namespace: s.Namespace, serviceAccounts: true, everybody: authenticatedGroup}
	case s.Kind == model.User && s.Name == anonymousUser:
		return membership{everybody: unauthenticatedGroup}
	case s.Kind == model.User:
		return membership{everybody: authenticatedGroup}
	case s.Name == authenticatedGroup || s.Name == unauthenticatedGroup:
		return membership{}
	default:
		_, ofNamespace := namespaceOfGroup(s.Name)
		return membership{serviceAccounts: ofNamespace, everybody: authenticatedGroup}
	}
}

// namespaceOfGroup returns the namespace whose ServiceAccounts make up the group.
func namespaceOfGroup(name string) (string, bool) {
	namespace, ok := strings.CutPrefix(name, serviceAccountsPrefix)
	return namespace, ok && namespace != ""
}

// Anonymous says whether the subject stands for requests that nobody has authenticated.
func Anonymous(s model.Subject) bool {
	return s == model.Subject{Kind: model.User, Name: anonymousUser} || s == model.Subject{Kind: model.Group, Name: unauthenticatedGroup}
}
