package docs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// byName says when a right to a single object by name counts.
var byName = map[rbac.Names]string{
	rbac.NoNames:      "–",
	rbac.BoundNames:   "a role that gives something on this list",
	rbac.WrittenNames: "a role that some binding refers to",
	rbac.UserNames:    "a user that has something on this list",
	rbac.GroupNames:   "a group that has something on this list",
	rbac.AccountNames: "counts as `" + rbac.ActAsPowerful + "`",
}

// leftOut are rights that look like power and are not on the list, with the reason.
var leftOut = [][2]string{
	{"`get pods/log`, `create pods/portforward`, `pods/proxy`, `services/proxy`", "They reach what a pod shows anyway. They run nothing and give no credentials."},
	{"`get pods/exec`, `get pods/attach` on Kubernetes 1.35 and later", "The API server asks for `create` as well. It can be told not to by a feature gate that " +
		"the API does not show. During an upgrade, the version is that of the API server that was asked last."},
	{"`bind` or `escalate` without a right to write bindings or roles, and the other way round", "The API server refuses the step."},
	{"`impersonate groups` without any user or ServiceAccount to impersonate", "A request that impersonates a group must name a user too."},
	{"`create`, `update` of bindings alone", "The API server lets through only roles of which the subject has all rules already."},
	{"`update`, `patch jobs`", "The template of a Job cannot be changed."},
	{"`podtemplates`, `pods/status`, `pods/resize`, `pods/binding`, the scale of workloads", "No pod gets another ServiceAccount, image or volume by them."},
	{"`sign` on signers with `update certificatesigningrequests/status`", "The API server takes only certificates that the cluster's own authority has signed, and the key is not in the API."},
	{"validating admission policies", "They can refuse objects, and change or send none."},
	{"`update`, `patch nodes`", "Labels and taints attract pods to a node: power only for one that has a node already."},
	{"`secrets`, workloads and pods by name", "The program does not read Secrets, and cannot know whose token one holds; what a workload runs as changes without RBAC."},
	{"`update configmaps`", "What a ConfigMap does depends on the distribution, as `aws-auth` on EKS."},
	{"custom resources", "What a controller does for its custom resources is not in the API."},
}

// escalation renders the escalation list: what each name asks, in words of the table that the
// program works by.
func (p *page) escalation() {
	p.line("## The escalation list\n")
	p.paragraph("What lets a subject become more than it is, or take others down. Each row is a value of the label `access` of " +
		"`kube_posture_rbac_subjects_with_access`, and counts when a subject may make one of the requests in the whole cluster. Where two " +
		"lists are joined by **and**, a request of each is needed. A rule with resourceNames counts only where the last column says so. " +
		"A test takes each of these steps on a real API server: without the right it is refused, and with it the power is gained.")
	var rows [][]string
	for _, a := range rbac.EscalationList() {
		asks, names := []string{}, []string{}
		for i := range a.Ways {
			asks = append(asks, wayText(&a.Ways[i]))
			if n := byName[a.Ways[i].Names]; !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		if len(asks) == 0 {
			asks, names = []string{"see below"}, []string{"see below"}
		}
		rows = append(rows, []string{code(a.Name), strings.Join(asks, "<br>"), strings.Join(names, "<br>"), "can " + prose(a.Gives), prose(a.Source)})
	}
	p.table([]string{"access", "requests", "single objects by name", "its holder", "source"}, rows)
	p.paragraph("**%s**: the ways marked * give, in one namespace, what the ServiceAccounts of this namespace may do. They count in a namespace "+
		"where a ServiceAccount has something on this list in the whole cluster, and always in `kube-system`, where the controllers' accounts live. "+
		"So does a token, or the impersonation, of one such ServiceAccount by its name. It is followed from account to account and from role to "+
		"role, however many steps it takes. A token is taken to lie among the Secrets of the namespace, which are not read.", code(rbac.ActAsPowerful))
	p.paragraph("**Cluster-admin in effect**, which `cluster_admin_subjects` counts, is a subject that needs no more than a header: by its " +
		"cluster-wide rules, (1) one rule allows every verb on every resource, or (2) its rules together allow get, list, watch, create, update, " +
		"patch, delete and deletecollection on every resource (`*`) of each API group that this list names, or (3) it may impersonate " +
		"`system:masters`, or a subject that is cluster-admin in effect. A subject that has to write something first, such as a binding or a " +
		"token request, is on the escalation list and is not counted there: the API server's audit log and the next scrape show what it wrote.")
	p.line("Not on the list, though it may look so:\n")
	rows = nil
	for _, l := range leftOut {
		rows = append(rows, []string{l[0], l[1]})
	}
	p.table([]string{"right", "why not"}, rows)
}

// wayText are the requests of a way: verbs and resources, a star where it acts in a namespace.
func wayText(w *rbac.Way) string {
	text := requestsText(w.Any)
	if len(w.And) > 0 {
		text += " **and** " + requestsText(w.And)
	}
	if w.Acts {
		text += " \\*"
	}
	if w.Before > 0 {
		text += fmt.Sprintf(" (before Kubernetes 1.%d)", w.Before)
	}
	return text
}

// requestsText lists the verbs once for all resources: every list of the table is each verb on each
// resource.
func requestsText(list []rbac.Attributes) string {
	var verbs, resources []string
	for _, a := range list {
		resource := a.Resource
		if a.Subresource != "" {
			resource += "/" + a.Subresource
		}
		if a.APIGroup != "" {
			resource += "." + a.APIGroup
		}
		if a.Name != "" {
			resource += " " + a.Name
		}
		if !slices.Contains(verbs, a.Verb) {
			verbs = append(verbs, a.Verb)
		}
		if resource = code(resource); !slices.Contains(resources, resource) {
			resources = append(resources, resource)
		}
	}
	return strings.Join(verbs, ", ") + " " + strings.Join(resources, ", ")
}
