package calico

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// FuzzSelector: whatever the text, the parser ends soon and without a panic; an error says where, and a selector that is accepted can be
// asked, agrees with its inverse and with itself in parentheses.
func FuzzSelector(f *testing.F) {
	r := rand.New(rand.NewPCG(4, 2))
	for range 50 {
		f.Add(randomSaid(r, 3).write(r))
	}
	for _, text := range []string{"", "has(", "((((", "a in {'b',", "!!!=", "a == 'b' &&", "global()", "a starts in {'x'}", "\xff", "a == 'ü' ü"} {
		f.Add(text)
	}
	ends := randomPods(r)
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		n, err := selector(text, pods, false, true)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		var syntax *SyntaxError
		if errors.As(err, &syntax) {
			if syntax.Column < 1 || syntax.Column > utf8.RuneCountInString(text)+1 || syntax.Expected == "" || syntax.Found == "" {
				t.Errorf("error %+v", syntax)
			}
			return
		}
		if err != nil {
			t.Fatalf("error %v is no SyntaxError", err)
		}
		other, err := selector(text, pods, true, true)
		if err != nil {
			t.Fatal(err)
		}
		again, err := selector("("+text+")", pods, false, true)
		if err == nil && again.text != n.text {
			t.Errorf("in parentheses it is %s, and %s without", again.text, n.text)
		}
		m, inverse := match(n, false), match(other, false)
		for _, e := range ends {
			if m.Match(e) && inverse.Match(e) || !m.Match(e) && !inverse.Match(e) && !n.mentions(accountLabel) {
				t.Errorf("matches %t, its inverse the same, on %q", m.Match(e), model.Text(e.Labels))
			}
		}
	})
}

// FuzzProject: whatever an object looks like, it is projected without a panic, it says what it selects unless it is ignored, and one that
// cannot be read says why and says nothing else.
func FuzzProject(f *testing.F) {
	r := rand.New(rand.NewPCG(4, 3))
	for range 20 {
		w := randomWorld(r)
		for _, u := range w.objects(r) {
			raw, err := u.MarshalJSON()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	ends := randomPods(r)
	c := Cluster{Tiers: NewTiers()}
	f.Fuzz(func(t *testing.T, raw []byte) {
		u := &unstructured.Unstructured{}
		if u.UnmarshalJSON(raw) != nil {
			return
		}
		if tier, ok := ProjectTier(u); ok && math.IsNaN(tier.Order) {
			t.Errorf("tier %+v", tier)
		}
		o := Project(u)
		p, ok := c.Policy(&o)
		if ok != (o.Ignored == "") {
			t.Fatalf("ignored %q, a policy: %t", o.Ignored, ok)
		}
		if !ok {
			return
		}
		for _, e := range ends {
			p.Selects.Match(e)
		}
		for d := range p.Sides {
			side := &p.Sides[d]
			if p.Invalid != "" && (side.Isolates || side.Rules != nil) || !side.Applies && (side.Isolates || side.Rules != nil) {
				t.Errorf("%s: says %+v", p.Invalid, side)
			}
			for i := range side.Rules {
				for _, m := range side.Rules[i].Pods {
					m.Match(ends[0])
				}
			}
		}
	})
}
