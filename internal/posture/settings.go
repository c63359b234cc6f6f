package posture

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// SystemExemption is the name of the built-in exemption of system namespaces.
const SystemExemption = "system-namespaces"

// Exemption accepts the failures of some resources until a date. An empty list of patterns means any; patterns are those of path.Match.
type Exemption struct {
	Name, Owner, Reason string
	// Checks are check IDs, or ID/label value; "*" is every check.
	Checks                   []string
	Namespaces, Kinds, Names []string
	// Expires is the first moment at which it exempts nothing any more; zero means never.
	Expires time.Time
}

// Settings are what the user decides, ready for use. They are immutable.
type Settings struct {
	set *check.Set
	// disabled has a bit for each combination of label values that is switched off, by check.
	disabled   []uint16
	severity   []check.Severity
	exemptions []exemption
	owner      string
	system     []string
	limit      int
	names      int
	minimum    check.Severity
	// queries are the user's own, beside the escalation list.
	queries  []rbac.Query
	review   rbac.ReviewRule
	enforcer stated
}

// stated is what the configuration says of the enforcer of network policies.
type stated struct {
	// name is empty to find out.
	name string
	// namespaces are those in which a DaemonSet of a network plugin is believed.
	namespaces []string
}

// Options are the user's decisions as they come from the configuration, which has validated them.
type Options struct {
	// OwnerLabel is the namespace label that names the owning team; empty for none.
	OwnerLabel       string
	SystemNamespaces []string
	// Disabled are check IDs, or ID/label value.
	Disabled []string
	// Severity overrides the severity of checks by ID.
	Severity        map[string]check.Severity
	FindingsLimit   int
	FindingsMinimum check.Severity
	// NamesLimit replaces MaxNames, for tests; 0 is MaxNames.
	NamesLimit int
	Exemptions []Exemption
	// WhoCan are the user's own queries beside the escalation list.
	WhoCan []rbac.Query
	Review rbac.ReviewRule
	// Enforcer names who enforces network policies, "none" for nobody; empty to find out.
	Enforcer string
	// EnforcerNamespaces are the namespaces in which a DaemonSet of a network plugin is believed:
	// none when it is empty, and enforcer.DefaultNamespaces when it is nil.
	EnforcerNamespaces []string
}

type exemption struct {
	Exemption
	// masks has a bit for each covered combination of label values, by check.
	masks []uint16
}

// NewSettings compiles the options for a set of checks.
func NewSettings(set *check.Set, o Options) *Settings {
	entries := set.Entries()
	s := &Settings{
		set: set, disabled: masks(entries, o.Disabled), severity: make([]check.Severity, len(entries)),
		owner: o.OwnerLabel, system: o.SystemNamespaces, limit: o.FindingsLimit, names: cmp.Or(o.NamesLimit, MaxNames), minimum: o.FindingsMinimum,
		queries: o.WhoCan, review: o.Review, enforcer: stated{o.Enforcer, o.EnforcerNamespaces},
	}
	if o.EnforcerNamespaces == nil {
		s.enforcer.namespaces = enforcer.DefaultNamespaces()
	}
	for i := range entries {
		s.severity[i] = entries[i].Severity
		if override, ok := o.Severity[entries[i].ID]; ok {
			s.severity[i] = override
		}
	}
	if len(o.SystemNamespaces) > 0 {
		s.exemptions = append(s.exemptions, systemExemption(entries, o.SystemNamespaces))
	}
	for _, e := range o.Exemptions {
		s.exemptions = append(s.exemptions, exemption{Exemption: e, masks: masks(entries, e.Checks)})
	}
	return s
}

// systemExemption covers the checks that judge namespaces, in the namespaces that Kubernetes itself fills.
func systemExemption(entries []check.Entry, namespaces []string) exemption {
	e := exemption{
		Exemption: Exemption{
			Name: SystemExemption, Owner: "kubernetes", Namespaces: namespaces,
			Reason: "quotas, limit ranges, default denies and Pod Security levels of system namespaces are the distribution's to set",
		},
		masks: make([]uint16, len(entries)),
	}
	for i := range entries {
		if _, ok := entries[i].Judge.(check.NamespaceJudge); ok {
			e.masks[i] = entries[i].Mask("")
		}
	}
	return e
}

func masks(entries []check.Entry, specs []string) []uint16 {
	out := make([]uint16, len(entries))
	for _, spec := range specs {
		id, value, _ := strings.Cut(spec, "/")
		for i := range entries {
			if id == "*" || id == entries[i].ID {
				out[i] |= entries[i].Mask(value)
			}
		}
	}
	return out
}

// Severity is the severity in force for a check.
func (s *Settings) Severity(e *check.Entry) check.Severity { return s.severity[e.Index] }

// Enabled has a bit for each combination of label values of the check that is switched on.
func (s *Settings) Enabled(e *check.Entry) uint16 { return e.Mask("") &^ s.disabled[e.Index] }

// Set is the set of checks that the settings were made for.
func (s *Settings) Set() *check.Set { return s.set }

func (s *Settings) isSystem(namespace string) bool {
	return len(s.system) > 0 && matchesAny(s.system, namespace)
}

func (e *exemption) expired(now time.Time) bool { return !e.Expires.IsZero() && !now.Before(e.Expires) }

// matchesAny says whether one of the patterns matches; no pattern matches anything.
func matchesAny(patterns []string, name string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool {
		if !strings.ContainsAny(p, `*?[\`) {
			return p == name
		}
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}
