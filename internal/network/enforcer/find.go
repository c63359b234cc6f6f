package enforcer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// finding is a network that was found, and whether it enforces.
type finding struct {
	name   string
	answer check.Answer
	// evidence says where it was found, and why says what settles the answer.
	evidence, why string
	// impostor says that it only looks like the network: it counts for nothing.
	impostor bool
}

// find looks for the table's DaemonSets in one. Each of its containers belongs to one network.
//
// What it finds is a name, which any author of a DaemonSet can choose. It is believed in a trusted
// namespace, and says that a network enforces only with the image and the privileges that this
// takes. In another namespace it makes the answer unknown if it has them, and is nothing but a note
// if not.
func find(d *DaemonSet, trusted bool) (out []finding) {
	if d.Idle {
		return nil
	}
	free := make([]*Container, 0, len(d.Containers))
	for i := range d.Containers {
		free = append(free, &d.Containers[i])
	}
	for i := range networks {
		n := &networks[i]
		var mine []*Container
		if mine, free = n.take(d, free); mine == nil {
			continue
		}
		f := finding{name: n.Name, answer: n.answer, evidence: fmt.Sprintf("DaemonSet %s/%s: container %s", d.Namespace, d.Name, mine[0].Name)}
		if n.image != nil {
			f.answer, f.why = n.image(mine[0])
		}
		if t := n.toggled(d); t != nil {
			f.answer, f.why = t.answer, t.String()
		}
		f.doubt(n.missing(d, mine), d, trusted)
		out = append(out, f)
	}
	return out
}

// doubt takes back what a finding says as far as it is not to be believed. missing is what the
// DaemonSet lacks of the network's fingerprint.
func (f *finding) doubt(missing string, d *DaemonSet, trusted bool) {
	switch {
	case !trusted && missing != "":
		f.impostor, f.why = true, missing+", and the namespace "+d.Namespace+" is not in network.enforcer_namespaces"
	case !trusted:
		f.answer, f.why = check.Unknown, "the namespace "+d.Namespace+" is not in network.enforcer_namespaces"
	case f.answer == check.Yes && missing != "":
		f.answer, f.why = check.Unknown, missing
	}
}

// missing returns what the DaemonSet lacks of the network's fingerprint, empty when it has it all.
func (n *Network) missing(d *DaemonSet, mine []*Container) string {
	has := func(c *Container) bool {
		image, _, _ := strings.Cut(c.Image, "@")
		return len(n.images) == 0 || slices.ContainsFunc(n.images, func(part string) bool { return strings.Contains(image, part) })
	}
	switch {
	case !slices.ContainsFunc(mine, has):
		return "no container has an image of " + n.Name
	case !d.HostNetwork:
		return "its pods are not on the host network"
	case !slices.ContainsFunc(mine, func(c *Container) bool { return c.NetAdmin }):
		return "its containers may not change the network"
	}
	return ""
}

// take returns the network's own containers, in the order in which it asks for them, and the others; nil and all when it is not the
// network's DaemonSet.
func (n *Network) take(d *DaemonSet, free []*Container) (mine, rest []*Container) {
	if len(n.has) == 0 || n.daemonSet != "" && n.daemonSet != d.Name || n.namespace != "" && n.namespace != d.Namespace {
		return nil, free
	}
	for _, names := range n.has {
		i := slices.IndexFunc(free, func(c *Container) bool { return slices.Contains(names, c.Name) })
		if i < 0 {
			return nil, free
		}
		mine = append(mine, free[i])
	}
	for _, c := range free {
		if !slices.Contains(mine, c) {
			rest = append(rest, c)
		}
	}
	return mine, rest
}

// toggled returns the first of the network's switches that is set, nil when none is.
func (n *Network) toggled(d *DaemonSet) *toggle {
	for i := range n.switches {
		t := &n.switches[i]
		for k := range d.Containers {
			if c := &d.Containers[k]; slices.Contains(t.in, c.Name) && t.set(c) {
				return t
			}
		}
	}
	return nil
}

func (t *toggle) set(c *Container) bool {
	value, ok := c.Env[t.env]
	if t.flag != "" {
		value, ok = flag(c.Args, t.flag, t.isBool())
	}
	if !ok || !t.isBool() {
		return ok && value == t.value
	}
	got, err := strconv.ParseBool(value)
	return err == nil && strconv.FormatBool(got) == t.value
}

func (t *toggle) isBool() bool { return t.value == "true" || t.value == "false" }

func (t *toggle) String() string {
	if t.flag != "" {
		return "--" + t.flag + "=" + t.value
	}
	return t.env + "=" + t.value
}

// flag returns the last value of a flag among arguments, of which one may be a whole command line for a shell. A flag without a value is
// true if it is a switch; else its value is the next word.
func flag(args []string, name string, isBool bool) (value string, ok bool) {
	var words []string
	for _, arg := range args {
		words = append(words, strings.Fields(arg)...)
	}
	for i, word := range words {
		word = strings.Trim(word, `"'`)
		bare := strings.TrimLeft(word, "-")
		if len(bare) == len(word) {
			continue
		}
		key, v, has := strings.Cut(bare, "=")
		switch {
		case key != name:
			continue
		case !has && isBool:
			v = "true"
		case !has && i+1 < len(words):
			v = words[i+1]
		}
		value, ok = strings.Trim(v, `"'`), true
	}
	return value, ok
}

const (
	// kindnetEnforces is the day of the image of kind v0.24, kindnetDoesNot that of kind v0.23. What images between them do, nobody has said.
	kindnetEnforces, kindnetDoesNot = 20240813, 20240513
	// kindnetMinor is the first release of kindnet's own images, of version 1, that enforces.
	kindnetMinor = 3
)

// kindnet tells it by the tag: kind's images are called after the day they were made, kindnet's own after a release.
func kindnet(c *Container) (check.Answer, string) {
	image, _, _ := strings.Cut(c.Image, "@")
	path, tag, tagged := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	why := "image " + image
	if !tagged || path != "kindnetd" {
		return check.Unknown, why
	}
	version, _, _ := strings.Cut(strings.TrimPrefix(tag, "v"), "-")
	if day, err := strconv.Atoi(version); err == nil && len(version) == len("20240813") {
		switch {
		case day >= kindnetEnforces:
			return check.Yes, why
		case day <= kindnetDoesNot:
			return check.No, why
		}
		return check.Unknown, why
	}
	parts := strings.Split(version, ".")
	if len(parts) < 2 || parts[0] != "1" {
		return check.Unknown, why
	}
	minor, err := strconv.Atoi(parts[1])
	if err != nil {
		return check.Unknown, why
	}
	return check.Known(minor >= kindnetMinor), why
}
