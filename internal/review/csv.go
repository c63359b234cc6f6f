package review

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// columns are the first row of the CSV form; names stay.
var columns = []string{
	"cluster", "date", "section", "kind", "namespace", "name", "role_kind", "role", "subjects", "power", "can", "owners", "created", "age_days",
	"last_review", "review_problem", "due", "overdue", "stale", "unused", "keep_command", "delete_command", "edit_command",
	"decision",
}

// WriteJSON writes everything, for a program.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// WriteCSV writes one row for each binding, for a spreadsheet. What one would take for a formula is
// preceded by an apostrophe, a text with characters that cannot be seen is quoted as in Go, what is
// a list in JSON is separated by semicolons, and the last column is for the decision.
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{slices.Clone(columns)}
	for _, section := range []struct {
		name string
		list []Binding
	}{{"privileged", r.Privileged}, {"stale", r.Stale}, {"builtin", r.BuiltIn}, {"provider", r.Provider}} {
		for i := range section.list {
			rows = append(rows, append([]string{r.Cluster, r.Date, section.name}, section.list[i].cells()...))
		}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = cell(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (d *Binding) cells() []string {
	var subjects, reasons []string
	for _, s := range d.Subjects {
		subjects = append(subjects, s.Kind+" "+s.path())
	}
	for _, r := range d.Stale {
		reasons = append(reasons, r.Reason)
	}
	age, unused := "", ""
	if d.AgeDays != nil {
		age = strconv.Itoa(*d.AgeDays)
	}
	if d.Unused != nil {
		unused = strconv.FormatBool(*d.Unused)
	}
	problem := ""
	if d.ReviewProblem != "" {
		problem = fmt.Sprintf("%s: %s", strconv.Quote(d.ReviewText), d.ReviewProblem)
	}
	list := func(texts []string) string { return strings.Join(texts, "; ") }
	return []string{
		d.Kind, d.Namespace, d.Name, d.Role.Kind, d.Role.Name, list(subjects), string(d.Power), list(d.Can), list(d.Owners),
		day(d.Created), age, day(d.LastReview), problem, day(d.Due), strconv.FormatBool(d.Overdue), list(reasons), unused,
		d.Commands.Keep, d.Commands.Delete, d.Commands.Edit, "",
	}
}

// path is the name, after the namespace of a ServiceAccount.
func (s *Subject) path() string {
	if s.Namespace == "" {
		return s.Name
	}
	return s.Namespace + "/" + s.Name
}

// day is a moment's day in UTC, empty when there is none.
func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
