package whocan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// Question is what somebody asks, as typed.
type Question struct {
	// Verb is what to do.
	Verb string
	// Target is what to do it to: RESOURCE, RESOURCE/SUBRESOURCE, or a path that begins with a slash. RESOURCE is as kubectl takes it:
	// plural, singular or short name, alone or with its group, or "*".
	Target string
	// Subresource may be given apart.
	Subresource string
	// APIGroup may be given apart; nil when it is not, and "" for the core group.
	APIGroup *string
	// Name is that of one object, empty for any.
	Name string
	// Namespace is empty for the whole cluster.
	Namespace string
}

// BadQuestion is a question that cannot be asked.
type BadQuestion struct {
	// Problem is what is wrong; Fix is what was probably meant, or what to do.
	Problem, Fix string
}

// Error returns one line.
func (b BadQuestion) Error() string { return b.Problem + "; " + b.Fix }

func bad(fix, format string, args ...any) error {
	return BadQuestion{Problem: fmt.Sprintf(format, args...), Fix: fix}
}

// Query is a question that can be asked.
type Query struct {
	rbac.Attributes
	scope scope
	// Notes say in sentences what of the question was taken otherwise than it was typed, and why.
	Notes []string
}

// Parse understands a question. Its error is a BadQuestion.
func (k *Known) Parse(q Question) (Query, error) {
	if strings.HasPrefix(q.Target, "/") {
		return k.parseURL(q)
	}
	if err := checkVerb(q.Verb, k.verbs, resourceVerbs, "a verb that some role names"); err != nil {
		return Query{}, err
	}
	r, sub, err := k.target(q)
	if err != nil {
		return Query{}, err
	}
	if errs := validation.IsDNS1123Label(q.Namespace); q.Namespace != "" && len(errs) > 0 {
		return Query{}, bad("give the name of one, or leave -n out to ask for all of them at once", "%s is not a namespace", strconv.Quote(q.Namespace))
	}
	out := Query{scope: r.scope, Attributes: rbac.Attributes{
		Verb: q.Verb, APIGroup: r.group, Resource: r.plural, Subresource: sub, Name: q.Name, Namespace: q.Namespace,
	}}
	if r.guessed {
		out.note("No role names %s, and nobody was asked whether they exist: only rules for everything can allow it.", out.target())
	}
	if err := out.asRequested(); err != nil {
		return Query{}, err
	}
	k.checkNamespace(&out)
	return out, nil
}

func (k *Known) parseURL(q Question) (Query, error) {
	if err := checkVerb(q.Verb, k.urlVerbs, urlVerbs, "a verb that some role names for a URL"); err != nil {
		return Query{}, err
	}
	for _, flag := range []struct {
		name  string
		given bool
	}{
		{"-n", q.Namespace != ""}, {"--name", q.Name != ""}, {"--subresource", q.Subresource != ""}, {"--api-group", q.APIGroup != nil},
	} {
		if flag.given {
			return Query{}, bad("leave "+flag.name+" out", "%s is a path and not a resource", strconv.Quote(q.Target))
		}
	}
	return Query{Attributes: rbac.Attributes{Verb: q.Verb, NonResourceURL: q.Target}, scope: inCluster}, nil
}

// checkVerb takes a verb that is known. The usual ones, up to the star, are what is shown to somebody who means none of them.
func checkVerb(verb string, known, usual []string, more string) error {
	if slices.Contains(known, verb) {
		return nil
	}
	otherwise := "use " + strings.Join(usual[:slices.Index(usual, "*")], ", ") + " or " + more
	if verb == "" {
		return bad(otherwise, "the verb is empty")
	}
	if does, ok := likeKubectl[verb]; ok {
		return bad("ask for "+strconv.Quote(does)+", which is what that takes", "unknown verb %s", strconv.Quote(verb))
	}
	return bad(suggest(verb, known, otherwise), "unknown verb %s", strconv.Quote(verb))
}

// checkNamespace tells of a namespace that does not exist: bindings may be there all the same, and the answer is that of the API server.
func (k *Known) checkNamespace(q *Query) {
	if q.Namespace == "" || len(k.namespaces) == 0 || k.namespaces[q.Namespace] {
		return
	}
	var names []string
	for ns := range k.namespaces {
		names = append(names, ns)
	}
	text := "There is no namespace " + strconv.Quote(q.Namespace)
	if best := nearest(q.Namespace, names); best != "" {
		text += "; did you mean " + strconv.Quote(best) + "?"
	} else {
		text += "."
	}
	q.Notes = append(q.Notes, text)
}

func (q *Query) note(format string, args ...any) {
	q.Notes = append(q.Notes, fmt.Sprintf(format, args...))
}

// asRequested makes of the question what a request to the API server would carry, since that is what its authorizer decides on.
func (q *Query) asRequested() error {
	if q.Resource == "namespaces" && q.APIGroup == "" {
		return q.asNamespaceRequested()
	}
	if q.Namespace != "" && q.scope == inCluster {
		q.note("-n %s was ignored: %s are not in namespaces, so no request for one names a namespace, and no RoleBinding allows it.", q.Namespace, q.target())
		q.Namespace = ""
	}
	if q.Namespace != "" && q.scope == scopeUnknown && q.Resource != "*" {
		q.note("Nobody was asked whether %s are in namespaces. If they are not, no RoleBinding allows it: leave -n out.", q.target())
	}
	q.dropName()
	return nil
}

// asNamespaceRequested: a request for one namespace carries its name as the name and as the namespace, so that a RoleBinding in it
// counts; one for all of them or for a new one carries no namespace.
func (q *Query) asNamespaceRequested() error {
	ofOne := q.Subresource != "" || !slices.Contains([]string{"list", "watch", "create", "deletecollection"}, q.Verb)
	switch {
	case !ofOne && q.Namespace != "":
		q.note("-n %s was ignored: a request to %s namespaces is for none in particular, so no RoleBinding allows it.", q.Namespace, q.Verb)
		q.Namespace = ""
	case ofOne && q.Name != "" && q.Namespace != "" && q.Name != q.Namespace:
		return bad("leave one of them out", "--name=%s and -n %s name two namespaces", strconv.Quote(q.Name), q.Namespace)
	case ofOne && q.Name+q.Namespace != "":
		q.Name = cmp.Or(q.Name, q.Namespace)
		q.Namespace = q.Name
	}
	q.dropName()
	return nil
}

// dropName: a request to delete a collection never names an object. One to create an object does when an update or an apply makes it.
func (q *Query) dropName() {
	switch {
	case q.Name == "" || q.Subresource != "":
	case q.Verb == "deletecollection":
		q.note("--name was ignored: a request to delete a collection names no object.")
		q.Name = ""
	case q.Verb == "create":
		q.note("A request to create an object does not name it, unless an apply or an update makes it: only then rules with resourceNames count.")
	}
}
