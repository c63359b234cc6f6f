package whocan

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// WriteTable writes the answer for a person: a line for each subject and each way in which it is allowed, or one sentence when it is
// allowed to nobody.
func (a *Answer) WriteTable(w io.Writer) error {
	var b strings.Builder
	if len(a.Subjects) == 0 {
		fmt.Fprintf(&b, "Nobody can %s: no RBAC binding allows it, and what else may allow it (system:masters, other authorizers) is not visible here.\n",
			a.Query.phrase())
	} else if err := a.writeSubjects(&b); err != nil {
		return err
	}
	for _, n := range a.Notes {
		fmt.Fprintf(&b, "Note: %s\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (a *Answer) writeSubjects(b *strings.Builder) error {
	subjects := "subjects"
	if len(a.Subjects) == 1 {
		subjects = "subject"
	}
	fmt.Fprintf(b, "%d %s can %s:\n\n", len(a.Subjects), subjects, a.Query.phrase())
	t := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }
	row("KIND", "NAMESPACE", "NAME", "BINDING", "ROLE", "THROUGH")
	for _, s := range a.Subjects {
		namespace := "-"
		if s.Namespace != "" {
			namespace = printable(s.Namespace)
		}
		subject := []string{s.Kind.String(), namespace, printable(s.Name)}
		if len(s.Grants) == 0 {
			row(append(subject, "-", "-", "the API server itself")...)
		}
		for _, g := range s.Grants {
			row(append(subject, bindingOf(g).text(), roleOf(g).text(), through(s.Subject, g))...)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(b, "\n%s\n", limits)
	return nil
}

// through is the group that brings the grant, if it is not the subject's own.
func through(s model.Subject, g rbac.Grant) string {
	if g.Via == s {
		return "-"
	}
	return g.Via.Kind.String() + "/" + printable(g.Via.Name)
}

// reference names an object of the API.
type reference struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// text is the reference without the namespace, which the question has.
func (r reference) text() string { return r.Kind + "/" + printable(r.Name) }

func bindingOf(g rbac.Grant) reference {
	return referenceTo("RoleBinding", g.Binding.Namespace(), g.Binding.Name())
}

func roleOf(g rbac.Grant) reference {
	return referenceTo("Role", g.Role.Namespace(), g.Role.Name())
}

func referenceTo(kind, namespace, name string) reference {
	if namespace == "" {
		kind = "Cluster" + kind
	}
	return reference{kind, namespace, name}
}

type jsonAnswer struct {
	Query    jsonQuery     `json:"query"`
	Subjects []jsonSubject `json:"subjects"`
	Notes    []string      `json:"notes"`
	Limits   string        `json:"limits"`
}

// jsonQuery has the names of a SubjectAccessReview.
type jsonQuery struct {
	Verb           string `json:"verb"`
	Group          string `json:"group"`
	Resource       string `json:"resource"`
	Subresource    string `json:"subresource"`
	Name           string `json:"name"`
	Namespace      string `json:"namespace"`
	NonResourceURL string `json:"nonResourceURL"`
}

type jsonSubject struct {
	reference
	Grants []jsonGrant `json:"grants"`
}

type jsonGrant struct {
	Binding reference `json:"binding"`
	Role    reference `json:"role"`
	// Through is the subject of the binding: the subject itself, or a group that it is in.
	Through reference `json:"through"`
}

// WriteJSON writes the answer for a program: the same facts with every name as it is. Lists are never null.
func (a *Answer) WriteJSON(w io.Writer) error {
	at := a.Query.Attributes
	out := jsonAnswer{
		Query:    jsonQuery{at.Verb, at.APIGroup, at.Resource, at.Subresource, at.Name, at.Namespace, at.NonResourceURL},
		Subjects: make([]jsonSubject, 0, len(a.Subjects)), Notes: append([]string{}, a.Notes...), Limits: limits,
	}
	for _, s := range a.Subjects {
		grants := make([]jsonGrant, 0, len(s.Grants))
		for _, g := range s.Grants {
			grants = append(grants, jsonGrant{bindingOf(g), roleOf(g), subject(g.Via)})
		}
		out.Subjects = append(out.Subjects, jsonSubject{subject(s.Subject), grants})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

func subject(s model.Subject) reference { return reference{s.Kind.String(), s.Namespace, s.Name} }
