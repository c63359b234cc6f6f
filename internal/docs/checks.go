package docs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// standards is where the Pod Security Standards are published.
const standards = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"

// severityRule is what each severity is for; check.Severity states it too.
var severityRule = [check.Critical + 1]string{
	check.Critical: "it takes the node or the cluster at once",
	check.High:     "the baseline standard forbids it, or it exposes secrets",
	check.Medium:   "the restricted standard forbids it, or it lets one pod starve or harm others",
	check.Low:      "hygiene: it opens nothing by itself",
}

// questions are what each gap asks.
var questions = map[check.Gap]string{
	check.Root:        "Which pods run as root, may run as root, or hold on to the power of the node?",
	check.Network:     "Which pods does no NetworkPolicy isolate, and which namespaces and policies leave the door open?",
	check.Token:       "Which pods carry a token for the API server, and what is it good for?",
	check.Resources:   "Which containers can starve their node, and which namespaces let them?",
	check.RBAC:        "Who may do everything, by name or by effect, and which bindings and roles should not be there?",
	check.PodSecurity: "Which Pod Security level does each namespace enforce, and which pods stand in the way of a stricter one?",
}

// judged says of each resource which ones there are.
var judged = map[string]string{
	"pod":             "every pod whose phase is neither `Succeeded` nor `Failed`, with its init, sidecar, regular and ephemeral containers",
	"container":       "every regular and sidecar container of the pods whose phase is neither `Succeeded` nor `Failed`",
	"service account": "every ServiceAccount",
	"namespace":       "every namespace that is not being deleted; the built-in exemption `system-namespaces` covers those of the system",
	"policy":          "every NetworkPolicy of networking.k8s.io/v1",
	"role":            "every Role and ClusterRole; the `namespace` label of a ClusterRole is empty",
	"binding":         "every RoleBinding and ClusterRoleBinding; the `namespace` label of a ClusterRoleBinding is empty",
	"subject":         "every subject that a binding names, once, however many bindings name it",
}

// Checks renders docs/checks.md: the severity rule, then every check by gap, and the escalation
// list after those of RBAC.
func Checks(set *check.Set) []byte {
	var p page
	p.marked("Checks", "the catalog in `internal/check`")
	p.paragraph("A check judges one kind of resource and answers pass, fail or unknown. Its ID is its metric's name without " +
		"`kube_posture_`; [metrics.md](metrics.md) says how the numbers are to be read, and [configuration.md](configuration.md) how a check " +
		"is switched off, exempted or given another severity.")
	p.line("## Severity\n")
	p.paragraph("One rule decides it, and every check says how:")
	var rows [][]string
	for s := check.Critical + 1; s > 0; s-- {
		rows = append(rows, []string{code((s - 1).String()), severityRule[s-1]})
	}
	p.table([]string{"severity", "when"}, rows)
	p.line("## Windows\n")
	p.paragraph("Windows pods pass the checks of settings that Windows does not have. A pod is one when its node runs Windows " +
		"(`status.nodeInfo.operatingSystem`, else the label `kubernetes.io/os`), whatever the pod says. While its node is not known, its own " +
		"specification decides: `spec.os` where it is set; else a node selector or a required node affinity for `kubernetes.io/os=windows`, or " +
		"`windowsOptions.hostProcess`. A pod that claims Windows on a node that runs Linux is judged as any other. Pod Security admission goes by " +
		"`spec.os` alone, and so does `pods_violating_pod_security`.")
	for _, gap := range gaps(set) {
		p.gap(set, gap)
		if gap == check.RBAC {
			p.escalation()
		}
	}
	return p.Bytes()
}

// gaps lists the gaps in the order of the catalog.
func gaps(set *check.Set) []check.Gap {
	var list []check.Gap
	for _, e := range set.Entries() {
		if !slices.Contains(list, e.Gap) {
			list = append(list, e.Gap)
		}
	}
	return list
}

func (p *page) gap(set *check.Set, gap check.Gap) {
	p.line("## Gap: %s\n", gap)
	p.paragraph("%s", questions[gap])
	var rows [][]string
	for _, e := range set.Entries() {
		if e.Gap == gap {
			rows = append(rows, []string{
				fmt.Sprintf("[`%s`](#%s)", e.ID, e.ID), e.Severity.String(), e.Resource(), or(extraLabels(e.Check), "–"),
				or(e.Control, "–"), or(cis(e.Check), "–"),
			})
		}
	}
	p.table([]string{"check", "severity", "judges", "extra labels", "Pod Security", "CIS"}, rows)
	for _, e := range set.Entries() {
		if e.Gap == gap {
			p.check(e.Check)
		}
	}
}

func (p *page) check(c *check.Check) {
	p.line("### %s\n", c.ID)
	p.paragraph("%s", prose(c.Title))
	p.line("- **Why %s:** %s", c.Severity, prose(c.Why))
	p.line("- **Judged:** %s.", judged[c.Resource()])
	p.line("- **Gauge:** %s, labels %s.", code(collector.Namespace+c.ID), checkLabels(c))
	if c.Control != "" {
		p.line("- **Pod Security Standards:** [%s](%s).", c.Control, standards)
	}
	if len(c.CIS) > 0 {
		p.line("- **CIS Kubernetes Benchmark:** %s.", cis(c))
	}
	p.line("- **Needs:** %s.", kinds(c.Needs))
	p.paragraph("- **What to do:** %s", prose(c.Remediation))
}

// checkLabels lists every label of a check's gauge.
func checkLabels(c *check.Check) string {
	var list []string
	if !c.ClusterWide {
		list = append(list, code("namespace"))
	}
	if extra := extraLabels(c); extra != "" {
		list = append(list, extra)
	}
	return strings.Join(list, "; ")
}

// extraLabels lists the labels besides the namespace, with their values where these are closed.
func extraLabels(c *check.Check) string {
	var list []string
	for _, l := range c.Labels {
		list = append(list, closed(l.Name, l.Values))
	}
	if c.Open != "" {
		list = append(list, code(c.Open)+" = [names that the configuration adds to](configuration.md#every-key)")
	}
	return strings.Join(list, "; ")
}

func closed(label string, values []string) string { return code(label) + " = " + codes(values) }

// cis lists the references with their edition, because numbers move between editions.
func cis(c *check.Check) string {
	var list []string
	for _, r := range c.CIS {
		list = append(list, r.String())
	}
	return strings.Join(list, ", ")
}
