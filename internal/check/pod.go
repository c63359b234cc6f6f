package check

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// ContainerKind tells the four kinds of containers apart.
type ContainerKind uint8

// The kinds of containers.
const (
	// Init containers run to completion before the others start.
	Init ContainerKind = iota
	// Sidecar containers are init containers that are restarted for the life of the pod.
	Sidecar
	// Regular containers are those of spec.containers.
	Regular
	// Ephemeral containers are added to a running pod to debug it.
	Ephemeral
)

// Container is one container of a pod with its place and what is known of it at run time.
type Container struct {
	*corev1.Container
	Kind ContainerKind
	// Index is the container's place in its list.
	Index int
	// Status is the container's status, nil when there is none.
	Status *corev1.ContainerStatus
}

// Path is the path of the container from the pod's root.
func (c *Container) Path() string {
	list := [...]string{"spec.initContainers[", "spec.initContainers[", "spec.containers[", "spec.ephemeralContainers["}[c.Kind]
	return list + strconv.Itoa(c.Index) + "]"
}

// Pod is a pod as a check sees it: every container in one list, so that no check forgets a kind of container.
type Pod struct {
	*corev1.Pod
	// Containers are init and sidecar, regular, then ephemeral containers, each with its status.
	Containers []Container
}

// NewPod lists the pod's containers, reusing the given buffer.
func NewPod(pod *corev1.Pod, buffer []Container) Pod {
	list := buffer[:0]
	init := statuses(pod.Status.InitContainerStatuses)
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		kind := Init
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			kind = Sidecar
		}
		list = append(list, Container{Container: c, Kind: kind, Index: i, Status: init.of(i, c.Name)})
	}
	regular := statuses(pod.Status.ContainerStatuses)
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		list = append(list, Container{Container: c, Kind: Regular, Index: i, Status: regular.of(i, c.Name)})
	}
	ephemeral := statuses(pod.Status.EphemeralContainerStatuses)
	for i := range pod.Spec.EphemeralContainers {
		// The API types promise that the two have the same fields.
		c := (*corev1.Container)(&pod.Spec.EphemeralContainers[i].EphemeralContainerCommon)
		list = append(list, Container{Container: c, Kind: Ephemeral, Index: i, Status: ephemeral.of(i, c.Name)})
	}
	return Pod{Pod: pod, Containers: list}
}

// InUserNamespace says whether the pod has a user namespace of its own, in which UID 0 is nobody outside.
func (p *Pod) InUserNamespace() bool { return p.Spec.HostUsers != nil && !*p.Spec.HostUsers }

// RunAsNonRoot is the setting in force for a container, nil when nothing is set.
func (p *Pod) RunAsNonRoot(c *Container) *bool {
	if c.SecurityContext != nil && c.SecurityContext.RunAsNonRoot != nil {
		return c.SecurityContext.RunAsNonRoot
	}
	if p.Spec.SecurityContext != nil {
		return p.Spec.SecurityContext.RunAsNonRoot
	}
	return nil
}

// RunAsUser is the user in force for a container, nil when the image decides.
func (p *Pod) RunAsUser(c *Container) *int64 {
	if c.SecurityContext != nil && c.SecurityContext.RunAsUser != nil {
		return c.SecurityContext.RunAsUser
	}
	if p.Spec.SecurityContext != nil {
		return p.Spec.SecurityContext.RunAsUser
	}
	return nil
}

// SeccompProfile is the profile in force for a container, nil when nothing is set.
func (p *Pod) SeccompProfile(c *Container) *corev1.SeccompProfile {
	if c.SecurityContext != nil && c.SecurityContext.SeccompProfile != nil {
		return c.SecurityContext.SeccompProfile
	}
	if p.Spec.SecurityContext != nil {
		return p.Spec.SecurityContext.SeccompProfile
	}
	return nil
}

// Finished says whether every container has ended for good: such a pod is not judged.
func (p *Pod) Finished() bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// statusList finds statuses by container name without a quadratic walk over a hostile pod.
type statusList struct {
	list   []corev1.ContainerStatus
	byName map[string]int
}

const fewStatuses = 16

func statuses(list []corev1.ContainerStatus) statusList {
	s := statusList{list: list}
	if len(list) > fewStatuses {
		s.byName = make(map[string]int, len(list))
		for i := range list {
			s.byName[list[i].Name] = i
		}
	}
	return s
}

func (s *statusList) of(i int, name string) *corev1.ContainerStatus {
	if i < len(s.list) && s.list[i].Name == name {
		return &s.list[i]
	}
	if s.byName != nil {
		if at, ok := s.byName[name]; ok {
			return &s.list[at]
		}
		return nil
	}
	for at := range s.list {
		if s.list[at].Name == name {
			return &s.list[at]
		}
	}
	return nil
}
