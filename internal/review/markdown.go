package review

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// page is a Markdown document in the making.
type page struct{ strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// para is a paragraph, heading or block, and the empty line after it.
func (p *page) para(format string, args ...any) { p.line(format+"\n", args...) }

// row is a row of a table. Its cells are Markdown.
func (p *page) row(cells ...string) { p.line("| %s |", strings.Join(cells, " | ")) }

// header begins a table.
func (p *page) header(cells ...string) {
	p.row(cells...)
	p.row(slices.Repeat([]string{"---"}, len(cells))...)
}

// WriteMarkdown writes the report for the person who decides and signs.
func (r *Report) WriteMarkdown(w io.Writer) error {
	p := &page{}
	r.head(p)
	r.advice(p)
	r.privileged(p)
	r.stale(p)
	r.signature(p)
	r.builtIn(p)
	r.provider(p)
	r.meanings(p)
	r.limits(p)
	_, err := io.WriteString(w, strings.TrimRight(p.String(), "\n")+"\n")
	return err
}

func (r *Report) head(p *page) {
	p.para("# Review of privileged access (RBAC)")
	p.header("", "")
	p.row("Cluster", strings.ReplaceAll(text(r.Cluster), "&#58;", ":")) // its address may be a link
	if r.KubernetesVersion != "" {
		p.row("Kubernetes", code(r.KubernetesVersion))
	}
	p.row("Date", r.Date)
	p.row("A review holds for", r.Period)
	p.line("")
	p.para("**%s**", r.summary())
	for _, n := range r.Notes {
		p.para("> **Note:** %s", text(n))
	}
}

// summary is the report in a few sentences.
func (r *Report) summary() string {
	s := &r.Summary
	if r.nothing() {
		return "Nothing to decide: no binding gives privileged access but those that Kubernetes and the provider of the cluster make themselves, and none is stale."
	}
	text := count(s.Privileged, "binding gives", "bindings give") + " privileged access"
	if s.Privileged > 0 {
		text += fmt.Sprintf(": %d overdue for review, %d never reviewed, %d stale", s.Overdue, s.NeverReviewed, s.PrivilegedStale)
	}
	return text + fmt.Sprintf(". %s stale.", count(s.Stale, "further binding is", "further bindings are"))
}

// nothing says that there is nothing to decide.
func (r *Report) nothing() bool { return len(r.Privileged)+len(r.Stale) == 0 }

// advice says what is asked of the reader.
func (r *Report) advice(p *page) {
	if r.nothing() {
		return
	}
	p.para("## What to decide")
	p.para("For each binding in sections 1 and 2: **does every one of its subjects still need this access?** Ask its owner, mark one box, and run the " +
		"command below it. Nothing has been changed by this report.")
	p.line("- **Keep** it if they do. The command records the review in the annotation %s; it holds until %s.", code(r.Annotation), r.HoldsUntil)
	p.line("- **Delete** it if they do not. That takes the access from all of its subjects at once. Where a binding is stale, deleting is the rule.")
	p.para("- If **less would do**, bind a smaller role first, or the same one in fewer namespaces, then delete.")
}

func (r *Report) privileged(p *page) {
	p.para("## 1. Privileged bindings")
	if len(r.Privileged) == 0 {
		p.para("None, but those that Kubernetes and the provider of the cluster make themselves: see appendices A and B.")
		return
	}
	p.para("Each lets its subjects do everything, in the cluster or in a namespace, or something through which they could get more than they " +
		"have. Appendix C says what the words mean.")
	p.header("No.", "Binding", "Subjects", "Can do", "Owner", "Review", "Keep", "Delete")
	for i := range r.Privileged {
		d := &r.Privileged[i]
		remove := "☐"
		if d.Commands.Delete == "" {
			remove = "☐ edit"
		}
		review := d.due()
		if len(d.Stale) > 0 {
			review += "<br>**stale**"
		}
		p.row(fmt.Sprintf("1.%d", i+1), d.title(), shortened(d.subjects()), d.power(3), d.owner(), review, "☐", remove)
	}
	p.line("")
	for i := range r.Privileged {
		r.details(p, i+1, &r.Privileged[i])
	}
}

func (r *Report) details(p *page, number int, d *Binding) {
	p.para("### 1.%d %s", number, d.title())
	p.header("", "")
	p.row("Subjects", strings.Join(d.subjects(), "<br>"))
	role := strings.TrimSpace(text(d.Role.Kind) + " " + code(d.Role.Name))
	if d.Widened {
		role += " (**a default of Kubernetes that was given more power**)"
	}
	p.row("Role", role)
	p.row("Can do", d.power(len(d.Can)))
	p.row("Owner", d.owner())
	p.row("Created", d.made())
	p.row("Last review", d.lastReview())
	p.row("Next review", d.due())
	p.row("Stale", d.staleness())
	p.line("")
	p.line("```sh")
	p.line("# keep: every subject still needs this")
	p.line("%s", d.Commands.Keep)
	if d.Commands.Delete != "" {
		p.line("# delete: nobody needs it any more")
		p.line("%s", d.Commands.Delete)
	}
	if d.Commands.Edit != "" {
		p.line("# remove only some of the subjects, in an editor: those that are gone, or were added")
		p.line("%s", d.Commands.Edit)
	}
	p.para("```")
}

func (r *Report) stale(p *page) {
	p.para("## 2. Stale bindings")
	if len(r.Stale) == 0 {
		p.para("None.")
		return
	}
	p.para("They give nothing privileged, but name nobody, or something that does not exist. Whoever makes that again, under the same name, gets or " +
		"hands out what nobody meant to give any more.")
	p.header("No.", "Binding", "Subjects", "Role", "Stale because", "Owner", "Keep", "Delete")
	for i := range r.Stale {
		d := &r.Stale[i]
		p.row(fmt.Sprintf("2.%d", i+1), d.title(), shortened(d.subjects()), text(d.Role.Kind)+" "+code(d.Role.Name), d.staleness(), d.owner(), "☐", "☐")
	}
	p.line("")
	p.line("```sh")
	for i := range r.Stale {
		d := &r.Stale[i]
		p.line("# 2.%d", i+1)
		if d.Commands.Delete != "" {
			p.line("%s", d.Commands.Delete)
		}
		if d.Commands.Edit != "" {
			p.line("# or remove only the subjects that are gone, in an editor")
			p.line("%s", d.Commands.Edit)
		}
	}
	p.para("```")
}

func (r *Report) signature(p *page) {
	p.para("## 3. Signature")
	if r.nothing() {
		p.para("I have read this report.")
	} else {
		p.para("I have decided on every binding in sections 1 and 2, as marked, with its owner.")
	}
	p.header("", "Name", "Date", "Signature")
	p.row("Reviewed by", "", "", "")
	p.row("Approved by", "", "", "")
	p.line("")
}

// builtIn is collapsed: the API server needs these, and puts them back.
func (r *Report) builtIn(p *page) {
	p.para("## Appendix A: privileged bindings that Kubernetes makes itself")
	if len(r.BuiltIn) == 0 {
		p.para("None.")
		return
	}
	p.para("There is nothing to decide about them: the control plane needs them, and the API server puts back at its next start what is deleted. One that was given to " +
		"anybody else, or whose role was given more power, is in section 1.")
	collapsed(p, r.BuiltIn)
}

// provider lists what the provider needs, known by name, role and subject.
func (r *Report) provider(p *page) {
	p.para("## Appendix B: privileged bindings of the provider")
	if len(r.Provider) == 0 {
		p.para("None.")
		return
	}
	p.para("The provider or the distribution of the cluster makes them for its own components. A subject that controls one of them has this power; without it the provider " +
		"cannot do its work. One that names any other subject is in section 1.")
	collapsed(p, r.Provider)
}

// collapsed lists bindings in a part that the reader opens.
func collapsed(p *page, list []Binding) {
	p.para("<details>\n<summary>%s</summary>", count(len(list), "binding", "bindings"))
	p.header("Binding", "Subjects", "Can do")
	for i := range list {
		d := &list[i]
		p.row(d.title(), shortened(d.subjects()), d.power(len(d.Can)))
	}
	p.para("\n</details>")
}

// meanings explains the words that the report uses.
func (r *Report) meanings(p *page) {
	used := make(map[string]bool)
	for _, list := range [][]Binding{r.Privileged, r.BuiltIn, r.Provider} {
		for i := range list {
			for _, name := range list[i].Can {
				used[name] = true
			}
		}
	}
	if len(used) == 0 {
		return
	}
	p.para("## Appendix C: what the words mean")
	p.para("Each is meant in the whole cluster, unless a namespace is named.")
	p.header("Can do", "means that its subjects can")
	if used[string(Everything)] {
		p.row(code(string(Everything)), everythingGives)
	}
	for _, a := range rbac.EscalationList() {
		if used[a.Name] {
			p.row(code(a.Name), a.Gives)
		}
	}
	p.line("")
}

func (r *Report) limits(p *page) {
	p.para("## Appendix D: what this report cannot see")
	p.line("- Power outside RBAC: what the cloud's own access control, webhooks or other authorizers allow.")
	p.line("- Who is in a group, and whether a user still exists: only the identity provider knows.")
	p.line("- Whether access was used: Kubernetes does not record it. A ServiceAccount without a pod may be used from outside the cluster.")
}
