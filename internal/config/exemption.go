package config

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// exemptions reads the list of exemptions.
func (p *parser) exemptions(v value) []Exemption {
	var out []Exemption
	names := map[string]string{}
	p.list(v, func(_ int, item value) { out = append(out, p.exemption(item, names)) })
	return out
}

// exemption reads one exemption; names maps the names that are taken to the path of their owner.
func (p *parser) exemption(v value, names map[string]string) Exemption {
	var e Exemption
	name := func(at value) {
		p.text(&e.Name, notBlank)(at)
		if e.Name == SystemNamespacesExemption {
			p.fail(at, quote(e.Name)+" is the name of the built-in exemption", "choose another")
		}
		p.unique(at, e.Name, v.path, names)
	}
	checks := func(at value) {
		if isNull(at.node) || at.node.Kind == yaml.SequenceNode && len(at.node.Content) == 0 {
			p.fail(at, "is empty", checksFix)
			return
		}
		p.texts(&e.Checks, p.checkOrAll)(at)
	}
	seen := p.mapping(v, map[string]func(value){
		"name":       name,
		"checks":     checks,
		"namespaces": p.texts(&e.Namespaces, glob),
		"kinds":      p.texts(&e.Kinds, p.kindGlob),
		"names":      p.texts(&e.Names, glob),
		"owner":      p.text(&e.Owner, notBlank),
		"reason":     p.text(&e.Reason, notBlank),
		"expires":    p.expiry(&e.Expires),
	})
	p.require(v, seen, "name", "give it a name that no other exemption has")
	p.require(v, seen, "checks", checksFix)
	p.require(v, seen, "owner", "name the team that answers for it")
	p.require(v, seen, "reason", "say why the checks may fail")
	p.require(v, seen, "expires", expiresFix)
	return e
}

const checksFix = `name at least one check, or write ["*"] for all`

// unique reports a name that an earlier item of the list has.
func (p *parser) unique(at value, name, owner string, names map[string]string) {
	if name == "" {
		return
	}
	if first, taken := names[name]; taken {
		p.fail(at, fmt.Sprintf("%s is the name of %s already", quote(name), first), "choose another")
		return
	}
	names[name] = owner
}
