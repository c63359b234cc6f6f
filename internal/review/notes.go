package review

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// notes say what keeps the report from being the whole truth.
func (b *builder) notes(r *Report) (notes []string) {
	later := 0
	for _, list := range [][]Binding{r.Privileged, r.Stale} {
		for i := range list {
			if age := list[i].AgeDays; age != nil && *age < 0 {
				later++
			}
		}
	}
	if later > 0 {
		notes = append(notes, fmt.Sprintf("%s made after %s, the date of this report. It always shows bindings as they are, not as they were on its date.",
			count(later, "binding was", "bindings were"), r.Date))
	}
	unknown := 0
	for i := range r.Privileged {
		if r.Privileged[i].Power == Unknown {
			unknown++
		}
	}
	if unknown > 0 {
		notes = append(notes, fmt.Sprintf("What %s cannot be told, because the binding or its role could not be read; they are among the privileged ones.",
			count(unknown, "binding gives", "bindings give")))
	}
	return append(notes, b.missing()...)
}

// missing says what is not known for want of other objects.
func (b *builder) missing() (notes []string) {
	snapshot := b.in.Snapshot
	unread := func(kind model.Kind) string {
		if snapshot.Have[kind] {
			return "There are no " + kind.String() + " in what was read"
		}
		return "The " + kind.String() + " could not be listed"
	}
	switch {
	case b.there.namespaces == nil:
		notes = append(notes, unread(model.Namespaces)+": owners, and ServiceAccounts that are gone, are not known.")
	case b.there.accounts == nil:
		notes = append(notes, unread(model.ServiceAccounts)+": whether those that bindings name exist is not known.")
	}
	if b.there.used == nil {
		notes = append(notes, unread(model.Pods)+": whether ServiceAccounts are used is not known.")
	}
	return notes
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
