package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsUsingHostNamespaces(t *testing.T) {
	testPods(t, &podsUsingHostNamespaces, []podCase{
		{name: "network", fails: []string{"network"}, fields: []string{"spec.hostNetwork"},
			pod: podWith(func(pod *corev1.Pod) { pod.Spec.HostNetwork = true })},
		{name: "pid", fails: []string{"pid"}, fields: []string{"spec.hostPID"},
			pod: podWith(func(pod *corev1.Pod) { pod.Spec.HostPID = true })},
		{name: "ipc", fails: []string{"ipc"}, fields: []string{"spec.hostIPC"},
			pod: podWith(func(pod *corev1.Pod) { pod.Spec.HostIPC = true })},
		{name: "several at once", fails: []string{"network", "pid", "ipc"}, fields: []string{"spec.hostNetwork", "spec.hostPID", "spec.hostIPC"},
			pod: podWith(func(pod *corev1.Pod) { pod.Spec.HostNetwork, pod.Spec.HostPID, pod.Spec.HostIPC = true, true, true })},
		{name: "the node's user namespace is the default", pod: podWith(func(pod *corev1.Pod) { pod.Spec.HostUsers = new(true) })},
		{name: "sharing among the pod's own containers", pod: podWith(func(pod *corev1.Pod) { pod.Spec.ShareProcessNamespace = new(true) })},
		{name: "Windows pod on the host network", fails: []string{"network"},
			pod: podWith(onWindows, func(pod *corev1.Pod) { pod.Spec.HostNetwork = true })},
	})
}
