package live_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestExplainNetwork asks the real binary about a pod of a real cluster.
func TestExplainNetwork(t *testing.T) {
	cluster := startCluster(t)
	shop(t, cluster)
	output, err := exec.Command(build(t), "explain", "network", "shop/bare", "--kubeconfig="+cluster.Kubeconfig()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, want := range []string{
		"Pod shop/bare\n\nIngress: isolated\n  because NetworkPolicy shop/deny isolates the pod, and no policy allows everyone\n",
		"\nEgress: not isolated\n", "\nWhether anybody enforces policies is unknown.\n",
	} {
		if !strings.Contains(string(output), want) {
			t.Errorf("want %q in\n%s", want, output)
		}
	}
}
