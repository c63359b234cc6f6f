package rbac

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// provider is a set of those who sell or package Kubernetes and make bindings of their own in each
// cluster.
type provider uint8

// The providers.
const (
	eks provider = 1 << iota
	aks
	gke
	openShift
	k3s
	rke2
	anyProvider = 1<<iota - 1
)

// Platform is what tells which bindings a cluster can have by default. It is comparable. The zero
// value is a cluster of an unknown version that no provider made.
type Platform struct {
	// Minor is the minor version of the API server, 31 for v1.31; 0 when it is not known.
	Minor int
	// providers are those that the cluster can be of.
	providers provider
}

// PlatformOf tells the platform by the version of the API server, which may be empty, the API
// groups that it serves, and the nodes. None of them can be forged by a tenant. Where neither a
// version nor a node is known, as in a file that holds nothing but roles and bindings, a cluster
// may be of every provider.
func PlatformOf(serverVersion string, groups []string, nodes []*model.Node) Platform {
	var p Platform
	if v, err := version.ParseGeneric(serverVersion); err == nil {
		p.Minor = int(v.Minor())
	}
	if serverVersion == "" && len(nodes) == 0 {
		p.providers = anyProvider
		return p
	}
	p.providers = byVersion(serverVersion)
	if slices.Contains(groups, "config.openshift.io") {
		p.providers |= openShift
	}
	last := serverVersion
	for _, n := range nodes {
		if n.Version != last {
			last = n.Version
			p.providers |= byVersion(last)
		}
		if strings.HasPrefix(n.Name(), "aks") {
			p.providers |= aks
		}
	}
	return p
}

// byVersion returns the provider whose mark a version carries: v1.31.4+k3s1, v1.30.4-eks-a737599,
// v1.30.5-gke.1443001, or v1.29.6+aba1e8d of OpenShift, which is a commit. AKS leaves no mark; its
// nodes are named aks….
func byVersion(v string) provider {
	_, build, _ := strings.Cut(v, "+")
	switch {
	case strings.Contains(v, "-eks-"):
		return eks
	case strings.Contains(v, "-gke."):
		return gke
	case strings.HasPrefix(build, "k3s"):
		return k3s
	case strings.HasPrefix(build, "rke2"):
		return rke2
	case len(build) == 7 && strings.Trim(build, "0123456789abcdef") == "":
		return openShift
	}
	return 0
}

// providerBinding is a binding that a provider makes. All of it counts: the name, the role and the
// subject. No tenant can be the subject, which is a user that only the provider's credentials have
// or a ServiceAccount of a system namespace.
type providerBinding struct {
	of provider
	// role is a ClusterRole.
	role     string
	subjects []model.Subject
}

// providedBy returns the provider's binding that has the name, the scope and the role of the
// binding.
func (p Platform) providedBy(b *model.Binding) (providerBinding, bool) {
	if p.providers == 0 || b.RoleKind != "ClusterRole" {
		return providerBinding{}, false
	}
	var d providerBinding
	var ok bool
	if ns := b.Namespace(); ns != "" {
		d, ok = projectBinding(b.Name(), ns)
	} else {
		d, ok = providerBindings[b.Name()]
	}
	return d, ok && d.of&p.providers != 0 && d.role == b.RoleName
}

// provides reports whether a provider makes the binding and it names the provider's subjects only.
func (p Platform) provides(b *model.Binding) bool {
	d, ok := p.providedBy(b)
	return ok && len(b.Subjects) > 0 &&
		!slices.ContainsFunc(b.Subjects, func(s model.Subject) bool { return !slices.Contains(d.subjects, s) })
}

// providesTo reports whether a provider makes the binding and names the subject in it.
func (p Platform) providesTo(b *model.Binding, s model.Subject) bool {
	d, ok := p.providedBy(b)
	return ok && slices.Contains(d.subjects, s)
}

// projectBinding is what OpenShift makes in every project: its ServiceAccounts may pull the
// project's images, and the accounts that build and deploy may do so. Source:
// pkg/project/apiserver/registry/projectrequest in openshift/openshift-apiserver, and the
// project's default RoleBindings controller.
func projectBinding(name, namespace string) (providerBinding, bool) {
	switch name {
	case "system:image-pullers":
		return providerBinding{openShift, "system:image-puller", []model.Subject{group(serviceAccountsPrefix + namespace)}}, true
	case "system:image-builders":
		return providerBinding{openShift, "system:image-builder", []model.Subject{serviceAccount(namespace, "builder")}}, true
	case "system:deployers":
		return providerBinding{openShift, "system:deployer", []model.Subject{serviceAccount(namespace, "deployer")}}, true
	}
	return providerBinding{}, false
}

// imagePullerRules are what the ClusterRole system:image-puller of OpenShift grants.
func imagePullerRules() []model.Rule {
	return []model.Rule{{
		Verbs: []string{"get"}, APIGroups: []string{coreGroup, "image.openshift.io"}, Resources: []string{"imagestreams/layers"},
	}}
}

// giftToAll reports whether the binding gives the group of a namespace's ServiceAccounts what the
// platform gives each namespace: on OpenShift, to pull the project's images. A role that grants
// more than that is no gift.
func (m *Model) giftToAll(b *model.Binding, s model.Subject) bool {
	if s.Kind != model.Group || b.Name() != "system:image-pullers" || !m.platform.providesTo(b, s) {
		return false
	}
	role := m.RoleOf(b)
	return role != nil && covers(policyRules(&model.Role{Rules: imagePullerRules()}, true), policyRules(role, true))
}
