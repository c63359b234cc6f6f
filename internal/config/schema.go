package config

import (
	"strconv"

	"gopkg.in/yaml.v3"
)

// root reads the whole document into c, which holds the defaults.
func (p *parser) root(v value, c *Config) {
	p.mapping(v, map[string]func(value){
		"ownership": func(v value) {
			p.mapping(v, map[string]func(value){"namespace_label": p.text(&c.Ownership.NamespaceLabel, labelKey)})
		},
		"system_namespaces": func(v value) {
			// Nothing could mean the default as well as an empty list, and the two are opposites.
			if isNull(v.node) {
				p.fail(v, "is empty", "write [] for none, or remove the key for the default")
				return
			}
			p.texts(&c.SystemNamespaces, glob)(v)
		},
		"checks":     func(v value) { p.checks(v, &c.Checks) },
		"findings":   func(v value) { p.findings(v, &c.Findings) },
		"exemptions": func(v value) { c.Exemptions = p.exemptions(v) },
		"network":    func(v value) { p.network(v, &c.Network) },
		"rbac": func(v value) {
			p.mapping(v, map[string]func(value){
				"review":  func(v value) { p.review(v, &c.RBAC.Review) },
				"who_can": func(v value) { c.RBAC.WhoCan = p.whoCan(v) },
			})
		},
	})
}

func (p *parser) network(v value, n *Network) {
	p.mapping(v, map[string]func(value){
		"enforcer": p.text(&n.Enforcer, enforcerName),
		"enforcer_namespaces": func(v value) {
			if isNull(v.node) {
				p.fail(v, "is empty", "write [] for none, or remove the key for the default")
				return
			}
			p.texts(&n.EnforcerNamespaces, namespaceName)(v)
		},
	})
}

func (p *parser) checks(v value, c *Checks) {
	p.mapping(v, map[string]func(value){
		"disabled": p.texts(&c.Disabled, p.checkOrValue),
		"severity": func(v value) {
			c.Severity = map[string]string{}
			p.entries(v, func(id string, at value) {
				if problem, fix := p.checkID(id); problem != "" {
					p.fail(at, problem, fix)
					return
				}
				var severity string
				p.text(&severity, p.severity)(at)
				c.Severity[id] = severity
			})
		},
	})
}

func (p *parser) findings(v value, f *Findings) {
	p.mapping(v, map[string]func(value){
		"limit":        p.count(&f.Limit),
		"min_severity": p.text(&f.MinSeverity, p.severity),
	})
}

func (p *parser) review(v value, r *Review) {
	p.mapping(v, map[string]func(value){
		"annotation": p.text(&r.Annotation, annotationKey),
		"period":     p.period(&r.Period),
	})
}

// count returns a reader of a whole number from 0 on.
func (p *parser) count(dst *int) func(value) {
	const fix = "write a whole number such as 20000 without quotes, or 0 for none"
	return func(v value) {
		text, ok := p.scalar(v, fix)
		if !ok {
			return
		}
		var n int
		switch {
		case v.node.ShortTag() == "!!str":
			p.fail(v, is(v.node)+", must be a number", fix)
		case v.node.ShortTag() != "!!int" || v.node.Decode(&n) != nil:
			p.fail(v, quote(text)+" is no whole number", fix)
		case n < 0:
			p.fail(v, strconv.Itoa(n)+" is negative", fix)
		default:
			*dst = n
		}
	}
}

// require reports the keys of a mapping that are not there.
func (p *parser) require(v value, seen map[string]bool, key, fix string) {
	if !seen[key] && v.node.Kind == yaml.MappingNode {
		p.fail(value{path: join(v.path, key), line: v.line}, "is required", fix)
	}
}
