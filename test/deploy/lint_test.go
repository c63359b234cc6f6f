package deploy_test

import (
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

// TestHelmLint runs what helm lint --strict runs.
func TestHelmLint(t *testing.T) {
	for _, given := range []string{"", everything} {
		for _, m := range lint.All(chartFolder, parse(t, given), namespace, true).Messages {
			if m.Severity > support.InfoSev {
				t.Errorf("%s", m)
			}
		}
	}
}

// TestKubernetesVersions: distributions append to the version what a range takes for a release before it.
func TestKubernetesVersions(t *testing.T) {
	for version, want := range map[string]bool{
		"v1.27.0": true, "v1.31.4-gke.1372000": true, "v1.30.2+k3s1": true, "v1.27.3-eks-a5565ad": true, "v1.37.2": true, "v1.26.15": false,
	} {
		if got := chartutil.IsCompatibleRange(loadChart(t).Metadata.KubeVersion, version); got != want {
			t.Errorf("%s may be installed to: %t, want %t", version, got, want)
		}
	}
}
