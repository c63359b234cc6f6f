package check

import "testing"

func TestContainersWithoutRequest(t *testing.T) {
	both, cpu, memory := []string{"cpu", "memory"}, []string{"cpu"}, []string{"memory"}
	const at = "spec.containers[0].resources.requests."
	testPods(t, &containersWithoutRequest, []podCase{
		{name: "nothing set", pod: podWith(requirements(nil, nil, "app")), fails: both, fields: []string{at + "cpu", at + "memory"}},
		{name: "requests only", pod: podWith(requirements(amounts("1m", "1Mi"), nil, "app"))},
		{name: "memory only", pod: podWith(requirements(amounts("", "1Mi"), nil, "app")), fails: cpu, fields: []string{at + "cpu"}},
		{name: "CPU only", pod: podWith(requirements(amounts("1m", ""), nil, "app")), fails: memory, fields: []string{at + "memory"}},
		{name: "a limit implies the request", pod: podWith(requirements(nil, amounts("1", "1Gi"), "app"))},
		{name: "a limit implies the request of its resource only", pod: podWith(requirements(nil, amounts("", "1Gi"), "app")), fails: cpu},
		{name: "a limit of 0 implies nothing", pod: podWith(requirements(nil, amounts("0", "0"), "app")), fails: both},
		{name: "explicit 0", pod: podWith(requirements(amounts("0", "0"), nil, "app")), fails: both},
		{name: "explicit 0 beside a limit", pod: podWith(requirements(amounts("0", "0"), amounts("1", "1Gi"), "app")), fails: both},
		{name: "pod-level request", pod: podWith(requirements(nil, nil, "app", "proxy"), podRequirementsOf(amounts("1", "1Gi"), nil))},
		{name: "pod-level limit implies the pod's request", pod: podWith(
			requirements(nil, nil, "app"), podRequirementsOf(nil, amounts("1", "1Gi")),
		)},
		{name: "pod-level memory only", pod: podWith(requirements(nil, nil, "app"), podRequirementsOf(amounts("", "1Gi"), nil)), fails: cpu},
		{name: "pod-level request of 0", pod: podWith(
			requirements(nil, nil, "app"), podRequirementsOf(amounts("0", "0"), amounts("1", "1Gi")),
		), fails: both},
		{name: "pod-level request makes up for an explicit 0", pod: podWith(
			requirements(amounts("0", "0"), nil, "app"), podRequirementsOf(amounts("1", "1Gi"), nil),
		)},
		{name: "sidecar", pod: podWith(requirements(nil, nil, "proxy")), fails: both,
			fields: []string{"spec.initContainers[1].resources.requests.cpu", "spec.initContainers[1].resources.requests.memory"}},
		{name: "init and ephemeral containers are not judged", pod: podWith(requirements(nil, nil, "setup", "debug"))},
	})
}
