package cilium

import (
	"strings"
)

// The oracle reads objects as the documentation of the format is written: a pod is a set of labels with sources, a selector is a list of
// questions to it. It knows nothing of what the package makes of them.

// identity is what Cilium tells endpoints apart by: labels with their sources.
type identity map[string]string

// beyond are the identities of what is outside of the cluster.
var beyond = []identity{{"reserved:world": ""}, {"reserved:world-ipv4": ""}, {"reserved:world-ipv6": ""}}

func (p pod) identity() identity {
	id := identity{
		"k8s:io.kubernetes.pod.namespace":         p.namespace,
		"k8s:io.cilium.k8s.policy.serviceaccount": p.account,
		"k8s:io.cilium.k8s.policy.cluster":        "default",
	}
	for k, v := range p.labels {
		id["k8s:"+k] = v
	}
	for k, v := range p.space {
		id["k8s:io.cilium.k8s.namespace.labels."+k] = v
	}
	return id
}

// value looks for a label; a key without a source, or with any, is for a label of every source.
func (id identity) value(key string) (string, bool) {
	key = strings.TrimPrefix(key, "any:")
	if v, ok := id[key]; ok {
		return v, true
	}
	if strings.Contains(key, ":") {
		return "", false
	}
	for k, v := range id {
		if _, name, _ := strings.Cut(k, ":"); name == key {
			return v, true
		}
	}
	return "", false
}

type requirement struct {
	key, op string
	values  []string
}

// questions are a selector's, those of matchLabels first.
func questions(selector any) (out []requirement) {
	s := selector.(map[string]any)
	pairs, _ := s["matchLabels"].(map[string]any)
	for k, v := range pairs {
		out = append(out, requirement{k, "In", []string{v.(string)}})
	}
	expressions, _ := s["matchExpressions"].([]any)
	for _, e := range expressions {
		e := e.(map[string]any)
		q := requirement{key: e["key"].(string), op: e["operator"].(string)}
		values, _ := e["values"].([]any)
		for _, v := range values {
			q.values = append(q.values, v.(string))
		}
		out = append(out, q)
	}
	return out
}

func (id identity) answers(questions []requirement) bool {
	for _, q := range questions {
		value, exists := id.value(q.key)
		listed := false
		for _, v := range q.values {
			listed = listed || exists && v == value
		}
		yes := map[string]bool{"In": listed, "NotIn": !listed, "Exists": exists, "DoesNotExist": !exists}[q.op]
		if !yes {
			return false
		}
	}
	return true
}

func mention(questions []requirement, of func(key string) bool) bool {
	for _, q := range questions {
		if of(strings.TrimPrefix(strings.TrimPrefix(q.key, "any:"), "k8s:")) {
			return true
		}
	}
	return false
}

// subjects says whether an entry of a policy in the namespace, or in none, selects the pod.
func subjects(namespace string, selector any, p pod) bool {
	all := questions(selector)
	if namespace == "" {
		return p.identity().answers(all)
	}
	var rest []requirement
	pairs, _ := selector.(map[string]any)["matchLabels"].(map[string]any)
	for i, q := range all {
		if i < len(pairs) && q.key == "k8s:io.kubernetes.pod.namespace" {
			continue
		}
		rest = append(rest, q)
	}
	return p.namespace == namespace && p.identity().answers(rest)
}

// isPeer says whether a selector for peers means the identity.
func isPeer(namespace string, subject, selector any, id identity) bool {
	all := questions(selector)
	if !id.answers(all) {
		return false
	}
	if mention(all, func(key string) bool {
		return strings.HasPrefix(key, "reserved:") || key == "io.kubernetes.pod.namespace"
	}) {
		return true
	}
	own, isPod := id["k8s:io.kubernetes.pod.namespace"]
	if namespace == "" {
		return isPod || mention(questions(subject), func(key string) bool { return key == "reserved:init" })
	}
	if mention(all, func(key string) bool { return strings.HasPrefix(key, "io.cilium.k8s.namespace.labels.") }) {
		return true
	}
	return own == namespace
}

// portsOf says what a rule's ports let through: none, some or all of what has ports.
func portsOf(rule map[string]any, deny bool) string {
	list, _ := rule["toPorts"].([]any)
	if len(list) == 0 {
		return "all"
	}
	ports, _ := list[0].(map[string]any)["ports"].([]any)
	if len(ports) == 0 {
		return "none"
	}
	port := ports[0].(map[string]any)
	whole := port["port"] == "0" || port["port"] == "1" && port["endPort"] == float64(65535)
	if whole && !deny {
		return "all"
	}
	return "some"
}

// matchesPeer says whether a rule is about traffic with the identity, on the ports that it names.
func matchesPeer(namespace string, subject any, rule map[string]any, prefix string, id identity) bool {
	ports, _ := rule["toPorts"].([]any)
	_, isPod := id["k8s:io.kubernetes.pod.namespace"]
	named := false
	for _, kind := range []string{"Endpoints", "Entities", "CIDR", "CIDRSet"} {
		list, there := rule[prefix+kind].([]any)
		named = named || there
		for _, item := range list {
			switch kind {
			case "Endpoints":
				if isPeer(namespace, subject, item, id) {
					return true
				}
			case "Entities":
				if item == "all" || item == "cluster" && isPod || item == "world" && !isPod {
					return true
				}
			default:
				if !isPod {
					return true
				}
			}
		}
	}
	return !named && len(ports) > 0
}
