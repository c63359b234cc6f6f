package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsUsingHostPorts(t *testing.T) {
	fails := []string{"pods_using_host_ports"}
	onHostNetwork := func(pod *corev1.Pod) { pod.Spec.HostNetwork = true }
	declare := func(name string, port corev1.ContainerPort) edit {
		return in(name, func(c *corev1.Container) { c.Ports = append(c.Ports, port) })
	}
	plain := corev1.ContainerPort{Name: "http", ContainerPort: 8080}
	cases := append(everyKind(&podsUsingHostPorts, "ports[0].hostPort", func(c *corev1.Container) {
		c.Ports = []corev1.ContainerPort{{ContainerPort: 8080, HostPort: 80}}
	}), []podCase{
		{name: "container ports", pod: podWith(declare("app", plain))},
		{name: "the place of the bad one", fails: fails, fields: []string{"spec.containers[0].ports[1].hostPort"},
			pod: podWith(declare("app", plain), declare("app", corev1.ContainerPort{ContainerPort: 53, HostPort: 53, HostIP: "127.0.0.1"}))},
		{name: "host network, the default of the API server", fails: fails,
			fields: []string{"spec.initContainers[0].ports[0].hostPort", "spec.containers[0].ports[0].hostPort"},
			pod:    podWith(onHostNetwork, declare("setup", plain), declare("app", plain))},
		{name: "host network, defaulted already", fails: fails, fields: []string{"spec.containers[0].ports[0].hostPort"},
			pod: podWith(onHostNetwork, declare("app", corev1.ContainerPort{ContainerPort: 8080, HostPort: 8080}))},
		{name: "host network without declared ports", pod: podWith(onHostNetwork)},
		{name: "host network, an ephemeral container gets no default", pod: podWith(onHostNetwork, declare("debug", plain))},
		{name: "Windows pod", fails: fails, pod: podWith(onWindows, declare("app", corev1.ContainerPort{ContainerPort: 80, HostPort: 80}))},
	}...)
	testPods(t, &podsUsingHostPorts, cases)
}
