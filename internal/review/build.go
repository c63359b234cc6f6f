package review

import (
	"cmp"
	"slices"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// Build makes the report. The kinds of RBAC must all be in the snapshot; what depends on another that is not is said to be unknown.
func Build(in Input) *Report {
	b := newBuilder(&in)
	r := &Report{
		Cluster: in.Cluster, KubernetesVersion: in.Snapshot.KubernetesVersion, Date: in.Date.Format(time.DateOnly),
		HoldsUntil: in.Date.Add(in.Rule.Period).Format(time.DateOnly), Annotation: in.Rule.Annotation, Period: period(in.Rule.Period),
		Notes: append([]string{}, in.Notes...), Privileged: []Binding{}, Stale: []Binding{}, BuiltIn: []Binding{}, Provider: []Binding{},
	}
	for _, source := range in.Snapshot.Bindings {
		switch d := b.binding(source); {
		case d.Power == None && len(d.Stale) > 0:
			d.Commands.Keep, d.Due, d.Overdue = "", nil, false // only privileged ones are reviewed
			r.Stale = append(r.Stale, d)
		case d.Power == None:
		case b.asDesigned(&d, source, model.BuiltInOrigin):
			r.BuiltIn = append(r.BuiltIn, undecided(d))
		case b.asDesigned(&d, source, model.ProviderOrigin) && len(d.Stale) == 0:
			r.Provider = append(r.Provider, undecided(d))
		default:
			r.Privileged = append(r.Privileged, d)
		}
	}
	for _, list := range [][]Binding{r.Privileged, r.Stale, r.BuiltIn, r.Provider} {
		slices.SortFunc(list, compareBindings)
	}
	r.Summary = summarize(r)
	r.Notes = append(r.Notes, b.notes(r)...)
	return r
}

// asDesigned reports whether all of the binding is as Kubernetes or the provider makes it.
func (b *builder) asDesigned(d *Binding, source *model.Binding, origin model.Origin) bool {
	return d.Power != Unknown && b.power.Origin(source) == origin &&
		!slices.ContainsFunc(d.Subjects, func(s Subject) bool { return s.Added })
}

// undecided is a binding that the reader has nothing to decide about.
func undecided(d Binding) Binding {
	d.Commands, d.Due, d.Overdue = Commands{}, nil, false
	return d
}

type builder struct {
	in    *Input
	power *rbac.Model
	there *existing
	// now is the last moment of the report's day.
	now time.Time
}

func newBuilder(in *Input) *builder {
	s := in.Snapshot
	power := rbac.Build(rbac.Input{
		Roles: s.Roles, Bindings: s.Bindings, Platform: rbac.PlatformOf(s.KubernetesVersion, s.Groups, s.Nodes),
	})
	return &builder{in: in, power: power, there: newExisting(s, power), now: in.Date.AddDate(0, 0, 1).Add(-1)}
}

func (b *builder) binding(source *model.Binding) Binding {
	kind := "ClusterRoleBinding"
	if source.Namespace() != "" {
		kind = "RoleBinding"
	}
	role := b.power.RoleOf(source)
	d := Binding{
		Kind: kind, Namespace: source.Namespace(), Name: source.Name(), Role: Role{source.RoleKind, source.RoleName},
		Subjects: b.subjects(source), Can: []string{}, Owners: b.owners(source), Stale: b.there.reasons(source, role),
		Unused: b.there.unused(source), Widened: b.power.Widened(source),
	}
	switch {
	case source.Broken:
		d.Power, d.unreadable = Unknown, "binding"
	case role != nil && role.Broken && len(source.Subjects) > 0:
		d.Power, d.unreadable = Unknown, "role"
	case b.power.Everything(source):
		d.Power, d.Can = Everything, []string{string(Everything)}
	case b.power.Privileged(source):
		d.Power, d.Can = Escalation, b.power.Escalations(source)
	default:
		d.Power = None
	}
	b.review(&d, source)
	b.commands(&d, source)
	return d
}

// review fills in what time says. A manifest need not say when its object was made.
func (b *builder) review(d *Binding, source *model.Binding) {
	review := b.in.Rule.Of(source, b.now)
	if !source.Created.IsZero() {
		days := int(midnight(b.now).Sub(midnight(source.Created)) / (24 * time.Hour))
		d.Created, d.AgeDays = &source.Created, &days
	}
	if !review.At.IsZero() {
		d.LastReview = &review.At
	}
	if d.LastReview != nil || d.Created != nil {
		d.Due, d.Overdue = &review.Due, review.Overdue(b.now)
	}
	d.ReviewText, d.ReviewProblem = review.Text, review.Problem
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// commands: a default of the API server that was given to others is not deleted, because the control plane needs it.
func (b *builder) commands(d *Binding, source *model.Binding) {
	d.Commands.Keep = keepCommand(d, b.in.Rule.Annotation, b.in.Date.Format(time.DateOnly))
	gone := slices.ContainsFunc(d.Subjects, func(s Subject) bool { return s.Gone })
	builtIn := b.power.BuiltInBinding(source)
	if !builtIn {
		d.Commands.Delete = deleteCommand(d)
	}
	if builtIn || gone && slices.ContainsFunc(d.Subjects, func(s Subject) bool { return !s.Gone }) {
		d.Commands.Edit = editCommand(d)
	}
}

// subjects lists each subject once: users, groups, ServiceAccounts.
func (b *builder) subjects(source *model.Binding) []Subject {
	builtIn := b.power.BuiltInBinding(source)
	list := []Subject{}
	for _, s := range sorted(source.Subjects) {
		_, gone := b.there.gone(source, s)
		list = append(list, Subject{
			Kind: s.Kind.String(), Namespace: s.Namespace, Name: s.Name, Team: b.team(s.Namespace), Means: wide(s), Gone: gone,
			Added: builtIn && !b.power.BuiltInSubject(source, s),
		})
	}
	return list
}

func sorted(subjects []model.Subject) []model.Subject {
	return slices.Compact(slices.SortedFunc(slices.Values(subjects), func(a, b model.Subject) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	}))
}

// owners are the team that the binding names itself, else that of its namespace, else those of its ServiceAccounts' namespaces.
func (b *builder) owners(source *model.Binding) []string {
	owners := []string{}
	if owner, _ := model.Label(source.Labels, b.in.OwnerLabel); b.in.OwnerLabel != "" && owner != "" {
		return append(owners, owner)
	}
	if team := b.team(source.Namespace()); team != "" {
		return append(owners, team)
	}
	for _, s := range source.Subjects {
		if team := b.team(s.Namespace); team != "" && !slices.Contains(owners, team) {
			owners = append(owners, team)
		}
	}
	slices.Sort(owners)
	return owners
}

func (b *builder) team(namespace string) string {
	if ns := b.there.namespaces[namespace]; ns != nil && b.in.OwnerLabel != "" {
		team, _ := model.Label(ns.Labels, b.in.OwnerLabel)
		return team
	}
	return ""
}

// rank puts what gives more first.
func (d *Binding) rank() int {
	switch {
	case d.Power == Everything && d.Namespace == "":
		return 0
	case d.Power == Unknown:
		return 1
	case d.Power == Escalation:
		return 2
	}
	return 3
}

func compareBindings(a, b Binding) int {
	return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

func summarize(r *Report) Summary {
	s := Summary{Privileged: len(r.Privileged), Stale: len(r.Stale), BuiltIn: len(r.BuiltIn), Provider: len(r.Provider)}
	add := func(n *int, holds bool) {
		if holds {
			*n++
		}
	}
	for i := range r.Privileged {
		d := &r.Privileged[i]
		add(&s.Overdue, d.Overdue)
		add(&s.NeverReviewed, d.LastReview == nil)
		add(&s.PrivilegedStale, len(d.Stale) > 0)
	}
	return s
}

// period is a duration as a person says it.
func period(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d%day == 0:
		return count(int(d/day), "day", "days")
	case d%time.Hour == 0:
		return count(int(d/time.Hour), "hour", "hours")
	}
	return d.String()
}
