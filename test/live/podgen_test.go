package live_test

import (
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/test/history"
)

// podGenerator makes pods that touch every field Pod Security looks at. It starts from a pod that one of the standards allows and
// changes a few things, so that most pods are near the border: what is far beyond it, everybody judges alike. Not every pod that it
// makes is valid.
type podGenerator struct{ rng *rand.Rand }

// newPodGenerator makes the generator of one pod of a series.
func newPodGenerator(seed, index uint64) *podGenerator {
	return &podGenerator{rand.New(rand.NewPCG(seed, index))}
}

// one returns true once in n times.
func (g *podGenerator) one(n int) bool { return g.rng.IntN(n) == 0 }

// maybe is nil, true or false.
func (g *podGenerator) maybe() *bool {
	if g.one(3) {
		return nil
	}
	return new(g.one(2))
}

// pick returns one of the choices.
func pick[T any](g *podGenerator, choices ...T) T { return choices[g.rng.IntN(len(choices))] }

// pod makes a pod.
func (g *podGenerator) pod(name string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{}}}
	for i := range 1 + g.rng.IntN(3) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: fmt.Sprintf("regular-%d", i), Image: history.Image})
	}
	for i := range g.rng.IntN(3) {
		c := corev1.Container{Name: fmt.Sprintf("init-%d", i), Image: history.Image}
		if g.one(2) {
			c.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
		}
		p.Spec.InitContainers = append(p.Spec.InitContainers, c)
	}
	if g.one(8) {
		g.windows(p)
		return p
	}
	if !g.one(4) {
		restrict(p)
	}
	changes := g.rng.IntN(4)
	if g.one(6) {
		changes = 10
	}
	for range changes {
		if g.one(2) {
			pick(g, podChanges()...)(g, p)
			continue
		}
		pick(g, containerChanges()...)(g, p, g.container(p))
	}
	return p
}

// container picks a container of any kind.
func (g *podGenerator) container(p *corev1.Pod) *corev1.Container {
	n := g.rng.IntN(len(p.Spec.Containers) + len(p.Spec.InitContainers))
	if n < len(p.Spec.Containers) {
		return &p.Spec.Containers[n]
	}
	return &p.Spec.InitContainers[n-len(p.Spec.Containers)]
}

// restrict makes a pod one that the restricted standard allows.
func restrict(p *corev1.Pod) {
	p.Spec.SecurityContext = &corev1.PodSecurityContext{
		RunAsNonRoot: new(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	for _, list := range [][]corev1.Container{p.Spec.Containers, p.Spec.InitContainers} {
		for i := range list {
			list[i].SecurityContext = &corev1.SecurityContext{
				AllowPrivilegeEscalation: new(bool), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			}
		}
	}
}

// windows makes a pod for Windows, where the settings of Linux may not even be named.
func (g *podGenerator) windows(p *corev1.Pod) {
	p.Spec.OS = &corev1.PodOS{Name: corev1.Windows}
	context := &corev1.PodSecurityContext{RunAsNonRoot: g.maybe()}
	if g.one(2) {
		context.WindowsOptions = &corev1.WindowsSecurityContextOptions{HostProcess: g.maybe(), RunAsUserName: new("ContainerUser")}
		p.Spec.HostNetwork = context.WindowsOptions.HostProcess != nil && *context.WindowsOptions.HostProcess
	}
	p.Spec.SecurityContext = context
	for range g.rng.IntN(3) {
		c := g.container(p)
		c.SecurityContext = &corev1.SecurityContext{RunAsNonRoot: g.maybe()}
		if g.one(2) {
			c.SecurityContext.WindowsOptions = &corev1.WindowsSecurityContextOptions{HostProcess: g.maybe()}
		}
		pick(g, changePorts, changeProbe, changeLifecycle)(g, p, c)
	}
	if g.one(3) {
		changeVolumes(g, p)
	}
}

func (g *podGenerator) seccomp() *corev1.SeccompProfile {
	switch g.rng.IntN(4) {
	case 0:
		return nil
	case 1:
		return &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined}
	case 2:
		return &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeLocalhost, LocalhostProfile: new("profiles/app.json")}
	default:
		return &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}
	}
}

func (g *podGenerator) appArmor() *corev1.AppArmorProfile {
	switch g.rng.IntN(4) {
	case 0:
		return nil
	case 1:
		return &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeUnconfined}
	case 2:
		return &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeLocalhost, LocalhostProfile: new("app")}
	default:
		return &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeRuntimeDefault}
	}
}

func (g *podGenerator) seLinux() *corev1.SELinuxOptions {
	o := &corev1.SELinuxOptions{Type: pick(g, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t", "spc_t")}
	if g.one(4) {
		o.User = "system_u"
	}
	if g.one(4) {
		o.Role = "system_r"
	}
	if g.one(2) {
		o.Level = "s0:c123,c456"
	}
	return o
}

func (g *podGenerator) user() *int64 {
	return pick(g, nil, new(int64(0)), new(int64(1)), new(int64(1000)))
}
