package rbac

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

const (
	benchBindings   = 20_000
	benchRoles      = 5_000
	benchSubjects   = 30_000
	benchNamespaces = 1_000
)

// largeCluster is as large as the goals ask for, with two subjects in three ServiceAccounts, and the groups that Kubernetes adds bound
// too. One role in every clusterEvery is a ClusterRole: 10 is a cluster shared by many teams, and 1 the worst case, in which every
// binding is the cluster's.
func largeCluster(clusterEvery int) Input {
	r := rand.New(rand.NewPCG(1, 1))
	subjects := make([]model.Subject, benchSubjects)
	for i := range subjects {
		switch i % 12 {
		case 0, 1, 2:
			subjects[i] = user(fmt.Sprintf("person-%05d@example.com", i))
		case 3:
			subjects[i] = group(fmt.Sprintf("team-%05d", i))
		default:
			subjects[i] = account(fmt.Sprintf("namespace-%04d", i%benchNamespaces), fmt.Sprintf("account-%05d", i))
		}
	}
	in := Input{Roles: make([]*model.Role, benchRoles), Bindings: make([]*model.Binding, benchBindings)}
	for i := range in.Roles {
		namespace := ""
		if i%clusterEvery != 0 {
			namespace = fmt.Sprintf("namespace-%04d", i%benchNamespaces)
		}
		rules := make([]model.Rule, 1+r.IntN(8))
		for j := range rules {
			rules[j] = benchRule(r)
		}
		in.Roles[i] = roleIn(namespace, fmt.Sprintf("role-%04d", i), rules...)
	}
	next := 0
	for i := range in.Bindings {
		role := in.Roles[i%benchRoles]
		namespace, kind := role.Namespace(), "Role"
		if namespace == "" {
			kind = "ClusterRole"
			if clusterEvery > 1 && i%3 == 0 {
				namespace = fmt.Sprintf("namespace-%04d", i%benchNamespaces)
			}
		}
		b := bind(namespace, fmt.Sprintf("binding-%05d", i), kind, role.Name())
		for range 2 {
			b.Subjects = append(b.Subjects, subjects[next%benchSubjects])
			next++
		}
		in.Bindings[i] = b
	}
	in.Bindings[0].Subjects = append(in.Bindings[0].Subjects, group(authenticatedGroup))
	in.Bindings[10].Subjects = append(in.Bindings[10].Subjects, group(serviceAccountsGroup), group(mastersGroup))
	return in
}

func benchRule(r *rand.Rand) model.Rule {
	verbs := []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*"}
	groups := []string{"", "apps", "batch", "rbac.authorization.k8s.io", "networking.k8s.io", "example.com", "*"}
	resources := make([]string, 1+r.IntN(8))
	for i := range resources {
		switch r.IntN(40) {
		case 0:
			resources[i] = "*"
		case 1:
			resources[i] = "secrets"
		case 2:
			resources[i] = "pods/exec"
		case 3, 4, 5:
			resources[i] = "pods"
		default:
			resources[i] = fmt.Sprintf("resources-%03d", r.IntN(300))
		}
	}
	rule := model.Rule{Resources: resources}
	rule.Verbs = some(r, verbs[:len(verbs)-r.IntN(2)], 5)
	rule.APIGroups = some(r, groups[:len(groups)-r.IntN(2)], 2)
	if r.IntN(6) == 0 {
		rule.ResourceNames = []string{"one", "two"}
	}
	return rule
}

// configuredQueries are fifty as an operator would write them.
func configuredQueries() []Query {
	out := make([]Query, 50)
	for i := range out {
		a := Attributes{Verb: "update", Resource: fmt.Sprintf("resources-%03d", i), APIGroup: "example.com"}
		switch i % 3 {
		case 1:
			a = Attributes{Verb: "delete", Resource: "pods", Namespace: fmt.Sprintf("namespace-%04d", i)}
		case 2:
			a = Attributes{Verb: "get", NonResourceURL: "/metrics"}
		}
		out[i] = Query{Name: fmt.Sprintf("query-%d", i), Any: []Attributes{a}}
	}
	return out
}

// BenchmarkBuild also reports what the Model keeps, apart from the roles and bindings it is built from.
func BenchmarkBuild(b *testing.B) {
	b.Run("shared", func(b *testing.B) { benchmarkBuild(b, largeCluster(10)) })
	b.Run("worst", func(b *testing.B) { benchmarkBuild(b, largeCluster(1)) })
}

func benchmarkBuild(b *testing.B, in Input) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := Build(in)
	runtime.GC()
	runtime.ReadMemStats(&after)
	kept := float64(after.HeapAlloc-before.HeapAlloc) / (1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		m = Build(in)
	}
	b.ReportMetric(kept, "MiB-kept")
	b.ReportMetric(float64(len(m.Subjects())), "subjects")
}

// BenchmarkScrape is all that a scrape asks for: every query of the escalation list and fifty configured ones, the administrators of
// the cluster and of the namespaces, and whether each binding is privileged.
func BenchmarkScrape(b *testing.B) {
	b.Run("shared", func(b *testing.B) { benchmarkScrape(b, largeCluster(10)) })
	b.Run("worst", func(b *testing.B) { benchmarkScrape(b, largeCluster(1)) })
}

func benchmarkScrape(b *testing.B, in Input) {
	m := Build(in)
	queries := configuredQueries()
	b.Run("queries", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.AccessCounts()
			for _, q := range queries {
				m.Count(q)
			}
		}
	})
	b.Run("admins", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.ClusterAdmins()
			m.NamespaceAdmins(func(string, model.Subject, bool) {})
		}
		b.ReportMetric(float64(len(m.ClusterAdmins())), "admins")
	})
	b.Run("bindings", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, o := range in.Bindings {
				m.Privileged(o)
			}
		}
	})
}

// BenchmarkServiceAccounts asks for the facts of 10,000 ServiceAccounts that no binding names.
func BenchmarkServiceAccounts(b *testing.B) {
	m := Build(largeCluster(10))
	accounts := make([]model.Subject, 10_000)
	for i := range accounts {
		accounts[i] = account(fmt.Sprintf("namespace-%04d", i%benchNamespaces), fmt.Sprintf("unnamed-%05d", i))
	}
	for b.Loop() {
		for _, s := range accounts {
			m.Powerful(s)
			m.GrantedBeyondAuthenticated(s)
		}
	}
}

func BenchmarkWhoCan(b *testing.B) {
	m := Build(largeCluster(10))
	for b.Loop() {
		m.WhoCan(Attributes{Verb: "get", Resource: "secrets", Namespace: "namespace-0007"})
	}
}
