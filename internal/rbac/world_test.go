package rbac

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// The builders of test worlds.

func ruleOf(verbs, groups, resources string, names ...string) model.Rule {
	return model.Rule{Verbs: fields(verbs), APIGroups: fields(groups), Resources: fields(resources), ResourceNames: names}
}

func urlRule(verbs, urls string) model.Rule {
	return model.Rule{Verbs: fields(verbs), NonResourceURLs: fields(urls)}
}

// fields splits at commas; "core" is the empty API group.
func fields(list string) []string {
	var out []string
	start := 0
	for i := 0; i <= len(list); i++ {
		if i == len(list) || list[i] == ',' {
			item := list[start:i]
			if item == "core" {
				item = ""
			}
			out = append(out, item)
			start = i + 1
		}
	}
	return out
}

func meta(namespace, name string) model.Namespaced {
	return model.Namespaced{Meta: model.NewMeta(namespace, name)}
}

func roleIn(namespace, name string, rules ...model.Rule) *model.Role {
	return &model.Role{Namespaced: meta(namespace, name), Rules: rules}
}

func clusterRole(name string, rules ...model.Rule) *model.Role { return roleIn("", name, rules...) }

func bind(namespace, name, roleKind, roleName string, subjects ...model.Subject) *model.Binding {
	return &model.Binding{Namespaced: meta(namespace, name), RoleKind: roleKind, RoleName: roleName, Subjects: subjects}
}

func clusterBind(name, roleName string, subjects ...model.Subject) *model.Binding {
	return bind("", name, "ClusterRole", roleName, subjects...)
}

func bootstrap(b *model.Binding) *model.Binding {
	b.Bootstrap = true
	return b
}

func account(namespace, name string) model.Subject {
	return model.Subject{Kind: model.ServiceAccountSubject, Namespace: namespace, Name: name}
}

func build(objects ...any) *Model {
	var in Input
	for _, o := range objects {
		switch o := o.(type) {
		case *model.Role:
			in.Roles = append(in.Roles, o)
		case *model.Binding:
			in.Bindings = append(in.Bindings, o)
		case Platform:
			in.Platform = o
		}
	}
	return Build(in)
}

func adminRole() *model.Role {
	return clusterRole("cluster-admin", ruleOf("*", "*", "*"), urlRule("*", "*"))
}

// world is a random world: the objects as the API has them, and as the projection makes them.
type world struct {
	seed     uint64
	bindings []rawBinding
	in       Input
}

// rawBinding keeps the subjects as they are written, for an oracle that knows nothing of identities.
type rawBinding struct {
	subjects []rbacv1.Subject
	*model.Binding
}

var (
	worldVerbs      = []string{"get", "list", "create", "update", "patch", "delete", "escalate", "bind", "impersonate", "approve", "*", "*"}
	worldGroups     = []string{"", "", "apps", "rbac.authorization.k8s.io", "certificates.k8s.io", "*", "*"}
	worldNames      = []string{"x", "kubernetes.io/*", "r0", "r1", "r2", "b0", "b1", "b2", "default", "worker", "alice", "devs", "system:masters"}
	worldNamespaces = []string{"a", "b"}
	worldResources  = []string{
		"pods", "secrets", "pods/exec", "*/exec", "pods/*", "*/*", "*", "*", "exec", "nodes/proxy", "roles", "users",
		"deployments", "serviceaccounts/token", "serviceaccounts", "users", "groups", "clusterroles", "clusterrolebindings", "rolebindings", "certificatesigningrequests/approval", "signers", "namespaces",
	}
	worldURLs = []string{"/metrics", "/metrics*", "/metrics/*", "/m**", "*", "/*/x"}
	// worldSubjects hold every spelling that matters; they are few, so that bindings often name the same.
	worldSubjects = []rbacv1.Subject{
		{Kind: "ServiceAccount", Namespace: "a", Name: "default"},
		{Kind: "ServiceAccount", Name: "default"},
		{Kind: "User", Name: "system:serviceaccount:a:default"},
		{Kind: "ServiceAccount", Namespace: "b", Name: "worker", APIGroup: "odd"},
		{Kind: "ServiceAccount", Namespace: "a:b", Name: "c"},
		{Kind: "User", Name: "system:serviceaccount:a:b:c"},
		{Kind: "ServiceAccount", Namespace: "Big", Name: "c"},
		{Kind: "User", Name: "system:serviceaccount:Big:c"},
		{Kind: "User", Name: "alice", Namespace: "ignored"},
		{Kind: "User", Name: "system:anonymous"},
		{Kind: "Group", Name: "devs"},
		{Kind: "Group", Name: "devs", APIGroup: "odd"},
		{Kind: "Group", Name: "system:authenticated"},
		{Kind: "Group", Name: "system:unauthenticated"},
		{Kind: "Group", Name: "system:serviceaccounts"},
		{Kind: "Group", Name: "system:serviceaccounts:a"},
		{Kind: "Group", Name: "system:masters"},
		{Kind: "Robot", Name: "alice"},
	}
	// worldAskers are asked about whether or not a binding names them.
	worldAskers = []model.Subject{
		account("a", "default"), account("b", "worker"), account("a", "unnamed"), account("c", "unnamed"), user("alice"), user("nobody"),
		user(anonymousUser), group("devs"), group("nobodies"), group(authenticatedGroup), group(unauthenticatedGroup),
		group(serviceAccountsGroup), group(serviceAccountsPrefix + "a"), group(serviceAccountsPrefix + "b"), group(mastersGroup),
		user("system:serviceaccount:a:b:c"), user("system:serviceaccount:Big:c"),
	}
)

func some(r *rand.Rand, from []string, atMost int) []string {
	out := make([]string, 1+r.IntN(atMost))
	for i := range out {
		out[i] = from[r.IntN(len(from))]
	}
	return out
}

// worldSteps are the rights of which steps by name are made: verbs, and resources of one group.
var worldSteps = [][3]string{
	{"bind", rbacGroup, "clusterroles"}, {"bind", rbacGroup, "roles"}, {"create", rbacGroup, "clusterrolebindings"}, {"patch", rbacGroup, "clusterrolebindings"},
	{"create", rbacGroup, "rolebindings"}, {"update", rbacGroup, "rolebindings"}, {"escalate", rbacGroup, "clusterroles"}, {"escalate,patch", rbacGroup, "clusterroles"},
	{"escalate,update", rbacGroup, "roles"}, {"impersonate", "core", "users"}, {"impersonate", "core", "users,groups"}, {"impersonate", "core", "serviceaccounts"},
	{"create", "core", "serviceaccounts/token"}, {"get", "core", "secrets"}, {"bind,create", rbacGroup, "*"},
}

// stepRule is a right of which a step by name is made.
func stepRule(r *rand.Rand) model.Rule {
	s := worldSteps[r.IntN(len(worldSteps))]
	rule := ruleOf(s[0], s[1], s[2])
	if r.IntN(4) > 0 {
		rule.ResourceNames = some(r, worldNames, 3)
	}
	return rule
}

func randomRule(r *rand.Rand, namespaced bool) model.Rule {
	if !namespaced && r.IntN(5) == 0 {
		return model.Rule{Verbs: some(r, worldVerbs, 2), NonResourceURLs: some(r, worldURLs, 2)}
	}
	rule := model.Rule{Verbs: some(r, worldVerbs, 2), APIGroups: some(r, worldGroups, 2), Resources: some(r, worldResources, 3)}
	if r.IntN(4) == 0 {
		rule.ResourceNames = some(r, worldNames, 2)
	}
	return rule
}

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 0))
	w := &world{seed: seed}
	for i := range 1 + r.IntN(5) {
		namespace := []string{"", "", "a", "b"}[r.IntN(4)]
		role := roleIn(namespace, fmt.Sprintf("r%d", i%3))
		if slices.ContainsFunc(w.in.Roles, func(o *model.Role) bool { return o.NS == role.NS && o.Name() == role.Name() }) {
			continue
		}
		for range r.IntN(4) {
			if seed%2 == 0 {
				role.Rules = append(role.Rules, stepRule(r))
			} else {
				role.Rules = append(role.Rules, randomRule(r, namespace != ""))
			}
		}
		w.in.Roles = append(w.in.Roles, role)
	}
	for i := range r.IntN(7) {
		namespace := []string{"", "", "a", "b"}[r.IntN(4)]
		kind := []string{"ClusterRole", "Role"}[r.IntN(2)]
		raw := rawBinding{Binding: bind(namespace, fmt.Sprintf("b%d", i), kind, fmt.Sprintf("r%d", r.IntN(4)))}
		for range r.IntN(4) {
			s := worldSubjects[r.IntN(len(worldSubjects))]
			raw.subjects = append(raw.subjects, s)
			if id, ok := Identity(s.Kind, s.APIGroup, s.Namespace, s.Name, namespace); ok {
				raw.Subjects = append(raw.Subjects, id)
			}
		}
		w.bindings = append(w.bindings, raw)
		w.in.Bindings = append(w.in.Bindings, raw.Binding)
	}
	return w
}

func randomAttributes(r *rand.Rand) Attributes {
	if r.IntN(8) == 0 {
		paths := []string{"/metrics", "/metrics/cadvisor", "/m", "/x", "/metrics*"}
		return Attributes{Verb: some(r, worldVerbs, 1)[0], NonResourceURL: paths[r.IntN(len(paths))]}
	}
	a := Attributes{
		Verb: some(r, worldVerbs, 1)[0], APIGroup: some(r, worldGroups, 1)[0],
		Resource:    []string{"pods", "secrets", "nodes", "roles", "exec", "fresh", "*"}[r.IntN(7)],
		Subresource: []string{"", "", "exec", "proxy", "*"}[r.IntN(5)],
		Namespace:   []string{"", "a", "b", "c"}[r.IntN(4)],
	}
	if r.IntN(3) == 0 {
		a.Name = some(r, worldNames, 1)[0]
	}
	return a
}

// firstSeed is that of the first random world. RBAC_SEED replays another.
func firstSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(20_270_101)
	if text := os.Getenv("RBAC_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("RBAC_SEED=%q: %v; set it to the seed that a failure printed", text, err)
		}
		seed = n
	}
	t.Logf("RBAC_SEED=%d", seed)
	return seed
}
