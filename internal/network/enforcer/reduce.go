package enforcer

import (
	"encoding/json"
	"slices"
	"strings"
)

// Reduced returns no more of a DaemonSet than a verdict is told from, and false when that is nothing. Arguments and environment variables may
// hold secrets, so whoever keeps DaemonSets keeps them reduced. It shares nothing with the original.
func (d *DaemonSet) Reduced() (DaemonSet, bool) {
	if found := find(d, true); len(found) == 0 && !d.isAzureNetwork() {
		return DaemonSet{}, false
	}
	if d.Idle {
		return DaemonSet{}, false
	}
	out := DaemonSet{Namespace: strings.Clone(d.Namespace), Name: strings.Clone(d.Name), HostNetwork: d.HostNetwork}
	for i := range d.Containers {
		if c, ok := d.Containers[i].reduced(); ok {
			out.Containers = append(out.Containers, c)
		}
	}
	return out, true
}

// reduced returns what any row of the table asks of a container.
func (c *Container) reduced() (out Container, asked bool) {
	for i := range networks {
		n := &networks[i]
		for _, names := range n.has {
			if slices.Contains(names, c.Name) {
				asked = true
				if n.image != nil || len(n.images) > 0 {
					out.Image = strings.Clone(c.Image)
				}
			}
		}
		for _, t := range n.switches {
			if !slices.Contains(t.in, c.Name) {
				continue
			}
			asked = true
			if value, ok := c.Env[t.env]; ok {
				if out.Env == nil {
					out.Env = map[string]string{}
				}
				out.Env[t.env] = strings.Clone(value)
			}
			if value, ok := flag(c.Args, t.flag, t.isBool()); ok && t.flag != "" {
				out.Args = append(out.Args, "--"+t.flag+"="+value)
			}
		}
	}
	out.Name, out.NetAdmin = strings.Clone(c.Name), c.NetAdmin
	return out, asked
}

// Reduced returns no more of a node than a verdict is told from. Most nodes of a cluster are then alike but for their names. It shares
// nothing with the original.
func (n *Node) Reduced() Node {
	out := Node{Name: strings.Clone(n.Name)}
	for _, key := range [...]string{eksCompute, aksPolicy} {
		if value, ok := n.Labels[key]; ok {
			if out.Labels == nil {
				out.Labels = map[string]string{}
			}
			out.Labels[key] = strings.Clone(value)
		}
	}
	if !strings.Contains(n.KubeletVersion, k3sVersion) {
		return out
	}
	out.KubeletVersion = strings.Clone(n.KubeletVersion)
	if server, disabled := k3sArguments(n.Annotations[k3sArgs]); server {
		args := []string{k3sServer}
		if disabled {
			args = append(args, k3sDisable)
		}
		text, _ := json.Marshal(args)
		out.Annotations = map[string]string{k3sArgs: string(text)}
	}
	return out
}
