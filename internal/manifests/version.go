package manifests

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// versions writes the content of VERSION into the files that name it: the chart's own version, the application's, and the image's tag.
func versions(repository fs.FS, _ *check.Set) ([]File, error) {
	content, err := fs.ReadFile(repository, "VERSION")
	if err != nil {
		return nil, fmt.Errorf("read the version: %w", err)
	}
	version := strings.TrimSpace(string(content))
	var files []File
	for _, place := range []struct{ path, line, with string }{
		{chart + "Chart.yaml", `(?m)^(version|appVersion):.*$`, "$1: \"" + version + "\""},
		{base + "deployment.yaml", `(?m)^( *image: [^\s:]+):\S+$`, "$1:" + version},
	} {
		old, err := fs.ReadFile(repository, place.path)
		if err != nil {
			return nil, fmt.Errorf("set the version: %w", err)
		}
		line := regexp.MustCompile(place.line)
		if !line.Match(old) {
			return nil, fmt.Errorf("%s has no line like %s to hold the version", place.path, place.line)
		}
		files = append(files, File{place.path, line.ReplaceAll(old, []byte(place.with))})
	}
	return files, nil
}
