package review

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// names are the names of a list of bindings, in order.
func names(list []Binding) (names []string) {
	for i := range list {
		names = append(names, list[i].Name)
	}
	return names
}

// TestSections: who can do more comes first, what is left over and gives nothing privileged is apart, and so is what the API server
// makes itself, unless it was given to somebody else.
func TestSections(t *testing.T) {
	defaults := func(b *model.Binding) *model.Binding {
		b.Bootstrap = true
		return b
	}
	roles := append(roles(), role("", "cluster-admin", everything()), role("", "system:kube-scheduler", podDeleting()),
		role("", "system:discovery", secretReading()),
		&model.Role{Namespaced: model.Namespaced{Meta: model.NewMeta("", "torn"), Broken: true}})
	torn := meta("shop", "torn")
	torn.Broken = true
	r := Build(input(roles,
		binding("shop", "z-all-in-namespace", "all", user("ann")),
		binding("ci", "z-all-in-namespace", "all", user("ann")),
		binding("", "b-reads-secrets", "secrets", user("ann")),
		binding("", "a-reads-secrets", "secrets", user("ann")),
		binding("shop", "reads-secrets-of-one", "secrets", user("ann")),
		binding("", "z-all", "all", user("ann")),
		binding("", "all-to-nobody", "all"),
		binding("", "unreadable-role", "torn", user("ann")),
		binding("", "unreadable-role-to-nobody", "torn"),
		&model.Binding{Namespaced: torn},
		binding("", "fine", "nothing", user("ann")),
		binding("shop", "gone", "nothing", account("shop", "old")),
		binding("", "no-role", "missing", user("ann")),
		defaults(binding("", "cluster-admin", "cluster-admin", group("system:masters"), user("eve"))),
		defaults(binding("", "system:kube-scheduler", "system:kube-scheduler", user("system:kube-scheduler"))),
		defaults(binding("", "system:discovery", "system:discovery", group("system:authenticated"))),
		defaults(binding("", "system:basic-user", "system:basic-user")),
		binding("", "eks:addon-cluster-admin", "cluster-admin", user("eks:addon-manager")),
	))
	if diff := cmp.Diff([]string{
		"cluster-admin", "z-all", "unreadable-role", "torn", "a-reads-secrets", "b-reads-secrets", "system:discovery",
		// Every ServiceAccount reads Secrets here, by the widened default, so each of shop is
		// powerful.
		"reads-secrets-of-one", "z-all-in-namespace", "z-all-in-namespace",
	}, names(r.Privileged)); diff != "" {
		t.Errorf("privileged (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"all-to-nobody", "no-role", "system:basic-user", "unreadable-role-to-nobody", "gone"}, names(r.Stale)); diff != "" {
		t.Errorf("stale (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"system:kube-scheduler"}, names(r.BuiltIn)); diff != "" {
		t.Errorf("built in (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"eks:addon-cluster-admin"}, names(r.Provider)); diff != "" {
		t.Errorf("the provider's (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Summary{Privileged: 10, NeverReviewed: 10, Stale: 5, BuiltIn: 1, Provider: 1}, r.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	given := r.Privileged[0]
	want := []Subject{{Kind: "User", Name: "eve", Added: true}, {Kind: "Group", Name: "system:masters"}}
	if diff := cmp.Diff(want, given.Subjects); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
	if given.Commands.Delete != "" || given.Commands.Edit != "kubectl edit clusterrolebinding cluster-admin" {
		t.Errorf("what the control plane needs is not deleted: %+v", given.Commands)
	}
	text := markdown(t, r)
	for _, want := range []string{
		"User `eve` (**added by somebody to a default of Kubernetes**)", "ClusterRole `system:discovery` (**a default of Kubernetes that was given more power**)",
		"`eks:addon-manager`", "**not known**: the role could not be read", "**not known**: the binding could not be read",
		"> **Note:** What 2 bindings give cannot be told, because the binding or its role could not be read; they are among the privileged ones.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func TestReviews(t *testing.T) {
	date := func(text string) *time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return &at
	}
	for _, tt := range []struct {
		name, annotation string
		created          time.Time
		last, due        *time.Time
		overdue          bool
		problem          string
		said, next       string
	}{
		{
			name: "made lately", created: today.Add(-10 * day24), due: date("2027-05-20T00:00:00Z"), said: "never", next: "due 2027-05-20",
		},
		{
			name: "made long ago", created: today.Add(-100 * day24), due: date("2027-02-19T00:00:00Z"), overdue: true, said: "never",
			next: "**overdue** since 2027-02-19",
		},
		{
			name: "due in the course of the day", created: today.Add(-90*day24 + time.Hour), due: date("2027-03-01T01:00:00Z"), overdue: true, said: "never",
			next: "**overdue** since 2027-03-01",
		},
		{
			name: "due tomorrow", created: today.Add(-89 * day24), due: date("2027-03-02T00:00:00Z"), said: "never", next: "due 2027-03-02",
		},
		{
			name: "reviewed", created: today.Add(-100 * day24), annotation: "2027-02-01", last: date("2027-02-01T00:00:00Z"), due: date("2027-05-02T00:00:00Z"),
			said: "2027-02-01", next: "due 2027-05-02",
		},
		{
			name: "reviewed on the day of the report", created: today.Add(-100 * day24), annotation: "2027-03-01T23:00:00Z",
			last: date("2027-03-01T23:00:00Z"), due: date("2027-05-30T23:00:00Z"), said: "2027-03-01", next: "due 2027-05-30",
		},
		{
			name: "reviewed long ago", created: today.Add(-900 * day24), annotation: "2026-01-31T23:30:00+01:00", last: date("2026-01-31T22:30:00Z"),
			due: date("2026-05-01T22:30:00Z"), overdue: true, said: "2026-01-31", next: "**overdue** since 2026-05-01",
		},
		{
			name: "malformed", created: today.Add(-100 * day24), annotation: "last | week", due: date("2027-02-19T00:00:00Z"), overdue: true,
			problem: "neither YYYY-MM-DD nor RFC 3339", next: "**overdue** since 2027-02-19",
			said: "none that counts: the annotation holds last &#124; week, which is neither YYYY-MM-DD nor RFC 3339",
		},
		{
			name: "in the future", created: today.Add(-10 * day24), annotation: "2027-03-02", due: date("2027-05-20T00:00:00Z"), problem: "in the future",
			said: "none that counts: the annotation holds `2027-03-02`, which is in the future", next: "due 2027-05-20",
		},
		{name: "nothing says when", said: "never", next: "not known: nothing says when it was made"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := binding("", "x", "all", user("ann"))
			b.Created = tt.created
			if tt.annotation != "" {
				b.Annotations = model.NewLabelSet(map[string]string{quarterly.Annotation: tt.annotation})
			}
			d := Build(input(roles(), b)).Privileged[0]
			if diff := cmp.Diff([]any{tt.last, tt.due, tt.overdue, tt.annotation, tt.problem}, []any{d.LastReview, d.Due, d.Overdue, d.ReviewText, d.ReviewProblem}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if d.lastReview() != tt.said || d.due() != tt.next {
				t.Errorf("it says %q and %q", d.lastReview(), d.due())
			}
		})
	}
}

func TestAge(t *testing.T) {
	for _, tt := range []struct {
		created time.Time
		days    int
		said    string
	}{
		{today.Add(-98*day24 + time.Hour), 98, "2026-11-23, 98 days ago"},
		{today.Add(-time.Second), 1, "2027-02-28, 1 day ago"},
		{today, 0, "2027-03-01, on the day of this report"},
		{today.Add(day24 - 1), 0, "2027-03-01, on the day of this report"},
		{today.Add(day24), -1, "2027-03-02, after the date of this report"},
	} {
		b := binding("", "x", "all", user("ann"))
		b.Created = tt.created
		r := Build(input(roles(), b))
		d := r.Privileged[0]
		if *d.AgeDays != tt.days || d.made() != tt.said {
			t.Errorf("%s: %d, %q", tt.created, *d.AgeDays, d.made())
		}
		if noted := strings.Contains(markdown(t, r), "1 binding was made after 2027-03-01, the date of this report."); noted != (tt.days < 0) {
			t.Errorf("%s: said that it is later: %t", tt.created, noted)
		}
	}
}

// TestEarlierDate: a report for a day before the recording says so, and calls nothing overdue that was not.
func TestEarlierDate(t *testing.T) {
	in := recorded(t)
	in.Date = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	r := Build(in)
	if r.Summary.Overdue != 0 || len(r.Privileged) != 5 {
		t.Errorf("%+v", r.Summary)
	}
	want := []string{"6 bindings were made after 2026-11-01, the date of this report. It always shows bindings as they are, not as they were on its date."}
	if diff := cmp.Diff(want, r.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func TestOwners(t *testing.T) {
	labeled := func(team string, b *model.Binding) *model.Binding {
		b.Labels = model.NewLabelSet(map[string]string{"team": team})
		return b
	}
	for _, tt := range []struct {
		name string
		b    *model.Binding
		want []string
	}{
		{"its own label", labeled("security", binding("shop", "x", "all", account("ci", "web"))), []string{"security"}},
		{"an empty label is none", labeled("", binding("shop", "x", "all", account("ci", "web"))), []string{"storefront"}},
		{"its namespace", binding("shop", "x", "all", account("ci", "web")), []string{"storefront"}},
		{"its ServiceAccounts", binding("", "x", "all", account("shop", "web"), account("ci", "web"), account("ci", "b"), user("ann")), []string{"platform", "storefront"}},
		{"nobody", binding("", "x", "all", user("ann"), account("gone", "web")), []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Build(input(roles(), tt.b)).Privileged[0].Owners; !slices.Equal(got, tt.want) || got == nil {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	in := input(roles(), binding("shop", "x", "all", account("ci", "web")))
	in.OwnerLabel = ""
	if got := Build(in).Privileged[0]; len(got.Owners) != 0 || got.Subjects[0].Team != "" {
		t.Errorf("without a label for owners: %+v", got)
	}
}

// TestWithout: what depends on a kind that was not read is not known, and the report says so.
func TestWithout(t *testing.T) {
	lost := binding("", "x", "all", account("lost", "web"), account("ci", "lost"))
	for _, tt := range []struct {
		name   string
		change func(*Input)
		stale  []string
		unused *bool
		notes  []string
	}{
		{"all", func(*Input) {}, []string{"missing_service_account", "missing_namespace"}, new(true), []string{}},
		{
			"namespaces refused", func(in *Input) { in.Snapshot.Have[model.Namespaces], in.Snapshot.Namespaces = false, nil }, nil, new(true),
			[]string{"The namespaces could not be listed: owners, and ServiceAccounts that are gone, are not known."},
		},
		{
			"no namespaces in a file", func(in *Input) { in.Snapshot.Namespaces = nil }, nil, new(true),
			[]string{"There are no namespaces in what was read: owners, and ServiceAccounts that are gone, are not known."},
		},
		{
			"ServiceAccounts refused", func(in *Input) { in.Snapshot.Have[model.ServiceAccounts] = false }, []string{"missing_namespace"}, new(true),
			[]string{"The serviceaccounts could not be listed: whether those that bindings name exist is not known."},
		},
		{
			"pods refused", func(in *Input) { in.Snapshot.Have[model.Pods] = false }, []string{"missing_service_account", "missing_namespace"}, nil,
			[]string{"The pods could not be listed: whether ServiceAccounts are used is not known."},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := input(roles(), lost)
			tt.change(&in)
			r := Build(in)
			var codes []string
			for _, s := range r.Privileged[0].Stale {
				codes = append(codes, s.Reason)
			}
			if diff := cmp.Diff([]any{tt.stale, tt.unused, tt.notes}, []any{codes, r.Privileged[0].Unused, r.Notes}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPeriod(t *testing.T) {
	for d, want := range map[time.Duration]string{
		day24: "1 day", 90 * day24: "90 days", time.Hour: "1 hour", 36 * time.Hour: "36 hours", 30 * time.Minute: "30m0s",
	} {
		if got := period(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}
