package check

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// APIToken tells whether a token that the API server accepts really is in the running pod, and the first container that has it.
//
// Such a token is in a projected volume with a serviceAccountToken source for the API server's
// audience, once a container of any kind mounts the volume; with which subPath does not matter. The
// ServiceAccount admission adds such a volume when the pod is created and never touches it again,
// so what automountServiceAccountToken says today, of the pod or of its ServiceAccount, is no
// evidence. To a manifest that was never admitted informers/snapshot adds the volume.
//
// A long-lived token in a Secret cannot be seen: Secrets are never read, and a pod that mounts one looks like any other.
// The time taken is linear in the size of the pod.
func APIToken(p *Pod) (c *Container, carries bool) {
	var volumes nameSet
	for i := range p.Spec.Volumes {
		if v := &p.Spec.Volumes[i]; holdsAPIToken(v) {
			volumes.add(v.Name)
		}
	}
	if volumes.empty() {
		return nil, false
	}
	for i := range p.Containers {
		c := &p.Containers[i]
		for m := range c.VolumeMounts {
			if volumes.has(c.VolumeMounts[m].Name) {
				return c, true
			}
		}
	}
	return nil, false
}

func holdsAPIToken(v *corev1.Volume) bool {
	if v.Projected == nil {
		return false
	}
	for i := range v.Projected.Sources {
		if t := v.Projected.Sources[i].ServiceAccountToken; t != nil && isAPIAudience(t.Audience) {
			return true
		}
	}
	return false
}

// apiAudiences are the audiences by which an API server is called whatever the cluster's DNS domain is. What an API server accepts is
// its flag --api-audiences, which the API does not show; these are what the flag is set to by default or by the distributions. Their
// own program's name is what k3s and rke2 add. A word that anybody may call a service of their own by, such as api, is not in the
// list, and neither is a cloud provider's issuer, which differs from cluster to cluster: leave the audience empty to get those.
var apiAudiences = [...]string{"", "https://kubernetes.default", "https://kubernetes.default.svc", "k3s", "rke2"}

// apiAudiencePrefix is followed by the cluster's DNS domain: kubeadm, k3s and others make it the issuer, and the issuer is the audience
// unless something else is set.
const apiAudiencePrefix = "https://kubernetes.default.svc."

// APIAudiences returns the audiences that count as the API server's, as a reader would write them:
// "" is a token without an audience, and the last one stands for every DNS domain.
func APIAudiences() []string {
	return append(apiAudiences[:len(apiAudiences):len(apiAudiences)], apiAudiencePrefix+"DOMAIN")
}

// isAPIAudience tells whether a token for the audience is one for the API server.
func isAPIAudience(audience string) bool {
	for _, a := range apiAudiences {
		if audience == a {
			return true
		}
	}
	domain, ok := strings.CutPrefix(audience, apiAudiencePrefix)
	return ok && !strings.Contains(domain, "/")
}

// carriesToken is what the projection kept of APIToken.
func carriesToken(p *model.Pod) Answer {
	r := p.Of()
	if r.Flags&(model.TokenUnknown|model.BrokenPod) != 0 {
		return Unknown
	}
	return Known(r.Is(model.CarriesToken))
}

// ServiceAccount is the name of the ServiceAccount that the pod runs as: that of spec.serviceAccountName, else of its deprecated alias,
// else `default`. It is empty for a mirror pod, which stands for a static pod: the API server gives those no ServiceAccount.
func (p *Pod) ServiceAccount() string {
	if p.Spec.ServiceAccountName != "" {
		return p.Spec.ServiceAccountName
	}
	if alias := p.Spec.DeprecatedServiceAccount; alias != "" {
		return alias
	}
	if _, mirror := p.Annotations[corev1.MirrorPodAnnotationKey]; mirror {
		return ""
	}
	return defaultServiceAccount
}

// defaultServiceAccount is the ServiceAccount that every namespace is given, for pods that name none.
const defaultServiceAccount = "default"

// nameSet is a set of strings: an array while there are few, as nearly always, so that nothing is allocated.
type nameSet struct {
	few  [8]string
	n    int
	many map[string]struct{}
}

func (s *nameSet) add(name string) {
	if s.n < len(s.few) {
		s.few[s.n] = name
	} else {
		if s.many == nil {
			s.many = make(map[string]struct{}, 2*len(s.few))
		}
		s.many[name] = struct{}{}
	}
	s.n++
}

func (s *nameSet) has(name string) bool {
	for i := range min(s.n, len(s.few)) {
		if s.few[i] == name {
			return true
		}
	}
	_, ok := s.many[name]
	return ok
}

func (s *nameSet) empty() bool { return s.n == 0 }
