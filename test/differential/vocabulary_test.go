package differential_test

import (
	rbacv1 "k8s.io/api/rbac/v1"
)

// The words of the random worlds. They are few, so that what is asked for and what is granted meet often.
var (
	namespaces = []string{"blue", "green", "default", "kube-system"}
	// askedNamespaces hold also one that does not exist, and every namespace at once.
	askedNamespaces = []string{"blue", "blue", "green", "default", "kube-system", "gone", "", ""}

	verbs = []string{
		"get", "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind", "escalate", "impersonate",
		"approve", "fly", "ge*", "GET", "*", "*", "*",
	}
	groups = []string{"", "", "", "apps", "apps", "batch", "rbac.authorization.k8s.io", "widgets.example.com", "*.example.com", "*", "*"}

	// ruleResources are the forms that a rule may have; every world has each of them.
	ruleResources = []string{
		"pods", "pods/exec", "pods/log", "pods/*", "*/exec", "*/scale", "*/status", "*/*", "*/", "pods/", "*", "exec", "scale", "secrets",
		"deployments", "deployments/scale", "nodes/proxy", "serviceaccounts/token", "widgets", "widgets/status", "configmaps", "Pods",
		"pods/exec/more", "p*", "*pods", "**", "zzz/*",
	}
	resources    = []string{"pods", "pods", "deployments", "secrets", "configmaps", "widgets", "nodes", "serviceaccounts", "exec", "scale", "zzz", "*"}
	subresources = []string{"", "", "", "", "exec", "scale", "status", "log", "proxy", "token", "*", "exec/more", "zzz"}

	names      = []string{"x", "y", "kubernetes.io/legacy", "*", ""}
	askedNames = []string{"", "", "", "x", "y", "z", "kubernetes.io/legacy", "*"}

	// ruleURLs are the forms that a rule may have; every world has each of them.
	ruleURLs = []string{
		"/metrics", "/metrics*", "/metrics/*", "*", "/*", "/api/*", "/apis/*/pods", "/healthz", "/m**", "/logs/", "metrics", "", "**", "/a*b*",
	}
	urls = []string{
		"/metrics", "/metrics/", "/metrics/cadvisor", "/metricsandmore", "/m", "/m*", "/healthz", "/healthz/ping", "/api", "/api/", "/api/v1",
		"/apis/apps/pods", "/apis/*/pods", "/logs", "/logs/", "/logs/x", "/", "metrics", "*", "/a", "/axb", "/a*b", "/a*bc", "/zzz",
	}

	star = []string{"*"}
	// everything is a rule that allows every verb on every resource.
	everything = rbacv1.PolicyRule{Verbs: []string{"get", "*"}, APIGroups: star, Resources: []string{"x", "*"}}
	// nearlyEverything are lists of rules that look as if they did; every world has one of them.
	nearlyEverything = [][]rbacv1.PolicyRule{
		{{Verbs: star, APIGroups: star, Resources: star, ResourceNames: []string{"x"}}},
		{{Verbs: star, APIGroups: star, Resources: star, ResourceNames: star}},
		{{Verbs: star, APIGroups: star, Resources: []string{"*/*"}}},
		{{Verbs: star, APIGroups: []string{"", "apps", "*.example.com"}, Resources: star}},
		{{Verbs: []string{"get", "list", "create", "ge*"}, APIGroups: star, Resources: star}},
		{{Verbs: star, APIGroups: []string{""}, Resources: star}, {Verbs: []string{"get"}, APIGroups: star, Resources: star}},
		{{Verbs: star, NonResourceURLs: star}},
	}

	// ruleSubjects are the spellings that a binding may have; hardly a world misses one. ServiceAccounts without a namespace are
	// given one in ClusterRoleBindings, where the API server refuses them.
	ruleSubjects = []rbacv1.Subject{
		{Kind: "User", Name: "alice"},
		{Kind: "User", Name: "alice", Namespace: "ignored"},
		{Kind: "User", Name: "Bob Smith@example.com"},
		{Kind: "User", Name: "devs"},
		{Kind: "User", Name: "system:masters"},
		{Kind: "User", Name: "system:anonymous"},
		{Kind: "User", Name: "system:kube-scheduler"},
		{Kind: "User", Name: "system:serviceaccount:blue:default"},
		{Kind: "User", Name: "system:serviceaccount:gone:ghost"},
		{Kind: "User", Name: "system:serviceaccount:blue:x:c"},
		{Kind: "User", Name: "system:serviceaccount:Big:c"},
		{Kind: "User", Name: "system:serviceaccount:blue"},
		{Kind: "User", Name: "system:serviceaccount::default"},
		{Kind: "User", Name: "system:serviceaccount:blue:"},
		{Kind: "ServiceAccount", Name: "default", Namespace: "blue"},
		{Kind: "ServiceAccount", Name: "default"},
		{Kind: "ServiceAccount", Name: "worker"},
		{Kind: "ServiceAccount", Name: "worker", Namespace: "green"},
		{Kind: "ServiceAccount", Name: "ghost", Namespace: "gone"},
		{Kind: "ServiceAccount", Name: "c", Namespace: "Big"},
		{Kind: "ServiceAccount", Name: "c", Namespace: "blue:x"},
		{Kind: "ServiceAccount", Name: "dotted.name", Namespace: "green"},
		{Kind: "Group", Name: "devs"},
		{Kind: "Group", Name: "alice"},
		{Kind: "Group", Name: "ops", Namespace: "ignored"},
		{Kind: "Group", Name: "system:serviceaccount:blue:default"},
		{Kind: "Group", Name: "system:serviceaccounts"},
		{Kind: "Group", Name: "system:serviceaccounts:blue"},
		{Kind: "Group", Name: "system:serviceaccounts:gone"},
		{Kind: "Group", Name: "system:serviceaccounts:"},
		{Kind: "Group", Name: "system:serviceaccounts:Big"},
		{Kind: "Group", Name: "system:authenticated"},
		{Kind: "Group", Name: "system:unauthenticated"},
		{Kind: "Group", Name: "system:masters"},
		{Kind: "Group", Name: "system:nodes"},
	}

	// nearlyEverybody are groups that are seldom given everything or nearly so: there is nothing left to ask in a world that does so.
	nearlyEverybody = []string{"system:authenticated", "system:unauthenticated", "system:serviceaccounts"}

	// strangers ask though no binding may name them.
	strangers = []rbacv1.Subject{
		{Kind: "User", Name: "nobody"},
		{Kind: "User", Name: "system:anonymous"},
		{Kind: "User", Name: "system:serviceaccount:blue:stranger"},
		{Kind: "ServiceAccount", Name: "stranger", Namespace: "green"},
		{Kind: "ServiceAccount", Name: "stranger", Namespace: "gone"},
		{Kind: "ServiceAccount", Name: "stranger", Namespace: "nowhere"},
		{Kind: "Group", Name: "strangers"},
		{Kind: "Group", Name: "system:serviceaccounts:green"},
		{Kind: "Group", Name: "system:serviceaccounts:nowhere"},
	}

	// extraGroups are those that somebody may be in besides the groups that Kubernetes adds.
	extraGroups = []string{"devs", "ops", "alice", "strangers", "system:serviceaccounts", "system:serviceaccounts:blue", "system:nodes"}

	// defaultRoles are ClusterRoles that the API server makes itself.
	defaultRoles = []string{"cluster-admin", "admin", "edit", "view", "system:basic-user", "system:node", "system:monitoring", "system:aggregate-to-edit"}

	// aggregateLabels make a ClusterRole part of a default one.
	aggregateLabels = []string{
		"rbac.authorization.k8s.io/aggregate-to-admin", "rbac.authorization.k8s.io/aggregate-to-edit", "rbac.authorization.k8s.io/aggregate-to-view",
	}
)
