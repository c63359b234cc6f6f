package faults

import (
	"regexp"
	"strings"
)

// plant makes violations of a scrape that was right, and fails the test when one of them is not noticed: a judge who never complains would
// let everything pass.
func (s *session) plant(w *watched) {
	if w.last.text == "" {
		s.t.Errorf("%s: no scrape was whole and right", w.replica.name)
		return
	}
	replaced := func(pattern, by string) func(string) string {
		return func(text string) string { return regexp.MustCompile("(?m)^"+pattern).ReplaceAllString(text, by) }
	}
	for what, change := range map[string]func(string) string{
		"a gauge is 0":       replaced(`(kube_posture_check_resources\{check="pods_privileged",result="pass"\}) [1-9]\d*$`, "$1 0"),
		"a gauge is missing": replaced(`kube_posture_check_resources\{check="pods_with_api_token",result="fail"\} .*\n`, ""),
		"there is a finding too much": func(text string) string {
			return text + "kube_posture_finding{check=\"x\",kind=\"Pod\",name=\"x\",namespace=\"x\"} 1\n"
		},
		"pods are from the past":              replaced(`(kube_posture_informer_resource_version\{resource="pods"\}) .*$`, "$1 1"),
		"nodes are said to be absent":         replaced(`(kube_posture_informer_synced\{resource="nodes"\}) 1$`, "$1 0"),
		"nodes are said to be not served":     replaced(`kube_posture_informer_(synced|resource_version)\{resource="nodes"\} .*\n`, ""),
		"there is posture before it is ready": replaced(`kube_posture_cluster_info\{.*\n`, ""),
	} {
		planted := w.last
		if planted.text = change(w.last.text); planted.text == w.last.text {
			s.t.Errorf("%s: it could not be planted that %s", w.replica.name, what)
			continue
		}
		judge := &judge{oracle: w.judge.oracle, tally: tally{absent: make(map[string]int)}}
		if _, err := judge.look(planted); err == nil {
			s.t.Errorf("%s: nobody noticed that %s", w.replica.name, what)
		} else {
			s.t.Logf("planted: %s; noticed: %s", what, strings.SplitN(err.Error(), "\n", 2)[0])
		}
	}
}
