package review

import (
	"fmt"
	"strings"
)

// title names the binding.
func (d *Binding) title() string {
	if d.Namespace == "" {
		return d.Kind + " " + code(d.Name)
	}
	return fmt.Sprintf("%s %s in %s", d.Kind, code(d.Name), code(d.Namespace))
}

// subjects are one text each, with what a reader should know of each.
func (d *Binding) subjects() []string {
	if len(d.Subjects) == 0 {
		return []string{"nobody"}
	}
	var list []string
	for i := range d.Subjects {
		s := &d.Subjects[i]
		var about []string
		if s.Team != "" {
			about = append(about, "team "+text(s.Team))
		}
		if s.Means != "" {
			about = append(about, text(s.Means))
		}
		if s.Gone {
			about = append(about, "**gone**")
		}
		if s.Added {
			about = append(about, "**added by somebody to a default of Kubernetes**")
		}
		line := s.Kind + " " + code(s.path())
		if len(about) > 0 {
			line += " (" + strings.Join(about, ", ") + ")"
		}
		list = append(list, line)
	}
	return list
}

// shortened is a list for a cell of an overview.
func shortened(list []string) string {
	const most = 3
	if len(list) > most+1 {
		list = append(list[:most:most], fmt.Sprintf("and %d more", len(list)-most))
	}
	return strings.Join(list, "<br>")
}

// power is what the binding's subjects can do, by its first names.
func (d *Binding) power(most int) string {
	where := " in the whole cluster"
	if d.Namespace != "" {
		where = " in " + code(d.Namespace)
	}
	switch d.Power {
	case Everything:
		return "**everything**" + where
	case Unknown:
		return "**not known**: the " + d.unreadable + " could not be read"
	}
	var names []string
	for _, name := range d.Can[:min(most, len(d.Can))] {
		names = append(names, code(name))
	}
	if rest := len(d.Can) - len(names); rest > 0 {
		return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", rest)
	}
	return strings.Join(names, ", ")
}

func (d *Binding) owner() string {
	if len(d.Owners) == 0 {
		return "not known"
	}
	var names []string
	for _, o := range d.Owners {
		names = append(names, text(o))
	}
	return strings.Join(names, ", ")
}

func (d *Binding) made() string {
	switch {
	case d.Created == nil:
		return "not known"
	case *d.AgeDays < 0:
		return day(d.Created) + ", after the date of this report"
	case *d.AgeDays == 0:
		return day(d.Created) + ", on the day of this report"
	}
	return fmt.Sprintf("%s, %s ago", day(d.Created), count(*d.AgeDays, "day", "days"))
}

func (d *Binding) lastReview() string {
	switch {
	case d.LastReview != nil:
		return day(d.LastReview)
	case d.ReviewProblem != "":
		return fmt.Sprintf("none that counts: the annotation holds %s, which is %s", code(d.ReviewText), d.ReviewProblem)
	}
	return "never"
}

// due is when the next review is due.
func (d *Binding) due() string {
	switch {
	case d.Due == nil:
		return "not known: nothing says when it was made"
	case d.Overdue:
		return "**overdue** since " + day(d.Due)
	}
	return "due " + day(d.Due)
}

// staleness is why the binding is left over, and that nobody seems to use it.
func (d *Binding) staleness() string {
	var list []string
	for _, r := range d.Stale {
		list = append(list, text(r.Detail))
	}
	if d.Unused != nil && *d.Unused && len(d.Stale) == 0 {
		list = append(list, "no, but no pod runs as any of its ServiceAccounts")
	}
	if len(list) == 0 {
		return "no"
	}
	return strings.Join(list, "<br>")
}
