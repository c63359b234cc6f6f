package manifests

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// placeholder is what stands for a value of the chart while the rules are made: nothing in a rule looks like it, and no quoting changes it.
func placeholder(key string) string { return "@@" + key + "@@" }

var (
	placeholders = regexp.MustCompile(`@@([A-Za-z.]+)@@`)
	// ofVariant is a key below rules.alerts.
	ofVariant = regexp.MustCompile(`@@(alerts\.\w+\.\w+)\.severity@@`)
	forLine   = regexp.MustCompile(`(?m)^( *)for: @@([A-Za-z.]+)@@\n`)
	// prometheusTemplate is Prometheus' template language, which Helm's looks like.
	prometheusTemplate = regexp.MustCompile(`\{\{.*?\}\}`)
)

// referring are the parameters with a placeholder in the place of everything that the chart's values tune.
func referring(set *check.Set) (rules.Parameters, *rules.Rules, error) {
	p := rules.Defaults()
	defaults, err := rules.Make(p, set)
	if err != nil {
		return p, nil, err
	}
	for _, t := range p.Tunables() {
		*t.Value = placeholder(t.Key)
	}
	p.Variants = make(map[string]rules.Override)
	for _, a := range defaults.Alerts {
		for _, v := range a.Variants {
			key := "alerts." + a.Name + "." + v.Severity
			p.Variants[rules.Key(a.Name, v.Severity)] = rules.Override{Severity: placeholder(key + ".severity"), For: placeholder(key + ".for")}
		}
	}
	made, err := rules.Make(p, set)
	return p, made, err
}

// prometheusRules are the PrometheusRule of the kustomize component, with the default parameters, and the chart's template.
func prometheusRules(_ fs.FS, set *check.Set) ([]File, error) {
	p := rules.Defaults()
	fixed, err := rules.Make(p, set)
	if err != nil {
		return nil, err
	}
	refers, made, err := referring(set)
	if err != nil {
		return nil, err
	}
	const from = "internal/rules"
	head := "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: %s\n%s\nspec:\n  groups:\n"
	manifest := fmt.Sprintf(head, name, "  namespace: "+namespace+"\n  labels:\n    app.kubernetes.io/name: "+name) +
		groups(fixed.RecordingFile()) + groups(fixed.AlertFile(p))
	// The labels of the chart come from its values as well.
	labels := `  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "kube-posture-exporter.labels" . | nindent 4 }}
    {{- with .Values.rules.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.rules.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}`
	template := "{{- /* " + strings.TrimPrefix(markedLine(from), "# ") + " */ -}}\n{{- if .Values.rules.enabled }}\n" +
		fmt.Sprintf(head, `{{ include "kube-posture-exporter.fullname" . }}`, labels) +
		helm(groups(made.RecordingFile())+groups(made.AlertFile(refers))) + "{{- end }}\n"
	return []File{
		{components + "prometheus-operator/prometheusrule.yaml", []byte(marked(from) + manifest)},
		{chart + "templates/prometheusrule.yaml", []byte(template)},
	}, nil
}

// groups are the groups of a file of rules, two columns further to the right.
func groups(file []byte) string {
	_, list, _ := strings.Cut(string(file), "\ngroups:\n")
	return regexp.MustCompile(`(?m)^.`).ReplaceAllString(list, "  $0")
}

// helm makes a template for Helm of rules with placeholders: what is Prometheus' is kept as it is, and the rest refers to values.
func helm(text string) string {
	text = prometheusTemplate.ReplaceAllString(text, "{{`$0`}}")
	var out strings.Builder
	for i, block := range regexp.MustCompile(`(?m)^ *- alert: `).Split(text, -1) {
		if i == 0 {
			out.WriteString(block)
			continue
		}
		// What follows the last alert of a group belongs to the next group.
		alert, rest := block, ""
		if at := strings.Index(block, "\n    - name: "); at >= 0 {
			alert, rest = block[:at+1], block[at+1:]
		}
		key := ofVariant.FindStringSubmatch(alert)[1]
		out.WriteString("        {{- if .Values.rules." + key + ".enabled }}\n        - alert: " + alert + "        {{- end }}\n" + rest)
	}
	text = forLine.ReplaceAllString(out.String(), "$1{{- with .Values.rules.$2 }}\n${1}for: {{ . }}\n$1{{- end }}\n")
	return placeholders.ReplaceAllString(text, "{{ .Values.rules.$1 }}")
}
