package rbac

import (
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// TestAgainstOracle asks the Model and the naive oracle the same questions about many small random
// worlds, fewer of them with -short and as many as RBAC_WORLDS says otherwise.
func TestAgainstOracle(t *testing.T) {
	first := firstSeed(t)
	worlds := 3_000
	if testing.Short() {
		worlds = 1_000
	}
	if text := os.Getenv("RBAC_WORLDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal("RBAC_WORLDS: ", err)
		}
		worlds = n
	}
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			for i := n; i < worlds && !t.Failed(); i += workers {
				w := newWorld(first + uint64(i))
				m := Build(w.in)
				w.compareAccess(t, m)
				p := newPowers(w)
				w.comparePower(t, m, p)
				w.compareBindings(t, m, p)
			}
		})
	}
	wg.Wait()
}

func (w *world) errorf(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Errorf("RBAC_SEED=%d: "+format, append([]any{w.seed}, args...)...)
}

func (w *world) compareAccess(t *testing.T, m *Model) {
	r := rand.New(rand.NewPCG(w.seed, 1))
	population := w.population()
	if diff := cmp.Diff(population, m.Subjects()); diff != "" {
		w.errorf(t, "population: %s", diff)
	}
	askers := append(slices.Clone(worldAskers), population...)
	extras := [][]string{nil, nil, {"devs"}, {"system:serviceaccounts", "nobodies"}, {"system:masters"}}
	var q Query
	for range 8 {
		a := randomAttributes(r)
		extra := extras[r.IntN(len(extras))]
		for _, s := range askers {
			want := w.allowed(s, extra, a)
			if got := m.Allowed(s, extra, a); got != want {
				w.errorf(t, "Allowed(%v, %v, %+v) = %t, want %t", s, extra, a, got, want)
			}
			w.compareWhy(t, m, s, extra, a)
		}
		can := func(a Attributes) (out []model.Subject) {
			for _, s := range population {
				if w.allowed(s, nil, a) {
					out = append(out, s)
				}
			}
			return out
		}
		if diff := cmp.Diff(can(a), m.WhoCan(a)); diff != "" {
			w.errorf(t, "WhoCan(%+v): %s", a, diff)
		}
		if q.Any = append(q.Any, a); len(q.Any)%3 == 0 {
			q.And = append(q.And, randomAttributes(r))
		}
		var want [model.SubjectKindCount]int
		for _, s := range population {
			satisfies := w.satisfies(s, w.bindingsOf(s, nil), q)
			if got := m.Satisfies(s, nil, q); got != satisfies {
				w.errorf(t, "Satisfies(%v, %+v) = %t, want %t", s, q, got, satisfies)
			}
			if satisfies {
				want[s.Kind]++
			}
		}
		if got := m.Count(q); got != want {
			w.errorf(t, "Count(%+v) = %v, want %v", q, got, want)
		}
	}
}

func (w *world) compareWhy(t *testing.T, m *Model, s model.Subject, extra []string, a Attributes) {
	var want int
	for _, b := range w.bindings {
		if !w.grantedBy(b.Binding, a) {
			continue
		}
		var via []model.Subject
		for _, named := range b.Subjects {
			groups := append(Groups(s), extra...)
			if (named == s || named.Kind == model.Group && slices.Contains(groups, named.Name)) && !slices.Contains(via, named) {
				via = append(via, named)
			}
		}
		want += len(via)
	}
	grants := m.Why(s, extra, a)
	if len(grants) != want {
		w.errorf(t, "Why(%v, %v, %+v) has %d grants, want %d", s, extra, a, len(grants), want)
	}
	for _, g := range grants {
		if !w.grantedBy(g.Binding, a) || !slices.Contains(g.Binding.Subjects, g.Via) || g.Role != w.role(g.Binding) {
			w.errorf(t, "Why(%v, %v, %+v): wrong grant by %s", s, extra, a, g.Binding.Name)
		}
	}
}

func (w *world) comparePower(t *testing.T, m *Model, p *powers) {
	population := w.population()
	var admins []model.Subject
	inEffect := p.admins()
	for _, s := range population {
		if inEffect[s] {
			admins = append(admins, s)
		}
	}
	var got []model.Subject
	for _, a := range m.ClusterAdmins() {
		got = append(got, a.Subject)
	}
	if diff := cmp.Diff(admins, got); diff != "" {
		w.errorf(t, "ClusterAdmins: %s", diff)
	}
	for _, s := range append(slices.Clone(worldAskers), population...) {
		if got, want := m.Powerful(s), p.local[s]; got != want {
			w.errorf(t, "Powerful(%v) = %t, want %t", s, got, want)
		}
		if got, want := m.GrantedBeyondAuthenticated(s), w.beyond(s); got != want {
			w.errorf(t, "GrantedBeyondAuthenticated(%v) = %t, want %t", s, got, want)
		}
	}
	type row struct {
		Namespace string
		Subject   model.Subject
		Admin     bool
	}
	var want, visited []row
	for _, ns := range worldNamespaces {
		inside := &world{in: w.in}
		for _, b := range w.bindings {
			if b.Namespace() == ns {
				inside.bindings = append(inside.bindings, b)
			}
		}
		for _, s := range inside.population() {
			admin := slices.ContainsFunc(inside.bindingsOf(s, nil), func(b rawBinding) bool { return w.grantedBy(b.Binding, everything(ns)) })
			want = append(want, row{ns, s, admin})
		}
	}
	m.NamespaceAdmins(func(ns string, s model.Subject, admin bool) { visited = append(visited, row{ns, s, admin}) })
	if diff := cmp.Diff(want, visited); diff != "" {
		w.errorf(t, "NamespaceAdmins: %s", diff)
	}
}

func (w *world) compareBindings(t *testing.T, m *Model, p *powers) {
	for _, b := range w.bindings {
		if got, want := m.RoleOf(b.Binding), w.role(b.Binding); got != want {
			w.errorf(t, "RoleOf(%s) = %v, want %v", b.Name, got, want)
		}
		if got, want := m.Privileged(b.Binding), p.privileged(b.Binding); got != want {
			w.errorf(t, "Privileged(%s) = %t, want %t", b.Name, got, want)
		}
	}
}

// TestOrderDoesNotMatter builds the same world from its objects in another order.
func TestOrderDoesNotMatter(t *testing.T) {
	first := firstSeed(t)
	for i := range uint64(500) {
		w := newWorld(first + i)
		r := rand.New(rand.NewPCG(w.seed, 2))
		turned := Input{Roles: slices.Clone(w.in.Roles), Bindings: slices.Clone(w.in.Bindings)}
		r.Shuffle(len(turned.Roles), func(i, j int) { turned.Roles[i], turned.Roles[j] = turned.Roles[j], turned.Roles[i] })
		r.Shuffle(len(turned.Bindings), func(i, j int) { turned.Bindings[i], turned.Bindings[j] = turned.Bindings[j], turned.Bindings[i] })
		for i, b := range turned.Bindings {
			other := *b
			other.Subjects = append(slices.Clone(b.Subjects), b.Subjects...)
			slices.Reverse(other.Subjects)
			turned.Bindings[i] = &other
		}
		if diff := cmp.Diff(answers(Build(w.in)), answers(Build(turned))); diff != "" {
			w.errorf(t, "another order gives other answers: %s", diff)
		}
	}
}

// answers are what a Model says of everything but single attributes, as text.
func answers(m *Model) (out []string) {
	say := func(what string, s model.Subject, yes bool) {
		if yes {
			out = append(out, what+" "+s.Kind.String()+" "+s.Namespace+" "+s.Name)
		}
	}
	for _, s := range append(slices.Clone(worldAskers), m.Subjects()...) {
		say("powerful", s, m.Powerful(s))
		say("beyond", s, m.GrantedBeyondAuthenticated(s))
		for _, g := range m.Why(s, nil, Attributes{Verb: "get", Resource: "pods", Namespace: "a"}) {
			say("why "+g.Binding.Namespace()+"/"+g.Binding.Name()+" "+g.Role.Name()+" via "+g.Via.Name, s, true)
		}
	}
	for _, a := range m.list.rows {
		for _, s := range m.WithAccess(a.Name) {
			say(a.Name, s, true)
		}
	}
	for _, a := range m.ClusterAdmins() {
		for _, g := range a.Grants {
			say("admin by "+g.Binding.Name()+" "+g.Via.Name, a.Subject, true)
		}
	}
	m.NamespaceAdmins(func(ns string, s model.Subject, admin bool) { say("admin in "+ns, s, admin) })
	return out
}
