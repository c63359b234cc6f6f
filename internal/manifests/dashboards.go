package manifests

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// dashboards are the chart's copies of dashboards/, because a chart reads only files below itself, and a kustomization next to them, because
// a kustomization does too.
func dashboards(repository fs.FS, _ *check.Set) ([]File, error) {
	paths, err := fs.Glob(repository, "dashboards/*.json")
	if err != nil {
		return nil, err
	}
	var files []File
	var out strings.Builder
	out.WriteString(marked("dashboards/") + "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n" +
		"namespace: " + namespace + "\n" +
		"generatorOptions:\n  disableNameSuffixHash: true\n  labels:\n    app.kubernetes.io/name: " + name + "\n    grafana_dashboard: \"1\"\n" +
		"  annotations:\n    grafana_folder: Kube posture\n")
	if len(paths) > 0 {
		out.WriteString("configMapGenerator:\n")
	}
	for _, p := range paths {
		content, err := fs.ReadFile(repository, p)
		if err != nil {
			return nil, fmt.Errorf("copy a dashboard: %w", err)
		}
		file := path.Base(p)
		files = append(files, File{copies + file, content})
		short := strings.TrimPrefix(strings.TrimSuffix(file, ".json"), "kube-posture-")
		fmt.Fprintf(&out, "  - name: %s-dashboard-%s\n    files: [%s]\n", name, short, file)
	}
	return append(files, File{copies + "kustomization.yaml", []byte(out.String())}), nil
}
