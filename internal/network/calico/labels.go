package calico

import (
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Labels that Calico gives to every pod, and the prefixes under which a pod inherits those of its namespace and of its ServiceAccount.
const (
	namespaceLabel       = "projectcalico.org/namespace"
	orchestratorLabel    = "projectcalico.org/orchestrator"
	serviceAccountLabel  = "projectcalico.org/serviceaccount"
	nameLabel            = "projectcalico.org/name"
	metadataNameLabel    = "kubernetes.io/metadata.name"
	namespacePrefix      = "pcns."
	serviceAccountPrefix = "pcsa."
	orchestrator         = "k8s"
)

// field is the fact about a pod that a label stands for.
type field uint8

const (
	// podLabel is one of the pod's own labels.
	podLabel field = iota
	// spaceLabel is a label of its namespace, spaceName the name of that.
	spaceLabel
	spaceName
	// accountLabel is a label of its ServiceAccount, which nobody reads here; accountName is the name of that.
	accountLabel
	accountName
	// fixed is the same for every pod.
	fixed
)

// resolve says what a label's key stands for. A pod's own label under one of the reserved keys and prefixes is not asked for.
func resolve(key string) (field, string) {
	switch key {
	case namespaceLabel:
		return spaceName, ""
	case serviceAccountLabel:
		return accountName, ""
	case orchestratorLabel:
		return fixed, orchestrator
	}
	if rest, ok := strings.CutPrefix(key, namespacePrefix); ok {
		// The API server keeps the second label equal to the name.
		if rest == nameLabel || rest == metadataNameLabel {
			return spaceName, ""
		}
		return spaceLabel, rest
	}
	if rest, ok := strings.CutPrefix(key, serviceAccountPrefix); ok {
		if rest == nameLabel {
			return accountName, ""
		}
		return accountLabel, rest
	}
	return podLabel, key
}

// encoded is one label as it stands in the text behind a LabelSet, so that it can be looked for there.
func encoded(key, value string) string {
	return model.Text(model.NewLabelSet(map[string]string{key: value}))
}

// encodedKey is what every encoded label of the key starts with: one without a value, without the separator at its end.
func encodedKey(key string) string {
	one := encoded(key, "")
	return one[:len(one)-1]
}

// encodedValue is the value as it stands in an encoded label.
func encodedValue(value string) string {
	one := encoded("", value)
	return one[len(encodedKey("")) : len(one)-1]
}

// escapeLead is the first byte of the two that stand for a byte which the encoding uses itself.
const escapeLead = '\x02'

// containsValue says whether an encoded value contains another, not counting what begins within an escape.
func containsValue(value, part string) bool {
	for from := 0; ; {
		at := strings.Index(value[from:], part)
		if at < 0 {
			return false
		}
		if from += at; from == 0 || value[from-1] != escapeLead {
			return true
		}
		from++
	}
}

// endsWithValue says whether an encoded value ends with another, not counting what begins within an escape.
func endsWithValue(value, end string) bool {
	at := len(value) - len(end)
	return strings.HasSuffix(value, end) && (at == 0 || value[at-1] != escapeLead)
}

// valueOf returns the encoded value of a label, with the byte before it and the one behind it.
func valueOf(labels, key string) (string, bool) {
	at := strings.Index(labels, key)
	if at < 0 {
		return "", false
	}
	rest := labels[at+len(key)-1:]
	return rest[:strings.IndexByte(rest, key[0])+1], true
}
