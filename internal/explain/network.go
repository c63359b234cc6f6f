package explain

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// Network writes the explanation of one pod as text.
func Network(p *posture.PodNetwork, out io.Writer) error {
	var w page
	w.line("Pod %s/%s", p.Namespace, p.Pod)
	if reason := outside(p); reason != "" {
		w.line("\n%s", reason)
	} else {
		for d := range model.DirectionCount {
			w.direction(d, &p.Directions[d])
		}
	}
	w.enforcement(p)
	for _, kind := range p.Missing {
		w.line("%s cannot be listed: what such a policy could change is unknown.", kind)
	}
	_, err := io.WriteString(out, w.String())
	return err
}

// outside says why no policy is asked about the pod.
func outside(p *posture.PodNetwork) string {
	switch {
	case p.HostNetwork:
		return "It is on the host network, about which policies say nothing: it can connect, and be connected to, like its node."
	case p.Finished:
		return "It has finished, so that it neither opens connections nor accepts any."
	case p.TooManyLabels:
		return fmt.Sprintf("Its labels are more than %d bytes, so that they are not kept: any policy may select it.", model.MaxLabelsSize)
	case p.Unreadable:
		return "It could not be decoded, so that nobody knows its labels: any policy may select it."
	}
	return ""
}

type page struct{ strings.Builder }

// line writes one line. No text in it can begin another, or command the terminal.
func (w *page) line(format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = visible(text)
		}
	}
	fmt.Fprintf(w, format+"\n", args...)
}

// visible shows what cannot be seen as Go writes it.
func visible(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return text
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

var verdicts = map[check.Isolation]string{
	check.IsolationUnknown: "unknown", check.NotIsolated: "not isolated", check.Isolated: "isolated", check.IsolatedButOpen: "isolated, but open to all",
}

func (w *page) direction(d model.Direction, e *network.Explanation) {
	w.line("\n%s: %s", strings.ToUpper(d.String()[:1])+d.String()[1:], verdicts[e.Verdict])
	for i := range e.Engines {
		engine := &e.Engines[i]
		indent := "  "
		if len(e.Engines) > 1 {
			w.line("  by %s: %s", engines[engine.Engine], verdicts[engine.Verdict])
			indent = "    "
		}
		w.line("%sbecause %s", indent, because(d, engine))
		for k := range engine.Policies {
			w.policy(indent, d, &engine.Policies[k])
		}
	}
}

var engines = map[network.Engine]string{network.Kubernetes: "Kubernetes", network.Cilium: "Cilium", network.Calico: "Calico"}

func because(d model.Direction, e *network.EngineExplanation) string {
	by := "a policy"
	if e.By.Policy != nil {
		by = nameOf(e.By)
	}
	switch e.Reason {
	case network.AllowsEveryone:
		return by + " allows everyone on every port"
	case network.AllowsUnasked:
		return by + " allows everyone on every port, and no policy isolates the pod"
	case network.DeniesEveryone:
		return by + " denies everyone on every port"
	case network.IsolatesOnly:
		return by + " isolates the pod, and no policy allows everyone"
	case network.OutsideNotIsolated:
		return "no policy keeps the pod from everything that is outside of the cluster"
	case network.CannotBeRead:
		return "nobody knows what " + by + " does"
	}
	if d == model.Egress {
		return "no policy decides about all traffic, which is then allowed to everywhere"
	}
	return "no policy decides about all traffic, which is then allowed from everywhere"
}

func nameOf(p network.Placed) string {
	switch s := p.Named(); {
	case s.Name == "":
		return "a kind of policy that cannot be listed"
	case s.Namespace == "":
		return s.Kind + " " + s.Name
	default:
		return s.Kind + " " + s.Namespace + "/" + s.Name
	}
}

// policy writes one policy that selects the pod.
func (w *page) policy(indent string, d model.Direction, s *network.Selected) {
	what := "adds to what others say"
	switch {
	case s.Unread:
		what = "may do anything"
	case s.Isolates:
		what = "isolates"
	}
	w.line("%s- %s (%s): %s", indent, nameOf(s.Policy), s.Group, what)
	if s.Unread {
		why := s.Policy.Invalid
		if why == "" {
			why = "the labels of the namespace are not known"
		}
		w.line("%s    unreadable: %s", indent, why)
		return
	}
	if len(s.Rules) == 0 {
		w.line("%s    no rule: it allows nothing", indent)
	}
	for i := range s.Rules {
		w.line("%s    %s", indent, rule(d, &s.Rules[i]))
	}
}

var actions = map[network.Action]string{network.Allow: "allows", network.Deny: "denies", network.Pass: "passes to the next stage"}

// rule words whom a rule is about, and how many of them there are now.
func rule(d model.Direction, a *network.Admission) string {
	r := a.Rule
	var who []string
	switch {
	case r.Everyone:
		who = append(who, "everyone")
	case a.Endpoints > 0:
		who = append(who, fmt.Sprintf("pods of %s in %s", count(a.Endpoints, "kind", "kinds"), few(a.Namespaces)))
	case len(r.Pods)+len(r.Neighbors) > 0:
		who = append(who, "pods of which there are none now")
	}
	if !r.Everyone && r.Inside == network.Some {
		who = append(who, "pods by their addresses")
	}
	if !r.Everyone && r.Outside != network.None {
		who = append(who, map[network.Reach]string{network.Some: "some addresses", network.All: "every address"}[r.Outside]+" outside of the cluster")
	}
	if r.Unclear {
		who = append(who, "peers that the API does not tell")
	}
	if len(who) == 0 {
		who = append(who, "nobody")
	}
	ports := "on every port"
	if r.SomePorts {
		ports = "on some ports"
	}
	return fmt.Sprintf("%s %s %s, %s", actions[r.Action], [...]string{"from", "to"}[d], strings.Join(who, " and "), ports)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// few names some namespaces and counts the others.
func few(namespaces []string) string {
	const most = 5
	if len(namespaces) <= most {
		return strings.Join(namespaces, ", ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(namespaces[:most], ", "), len(namespaces)-most)
}

func (w *page) enforcement(p *posture.PodNetwork) {
	w.line("")
	switch {
	case !p.Told:
		w.line("Whether anybody enforces policies is unknown: DaemonSets and Nodes cannot be listed.")
	case p.Enforcement.Enforced == check.No:
		w.line("Nobody enforces policies in this cluster: none of this has any effect.")
	case p.Enforcement.Enforced == check.Unknown:
		w.line("Whether anybody enforces policies is unknown.")
	}
	for _, e := range p.Enforcement.Enforcers {
		w.line("Policies are enforced by %s: %s.", e.Name, e.Evidence)
	}
	for _, note := range p.Enforcement.Notes {
		w.line("  %s", note)
	}
}
