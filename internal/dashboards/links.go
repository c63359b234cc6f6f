package dashboards

import (
	"fmt"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// to leads to another dashboard, with the data source, the clusters and the time that are chosen, and with what the pairs of a variable and
// a label of the row say.
func to(title, uid string, pairs ...string) DataLink {
	url := "/d/" + uid + "?${datasource:queryparam}&${cluster:queryparam}"
	for i := 0; i+1 < len(pairs); i += 2 {
		url += fmt.Sprintf("&var-%s=%s", pairs[i], pairs[i+1])
	}
	return DataLink{Title: title, URL: url + "&${__url_time_range}"}
}

// ofLabel is a label of the row that a link is in.
func ofLabel(label string) string { return "${__data.fields." + label + "}" }

// toNamespace leads to the namespace of the row.
func toNamespace() []DataLink {
	return []DataLink{to("The namespace", rules.Namespace, "namespace", ofLabel("namespace"))}
}

// toCheck leads to the findings of the check of the row, with more pairs as in to, and to what is known about it.
func (b *builder) toCheck(pairs ...string) []DataLink {
	docs := strings.TrimSuffix(b.RunbookURL, "runbooks/") + "checks.md#" + ofLabel("check")
	return []DataLink{
		to("Who fails it", rules.Findings, append(pairs, "check", ofLabel("check"))...),
		{Title: "Why it matters and what to change", URL: docs, TargetBlank: true},
	}
}

// toObject leads to everything that the object of the row fails.
func toObject() []DataLink {
	return []DataLink{to("Everything it fails", rules.Findings, "kind", ofLabel("kind"), "name", ofLabel("name"))}
}

// The columns of text that many tables have.
func namespaceLabel() label { return label{name: "namespace", links: toNamespace(), width: 160} }
func severityLabel() label  { return label{name: "severity", mappings: severities(), width: 90} }
func objectLabel() label    { return label{name: "name", links: toObject()} }

// wide lets a label take the room that others leave.
func wide(l label) label {
	l.width = 0
	return l
}

func (b *builder) checkLabel(pairs ...string) label {
	return label{name: "check", links: b.toCheck(pairs...), width: 290}
}
