package check

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Judge is the one function of a check. The types below say which resource it judges and when: those called at ingest see the whole
// object once, when it changes; those called at scrape see the projected object and the facts that joining it with others gave.
type Judge interface{ resource() string }

// At ingest.
type (
	// PodJudge judges a pod by itself.
	PodJudge func(p *Pod, r *Report)
	// ContainerJudge judges each regular and sidecar container by itself.
	ContainerJudge func(p *Pod, c *Container, r *Report)
	// ServiceAccountJudge judges a ServiceAccount by itself.
	ServiceAccountJudge func(automount *bool, r *Report)
	// RoleJudge judges a Role or ClusterRole by itself.
	RoleJudge func(role *model.Role, r *Report)
)

// At scrape.
type (
	// PodFactsJudge judges a pod by what other objects make of it.
	PodFactsJudge func(f *PodFacts, r *Report)
	// ServiceAccountFactsJudge judges a ServiceAccount by what other objects make of it.
	ServiceAccountFactsJudge func(f *ServiceAccountFacts, r *Report)
	// NamespaceJudge judges a namespace by what is in it.
	NamespaceJudge func(f *NamespaceFacts, r *Report)
	// PolicyJudge judges a NetworkPolicy by the pods there are.
	PolicyJudge func(f *PolicyFacts, r *Report)
	// BindingJudge judges a RoleBinding or ClusterRoleBinding by what it refers to.
	BindingJudge func(f *BindingFacts, r *Report)
	// SubjectJudge judges an identity by what it may do in the whole cluster.
	SubjectJudge func(f *SubjectFacts, r *Report)
	// NamespaceSubjectJudge judges an identity by what it may do in one namespace.
	NamespaceSubjectJudge func(f *NamespaceSubjectFacts, r *Report)
)

func (PodJudge) resource() string                 { return "pod" }
func (PodFactsJudge) resource() string            { return "pod" }
func (ContainerJudge) resource() string           { return "container" }
func (ServiceAccountJudge) resource() string      { return "service account" }
func (ServiceAccountFactsJudge) resource() string { return "service account" }
func (NamespaceJudge) resource() string           { return "namespace" }
func (PolicyJudge) resource() string              { return "policy" }
func (RoleJudge) resource() string                { return "role" }
func (BindingJudge) resource() string             { return "binding" }
func (SubjectJudge) resource() string             { return "subject" }
func (NamespaceSubjectJudge) resource() string    { return "subject" }
