package rbac

import "slices"

// list is the escalation list prepared for one version of the API server. The ways of all rows are
// numbered, so that what a role gives of them are bits.
type list struct {
	rows []Access
	ways []way
	// noAnd are the ways that need one request only, acts those that act in a namespace.
	noAnd, acts uint64
	asks        []ask
}

// way is a Way and the position of its row.
type way struct {
	Way
	row int
}

// ask is a request of a way's Any, or of its And.
type ask struct {
	request
	way int
	and bool
}

// nameless reports whether the request names no object, so that an empty resourceName allows it.
func (a *ask) nameless() bool {
	return a.Verb == "list" || a.Verb == "watch" || a.Verb == "deletecollection" || a.Verb == "create" && a.Subresource == ""
}

// newList leaves out the ways that an API server of the minor version refuses; 0 is an unknown one.
func newList(minor int) list {
	l := list{rows: EscalationList()}
	for row := range l.rows {
		for _, w := range l.rows[row].Ways {
			if w.Before > 0 && minor >= w.Before {
				continue
			}
			n := len(l.ways)
			l.ways = append(l.ways, way{w, row})
			if len(w.And) == 0 {
				l.noAnd |= 1 << n
			}
			if w.Acts {
				l.acts |= 1 << n
			}
			for _, q := range newRequests(w.Any) {
				l.asks = append(l.asks, ask{request: q, way: n})
			}
			for _, q := range newRequests(w.And) {
				l.asks = append(l.asks, ask{request: q, way: n, and: true})
			}
		}
	}
	return l
}

// row returns the position of the row of that name.
func (l *list) row(name string) int {
	return slices.IndexFunc(l.rows, func(a Access) bool { return a.Name == name })
}

// rowsOf returns the rows of the ways, as bits.
func (l *list) rowsOf(ways uint64) (rows uint32) {
	for n := range l.ways {
		if ways&(1<<n) != 0 {
			rows |= 1 << l.ways[n].row
		}
	}
	return rows
}

// power is what roles give of the escalation list.
type power struct {
	// any and and are the ways of which they allow a request of Any, and of And.
	any, and uint64
	// names is what they allow of single objects by name only: nearly always nothing.
	names []nameList
}

// nameList is the resourceNames of a rule that allows a request of a way's Any, or of its And.
type nameList struct {
	way  int
	and  bool
	list []string
}

func (p *power) add(o *power) {
	p.any |= o.any
	p.and |= o.and
	p.names = append(p.names[:len(p.names):len(p.names)], o.names...)
}

func (p *power) empty() bool { return p.any|p.and == 0 && len(p.names) == 0 }

// satisfied returns the ways that are held in full.
func (l *list) satisfied(p *power) uint64 { return p.any & (p.and | l.noAnd) }

// weigh finds what the rules give.
func (l *list) weigh(rules []rule) (p power) {
	for i := range rules {
		for k := range l.asks {
			a := &l.asks[k]
			if rules[i].may(&a.request) && rules[i].covers(&a.request) {
				p.take(a, &rules[i], l.ways[a.way].Names)
			}
		}
	}
	return p
}

// take adds what a rule gives that covers the request but for its resourceNames.
func (p *power) take(a *ask, r *rule, what Names) {
	bits := &p.any
	if a.and {
		bits = &p.and
	}
	switch {
	case len(r.source.ResourceNames) == 0 || (a.Name != "" || a.nameless()) && r.names(a.Name),
		a.and && what == GroupNames: // any user or ServiceAccount will do
		*bits |= 1 << a.way
	case what == NoNames:
	case a.and && a.Verb == "create": // a request to create an object does not name it
	default:
		p.names = append(p.names, nameList{way: a.way, and: a.and, list: r.source.ResourceNames})
	}
}

// named are the names of one half of a way.
func (p *power) named(way int, and bool) (all []string) {
	for i := range p.names {
		if n := &p.names[i]; n.way == way && n.and == and {
			all = append(all, n.list...)
		}
	}
	return all
}
