package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// requirements sets the resources of the named containers.
func requirements(requests, limits corev1.ResourceList, names ...string) edit {
	return func(pod *corev1.Pod) {
		for _, name := range names {
			container(pod, name).Resources = corev1.ResourceRequirements{Requests: requests, Limits: limits}
		}
	}
}

// podRequirementsOf sets the resources of the pod as a whole.
func podRequirementsOf(requests, limits corev1.ResourceList) edit {
	return func(pod *corev1.Pod) {
		pod.Spec.Resources = &corev1.ResourceRequirements{Requests: requests, Limits: limits}
	}
}

func TestContainersWithoutLimit(t *testing.T) {
	both, cpu, memory := []string{"cpu", "memory"}, []string{"cpu"}, []string{"memory"}
	const at = "spec.containers[0].resources.limits."
	testPods(t, &containersWithoutLimit, []podCase{
		{name: "nothing set", pod: podWith(requirements(nil, nil, "app")), fails: both, fields: []string{at + "cpu", at + "memory"}},
		{name: "requests are no limits", pod: podWith(requirements(amounts("1", "1Gi"), nil, "app")), fails: both},
		{name: "memory only", pod: podWith(requirements(nil, amounts("", "1Gi"), "app")), fails: cpu, fields: []string{at + "cpu"}},
		{name: "CPU only", pod: podWith(requirements(nil, amounts("1", ""), "app")), fails: memory, fields: []string{at + "memory"}},
		{name: "explicit empty limits", pod: podWith(requirements(nil, corev1.ResourceList{}, "app")), fails: both},
		{name: "explicit 0", pod: podWith(requirements(nil, amounts("0", "0"), "app")), fails: both},
		{name: "less than a core and a byte", pod: podWith(requirements(nil, amounts("1m", "1m"), "app"))},
		{name: "negative amounts, which only a file may hold", pod: podWith(requirements(nil, amounts("-1", "-1Gi"), "app")), fails: both},
		{name: "another resource", fails: both, pod: podWith(requirements(nil, corev1.ResourceList{
			corev1.ResourceEphemeralStorage: amounts("", "1Gi")[corev1.ResourceMemory],
		}, "app"))},
		{name: "pod-level limit only", pod: podWith(requirements(nil, nil, "app", "proxy"), podRequirementsOf(nil, amounts("2", "1Gi")))},
		{name: "pod-level memory limit", pod: podWith(requirements(nil, nil, "app"), podRequirementsOf(nil, amounts("", "1Gi"))), fails: cpu},
		{name: "pod-level limit makes up for an explicit 0", pod: podWith(
			requirements(nil, amounts("0", "0"), "app"), podRequirementsOf(nil, amounts("2", "1Gi")),
		)},
		{name: "pod-level limit of 0", pod: podWith(requirements(nil, nil, "app"), podRequirementsOf(nil, amounts("0", "0"))), fails: both},
		{name: "pod-level request is no limit", pod: podWith(requirements(nil, nil, "app"), podRequirementsOf(amounts("2", "1Gi"), nil)), fails: both},
		{name: "sidecar", pod: podWith(requirements(nil, nil, "proxy")), fails: both,
			fields: []string{"spec.initContainers[1].resources.limits.cpu", "spec.initContainers[1].resources.limits.memory"}},
		{name: "init and ephemeral containers are not judged", pod: podWith(requirements(nil, nil, "setup", "debug"))},
		{name: "Windows pod", pod: podWith(onWindows, requirements(nil, nil, "app")), fails: both},
		{name: "pod on the host network", fails: both, pod: podWith(requirements(nil, nil, "app"), func(pod *corev1.Pod) {
			pod.Spec.HostNetwork = true
		})},
	})
}

func TestContainersAreCountedOneByOne(t *testing.T) {
	pod := podWith(requirements(nil, nil, "proxy"), requirements(nil, amounts("", "1Gi"), "app"))
	pod.Spec.Containers = append(pod.Spec.Containers, goodContainer("other"), corev1.Container{Name: "bare"})
	set, err := NewSet([]Check{containersWithoutLimit})
	if err != nil {
		t.Fatal(err)
	}
	p := NewPod(pod, nil)
	_, counts := set.Pod(&p, func(id string, recovered any) { t.Errorf("check %s panicked: %v", id, recovered) })
	// other passes, app lacks CPU, nobody lacks memory alone, proxy and bare lack both.
	want := [model.ContainerPatterns]uint16{1, 1, 0, 2}
	if diff := cmp.Diff(want, counts[0]); diff != "" {
		t.Errorf("containers by pattern (-want +got):\n%s", diff)
	}
}
