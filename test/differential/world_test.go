package differential_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// worldLabel is on every object of a world.
	worldLabel = "differential.example.com/world"
	// markerLabel is on the objects that are created last.
	markerLabel = "differential.example.com/marker"
	// partLabel says which aggregated ClusterRole of the world, by its number, a ClusterRole is a part of.
	partLabel = "differential.example.com/part-of-"
)

const (
	plainClusterRoles, aggregatedRoles   = 16, 5
	clusterBindings, bindingsInNamespace = 18, 8
)

var (
	// roleNames are those of the Roles of each namespace. ClusterRoles have the first two also; the third allows everything.
	roleNames = []string{"r2", "r3", "local"}
	// roleRefs are those of the references to Roles; the last is only a ClusterRole, which allows everything.
	roleRefs = []string{"r2", "r3", "r3", "local", "r0"}
)

// world is what is created on the API server besides what is there already.
type world struct {
	seed            uint64
	clusterRoles    []*rbacv1.ClusterRole
	roles           []*rbacv1.Role
	clusterBindings []*rbacv1.ClusterRoleBinding
	bindings        []*rbacv1.RoleBinding
}

// generator makes a world, the same for the same seed.
type generator struct {
	*world
	*rand.Rand
	resources, urls *deck[string]
	subjects        *deck[rbacv1.Subject]
}

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 0))
	g := &generator{
		world: &world{seed: seed}, Rand: r,
		resources: newDeck(r, ruleResources), urls: newDeck(r, ruleURLs), subjects: newDeck(r, ruleSubjects),
	}
	for i := range plainClusterRoles {
		g.addClusterRole(i)
	}
	for i := range aggregatedRoles {
		g.addAggregated(i)
	}
	g.addUnseenRules()
	for _, ns := range namespaces {
		for _, name := range roleNames {
			role := &rbacv1.Role{ObjectMeta: g.meta(ns, name), Rules: g.rules(false)}
			if name == "local" {
				role.Rules = append(role.Rules, everything)
			}
			g.roles = append(g.roles, role)
		}
	}
	for i := range clusterBindings {
		g.addClusterBinding(i)
	}
	for _, ns := range namespaces {
		for i := range bindingsInNamespace {
			g.addBinding(ns, i)
		}
	}
	last := g.bindings[len(g.bindings)-1]
	last.Subjects = append(last.Subjects, g.subjects.unseen()...)
	return g.world
}

// meta names an object of the world. Roles and ClusterRoles share names, worlds do not: the aggregation controller may bring a
// deleted ClusterRole back by applying to it what it has just computed.
func (g *generator) meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: g.name(name), Labels: map[string]string{worldLabel: strconv.FormatUint(g.seed, 10)}}
}

func (w *world) name(short string) string { return fmt.Sprintf("w%d:%s", w.seed, short) }

func (g *generator) addClusterRole(i int) {
	role := &rbacv1.ClusterRole{ObjectMeta: g.meta("", fmt.Sprintf("r%d", i)), Rules: g.rules(true)}
	switch i {
	case 0:
		role.Rules = append(role.Rules, everything)
	case 1:
		role.Rules = append(role.Rules, pick(g.Rand, nearlyEverything)...)
	}
	if g.IntN(2) == 0 {
		role.Labels[partLabel+strconv.Itoa(g.IntN(aggregatedRoles))] = pick(g.Rand, []string{"yes", "no"})
	}
	if g.IntN(6) == 0 {
		role.Labels[pick(g.Rand, aggregateLabels)] = "true"
	}
	g.clusterRoles = append(g.clusterRoles, role)
}

// narrow takes from a binding that gives everything, or nearly, those who are nearly everybody; one in ten stays.
func (g *generator) narrow(ref rbacv1.RoleRef, from []rbacv1.Subject) []rbacv1.Subject {
	if wide := []string{g.name("r0"), g.name("r1"), "cluster-admin"}; !slices.Contains(wide, ref.Name) || g.IntN(10) == 0 {
		return from
	}
	return slices.DeleteFunc(from, func(s rbacv1.Subject) bool { return slices.Contains(nearlyEverybody, s.Name) })
}

// addUnseenRules gives a ClusterRole the forms that chance has given to none.
func (g *generator) addUnseenRules() {
	role := g.clusterRoles[2]
	if list := g.resources.unseen(); len(list) > 0 {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{Verbs: some(g.Rand, verbs, 3), APIGroups: some(g.Rand, groups, 3), Resources: list})
	}
	if list := g.urls.unseen(); len(list) > 0 {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{Verbs: some(g.Rand, verbs, 3), NonResourceURLs: list})
	}
}

// addAggregated makes a ClusterRole whose rules the controller fills, or leaves as they are when nothing is selected. It may be part
// of a later one only, so that there are no circles, whose rules would depend on who was faster.
func (g *generator) addAggregated(i int) {
	role := &rbacv1.ClusterRole{ObjectMeta: g.meta("", fmt.Sprintf("a%d", i)), AggregationRule: &rbacv1.AggregationRule{}}
	if g.IntN(2) == 0 {
		role.Rules = g.rules(true)
	}
	own := partLabel + strconv.Itoa(i)
	role.AggregationRule.ClusterRoleSelectors = []metav1.LabelSelector{pick(g.Rand, []metav1.LabelSelector{
		{MatchLabels: map[string]string{own: "yes"}},
		{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: own, Operator: metav1.LabelSelectorOpExists}}},
		{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: own, Operator: metav1.LabelSelectorOpIn, Values: []string{"yes", "no"}}}},
	})}
	last := i == aggregatedRoles-1
	if g.IntN(4) == 0 {
		role.AggregationRule.ClusterRoleSelectors = append(role.AggregationRule.ClusterRoleSelectors, metav1.LabelSelector{
			MatchLabels: map[string]string{aggregateLabels[1]: "true"},
		})
	} else if !last && g.IntN(3) == 0 {
		role.Labels[aggregateLabels[0]] = "true"
	}
	if !last && g.IntN(2) == 0 {
		role.Labels[partLabel+strconv.Itoa(i+1)] = "yes"
	}
	if last && g.IntN(4) == 0 {
		// Every ClusterRole there is, those of the API server too, but not the marker, which is created when the rules are filled.
		role.AggregationRule.ClusterRoleSelectors[0] = metav1.LabelSelector{
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: markerLabel, Operator: metav1.LabelSelectorOpDoesNotExist}},
		}
	}
	g.clusterRoles = append(g.clusterRoles, role)
}

func (g *generator) rules(cluster bool) []rbacv1.PolicyRule {
	out := make([]rbacv1.PolicyRule, g.IntN(5))
	for i := range out {
		if cluster && g.IntN(4) == 0 {
			out[i] = rbacv1.PolicyRule{Verbs: some(g.Rand, verbs, 2), NonResourceURLs: g.urls.hand(2)}
			continue
		}
		out[i] = rbacv1.PolicyRule{Verbs: some(g.Rand, verbs, 3), APIGroups: some(g.Rand, groups, 2), Resources: g.resources.hand(3)}
		if g.IntN(3) == 0 {
			out[i].ResourceNames = some(g.Rand, names, 2)
		}
	}
	return out
}

func (g *generator) addClusterBinding(i int) {
	ref := g.clusterRoleRef()
	if i < 3 {
		// Everything, nearly everything, and what chance has given to no other role.
		ref.Name = g.name(fmt.Sprintf("r%d", i))
	}
	g.clusterBindings = append(g.clusterBindings, &rbacv1.ClusterRoleBinding{
		ObjectMeta: g.meta("", fmt.Sprintf("b%d", i)), RoleRef: ref, Subjects: g.narrow(ref, g.hand(false)),
	})
}

func (g *generator) addBinding(namespace string, i int) {
	ref := g.clusterRoleRef()
	switch {
	case i < 2:
		ref.Name = g.name(fmt.Sprintf("r%d", i))
	case g.IntN(2) == 0:
		ref.Kind, ref.Name = "Role", g.name(pick(g.Rand, roleRefs))
	}
	g.bindings = append(g.bindings, &rbacv1.RoleBinding{
		ObjectMeta: g.meta(namespace, fmt.Sprintf("b%d", i)), RoleRef: ref, Subjects: g.hand(true),
	})
}

// clusterRoleRef refers to a ClusterRole of the world, one that is there by default, or one that does not exist.
func (g *generator) clusterRoleRef() rbacv1.RoleRef {
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole"}
	switch n := g.IntN(20); {
	case n < 11:
		// The first two are kept for those who are to have everything, or nearly.
		ref.Name = g.name(fmt.Sprintf("r%d", 2+g.IntN(plainClusterRoles-2)))
	case n < 15:
		ref.Name = g.name(fmt.Sprintf("a%d", g.IntN(aggregatedRoles)))
	case n < 18:
		ref.Name = pick(g.Rand, defaultRoles)
	case n < 19:
		ref.Name = g.name("missing")
	default:
		ref.Name = g.name("local") // only Roles are so named
	}
	return ref
}

// hand deals the subjects of a binding: none, some, and at times the same again.
func (g *generator) hand(namespaced bool) []rbacv1.Subject {
	var out []rbacv1.Subject
	for range g.IntN(4) {
		s := g.subjects.deal()
		if s.Kind == "ServiceAccount" && s.Namespace == "" && !namespaced {
			s.Namespace = pick(g.Rand, namespaces)
		}
		if out = append(out, s); g.IntN(6) == 0 {
			out = append(out, s)
		}
	}
	return out
}

// String shows the world for somebody who has to find out why two disagree about it.
func (w *world) String() string {
	var b strings.Builder
	show := func(kind string, m metav1.ObjectMeta, parts ...any) {
		fmt.Fprintf(&b, "%s %s/%s %v:", kind, m.Namespace, m.Name, m.Labels)
		for _, p := range parts {
			text, err := json.Marshal(p)
			fmt.Fprintf(&b, " %s", text)
			if err != nil {
				fmt.Fprint(&b, err)
			}
		}
		fmt.Fprintln(&b)
	}
	for _, o := range w.clusterRoles {
		show("ClusterRole", o.ObjectMeta, o.AggregationRule, o.Rules)
	}
	for _, o := range w.roles {
		show("Role", o.ObjectMeta, o.Rules)
	}
	for _, o := range w.clusterBindings {
		show("ClusterRoleBinding", o.ObjectMeta, o.RoleRef, o.Subjects)
	}
	for _, o := range w.bindings {
		show("RoleBinding", o.ObjectMeta, o.RoleRef, o.Subjects)
	}
	return b.String()
}
