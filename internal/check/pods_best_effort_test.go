package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsBestEffort(t *testing.T) {
	fails, fields := []string{"pods_best_effort"}, []string{"spec.containers[*].resources"}
	bare := requirements(nil, nil, "setup", "proxy", "app")
	storage := corev1.ResourceList{corev1.ResourceEphemeralStorage: amounts("", "1Gi")[corev1.ResourceMemory]}
	hugePages := corev1.ResourceList{"hugepages-2Mi": amounts("", "4Mi")[corev1.ResourceMemory]}
	class := func(c corev1.PodQOSClass) edit { return func(pod *corev1.Pod) { pod.Status.QOSClass = c } }
	testPods(t, &podsBestEffort, []podCase{
		{name: "nothing set", pod: podWith(bare), fails: fails, fields: fields},
		{name: "one container requests", pod: podWith(bare, requirements(amounts("1m", ""), nil, "app"))},
		{name: "one container has a limit", pod: podWith(bare, requirements(nil, amounts("", "1Mi"), "app"))},
		{name: "only an init container requests", pod: podWith(bare, requirements(amounts("1m", ""), nil, "setup"))},
		{name: "only a sidecar requests", pod: podWith(bare, requirements(amounts("1m", ""), nil, "proxy"))},
		{name: "only an ephemeral container requests, which no API server would take", fails: fails, fields: fields,
			pod: podWith(bare, requirements(amounts("1m", ""), nil, "debug"))},
		{name: "requests and limits of 0", pod: podWith(bare, requirements(amounts("0", "0"), amounts("0", "0"), "app")), fails: fails},
		{name: "a limit and an explicit request of 0", pod: podWith(bare, requirements(amounts("0", "0"), amounts("1", ""), "app"))},
		{name: "other resources make no class", pod: podWith(bare, requirements(storage, storage, "app")), fails: fails},
		{name: "pod-level request", pod: podWith(bare, podRequirementsOf(amounts("1", ""), nil))},
		{name: "pod-level limit", pod: podWith(bare, podRequirementsOf(nil, amounts("", "1Gi")))},
		{name: "empty pod-level resources do not hide the containers'", pod: podWith(podRequirementsOf(nil, nil))},
		{name: "empty pod-level resources and bare containers", pod: podWith(bare, podRequirementsOf(nil, nil)), fails: fails},
		{name: "pod-level huge pages and bare containers", pod: podWith(bare, podRequirementsOf(hugePages, hugePages)), fails: fails},
		{name: "pod-level huge pages take over the containers' requests", pod: podWith(
			bare, requirements(amounts("1m", ""), nil, "app"), podRequirementsOf(hugePages, hugePages),
		)},
		{name: "pod-level request of 0 for memory leaves CPU to the containers", pod: podWith(podRequirementsOf(amounts("", "0"), nil))},
		{name: "pod-level requests of 0 decide alone", fails: fails, pod: podWith(podRequirementsOf(amounts("0", "0"), nil))},
		{name: "the status is not believed: BestEffort", pod: podWith(class(corev1.PodQOSBestEffort))},
		{name: "the status is not believed: Guaranteed", pod: podWith(bare, class(corev1.PodQOSGuaranteed)), fails: fails},
		{name: "Windows pod", pod: podWith(onWindows, bare), fails: fails},
		{name: "no containers", pod: &corev1.Pod{}, fails: fails},
	})
}
