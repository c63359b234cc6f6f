package rbac

// The parts that the rows of the escalation list are made of.

func verbs(list ...string) []string { return list }

// writes are the verbs that change objects.
func writes() []string { return verbs("create", "update", "patch") }

// each is every one of the verbs on each of the resources.
func each(list []string, on ...Attributes) []Attributes {
	out := make([]Attributes, 0, len(list)*len(on))
	for _, a := range on {
		for _, v := range list {
			a.Verb = v
			out = append(out, a)
		}
	}
	return out
}

func core(resource string) Attributes { return Attributes{APIGroup: coreGroup, Resource: resource} }

func sub(resource, subresource string) Attributes {
	return Attributes{APIGroup: coreGroup, Resource: resource, Subresource: subresource}
}

func roles(resource string) Attributes { return Attributes{APIGroup: rbacGroup, Resource: resource} }

func mutating(resource string) Attributes {
	return Attributes{APIGroup: admissionGroup, Resource: resource}
}

// signer asks for a signer by name because rules for signers have resourceNames as a matter of
// course; a rule without them matches as well.
func signer(name string) Attributes {
	return Attributes{APIGroup: certificatesGroup, Resource: "signers", Name: "kubernetes.io/" + name}
}

// templates are the resources whose pod template decides, at any time, what their next pods run.
func templates() []Attributes {
	return []Attributes{
		{APIGroup: appsGroup, Resource: "deployments"}, {APIGroup: appsGroup, Resource: "daemonsets"},
		{APIGroup: appsGroup, Resource: "statefulsets"}, {APIGroup: appsGroup, Resource: "replicasets"},
		{APIGroup: coreGroup, Resource: "replicationcontrollers"}, {APIGroup: batchGroup, Resource: "cronjobs"},
	}
}
