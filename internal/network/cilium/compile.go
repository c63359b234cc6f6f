package cilium

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// compile makes a Matcher of a selector's requirements. When some of them are about what the API does not tell, it names the label of the
// first, and the Matcher is for the others: it matches whatever the selector could.
func compile(ts terms) (m network.Matcher, unclear string) {
	var c compiler
	for _, t := range ts {
		if !c.add(t) && unclear == "" {
			unclear = t.source + ":" + t.key
		}
	}
	return c.matcher(), unclear
}

// compiler sorts requirements by what they are about.
type compiler struct {
	names, accounts choice
	spaces, labels  []labels.Requirement
	never           bool
}

// add returns false for a requirement that the API does not tell the answer to.
func (c *compiler) add(t term) bool {
	of, key := resolve(t.source, t.key)
	switch of {
	case spaceName:
		c.names.add(t)
	case accountName:
		c.accounts.add(t)
	case spaceLabel:
		c.require(&c.spaces, key, t)
	case podLabel:
		c.require(&c.labels, key, t)
	case nothing:
		c.absent(t)
	case clusterName:
		c.never = c.never || t.op == selection.DoesNotExist
		return t.op == selection.Exists || t.op == selection.DoesNotExist
	default:
		return false
	}
	return true
}

// require adds a requirement about labels. What remains of a key need not be one; then nothing has it.
func (c *compiler) require(to *[]labels.Requirement, key string, t term) {
	r, err := labels.NewRequirement(key, t.op, t.values)
	if err != nil {
		c.absent(t)
		return
	}
	*to = append(*to, *r)
}

// absent adds a requirement about a label that no pod has.
func (c *compiler) absent(t term) {
	c.never = c.never || t.op == selection.In || t.op == selection.Exists
}

// matcher prefers the matchers that all engines share, because equal ones are asked once.
func (c *compiler) matcher() network.Matcher {
	c.names.settle()
	c.accounts.settle()
	spaces, ok := selector(c.spaces)
	pods, fine := selector(c.labels)
	if c.never || !ok || !fine || c.names.nobody() || c.accounts.nobody() {
		return network.Nobody()
	}
	m := &endpoints{names: c.names, accounts: c.accounts, spaces: spaces, labels: pods}
	m.anyName, m.anyAccount = c.names.free(), c.accounts.free()
	m.anySpace, m.every = spaces.Everything(), pods.Everything()
	confined := c.names.limited && len(c.names.in) == 1
	switch {
	case m.anyAccount && m.anyName:
		return network.InNamespaces(spaces, pods)
	case m.anyAccount && m.anySpace && confined:
		return network.Pods(c.names.in[0], pods)
	case confined:
		m.only, m.confined = c.names.in[0], true
	}
	m.key = model.Intern(fmt.Sprintf("cilium %s %s %q %q", c.names.text(), c.accounts.text(), spaces.Text(), pods.Text()))
	return m
}

func selector(requirements []labels.Requirement) (model.Selector, bool) {
	s, err := model.NewSelector(labels.NewSelector().Add(requirements...))
	return s, err == nil
}

// choice says which names are asked for. The zero choice is for all.
type choice struct {
	// in are the names that suffice, when limited; not are those that do not.
	in, not []model.Sym
	limited bool
	// present and absent ask for any name, and for none.
	present, absent bool
}

func (c *choice) add(t term) {
	names := make([]model.Sym, len(t.values))
	for i, v := range t.values {
		names[i] = model.Intern(v)
	}
	switch t.op {
	case selection.In:
		if c.limited {
			names = slices.DeleteFunc(names, func(n model.Sym) bool { return !slices.Contains(c.in, n) })
		}
		c.in, c.limited = names, true
	case selection.NotIn:
		c.not = append(c.not, names...)
	case selection.Exists:
		c.present = true
	default:
		c.absent = true
	}
}

// settle brings the choice into the one form that choices of the same names have.
func (c *choice) settle() {
	byText := func(a, b model.Sym) int {
		if model.Text(a) < model.Text(b) {
			return -1
		}
		return 1
	}
	for _, list := range []*[]model.Sym{&c.in, &c.not} {
		slices.SortFunc(*list, byText)
		*list = slices.Compact(*list)
	}
	if c.limited {
		c.in = slices.DeleteFunc(c.in, func(n model.Sym) bool { return slices.Contains(c.not, n) })
		c.not, c.present = nil, false
	}
}

func (c *choice) free() bool   { return !c.limited && len(c.not) == 0 && !c.absent }
func (c *choice) nobody() bool { return c.absent || c.limited && len(c.in) == 0 }

// allows says whether the choice is met. Every pod has a namespace and a ServiceAccount.
func (c *choice) allows(name model.Sym) bool {
	return (!c.limited || slices.Contains(c.in, name)) && !slices.Contains(c.not, name)
}

func (c *choice) text() string {
	texts := func(list []model.Sym) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = model.Text(s)
		}
		return out
	}
	return fmt.Sprintf("%t %q %q", c.limited, texts(c.in), texts(c.not))
}
