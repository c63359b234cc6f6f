package snapshot

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// carrying returns the containers of the pod ci/p that mount an API token.
func carrying(t *testing.T, s *Source) []string {
	t.Helper()
	p := list(t, s, podKind)["ci/p"].(*corev1.Pod)
	var names, volumes []string
	for _, v := range p.Spec.Volumes {
		if v.Projected != nil && v.Projected.Sources[0].ServiceAccountToken != nil {
			volumes = append(volumes, v.Name)
		}
	}
	if len(volumes) > 1 {
		t.Errorf("volumes with a token: %v", volumes)
	}
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		for _, m := range c.VolumeMounts {
			if slices.Contains(volumes, m.Name) && m.MountPath == tokenPath && m.ReadOnly {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

// openKinds opens a source of other kinds than testKinds.
func openKinds(t *testing.T, path string, kinds ...schema.GroupVersionKind) *Source {
	t.Helper()
	s, err := New(Options{Paths: []string{path}, Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBarePodMountsToken(t *testing.T) {
	account := func(name, says string) string {
		return "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: " + name + ", namespace: ci}\n" + says
	}
	const no, yes = "automountServiceAccountToken: false\n", "automountServiceAccountToken: true\n"
	const containers = "  initContainers: [{name: i, image: x}]\n  containers: [{name: c, image: x}]\n"
	for name, c := range map[string]struct {
		meta, spec, more string
		want             []string
		account          string
	}{
		"nothing says anything":        {"", "", "", []string{"i", "c"}, "default"},
		"its account is there":         {"", "  serviceAccountName: bot\n", account("bot", ""), []string{"i", "c"}, "bot"},
		"its account is not there":     {"", "  serviceAccountName: bot\n", account("default", no), []string{"i", "c"}, "bot"},
		"deprecated alias":             {"", "  serviceAccount: bot\n", account("bot", no), nil, "bot"},
		"the pod says no":              {"", "  " + no, account("default", yes), nil, "default"},
		"the account says no":          {"", "", account("default", no), nil, "default"},
		"the pod wins":                 {"", "  " + yes, account("default", no), []string{"i", "c"}, "default"},
		"the account is undecodable":   {"", "", account("default", "automountServiceAccountToken: maybe\n"), []string{"i", "c"}, "default"},
		"account of another namespace": {"", "", strings.ReplaceAll(account("default", no), "ci", "cd"), []string{"i", "c"}, "default"},
		"stored: uid":                  {"uid: u", "", "", nil, ""},
		"stored: resourceVersion":      {`resourceVersion: "7"`, "", "", nil, ""},
		"stored: time":                 {`creationTimestamp: "2026-01-02T03:04:05Z"`, "", "", nil, ""},
		"dry run of kubectl":           {"creationTimestamp: null", "", "", []string{"i", "c"}, "default"},
		"mirror pod":                   {"annotations: {kubernetes.io/config.mirror: abc}", "", "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			meta := "metadata: {name: p, namespace: ci"
			if c.meta != "" {
				meta += ", " + c.meta
			}
			dir := t.TempDir()
			write(t, dir, "a.yaml", "apiVersion: v1\nkind: Pod\n"+meta+"}\nspec:\n"+c.spec+containers+c.more+"---\n"+pod("z", "1"))
			s := openKinds(t, dir, podKind, serviceAccountGVK)
			same(t, "containers with a token", carrying(t, s), c.want)
			same(t, "account", list(t, s, podKind)["ci/p"].(*corev1.Pod).Spec.ServiceAccountName, c.account)
		})
	}
}

func TestRunningPodStaysAsItIs(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ci}\nspec:\n  containers: [{name: c, image: x}]\nstatus: {phase: Running}\n")
	same(t, "containers with a token", carrying(t, openKinds(t, dir, podKind)), nil)
}

// TestTokenIsNotMountedTwice: what is mounted at the token's path stays, and a
// volume that is called like the token's is taken for it, as by the API server.
func TestTokenIsNotMountedTwice(t *testing.T) {
	const head = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ci}\nspec:\n"
	const own = `[{name: own, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]`
	for name, c := range map[string]struct {
		spec string
		want []string
	}{
		"own mount in one":  {"  containers: [{name: a, image: x, volumeMounts: " + own + "}, {name: b, image: x}]\n  volumes: [{name: own, emptyDir: {}}]\n", []string{"b"}},
		"own mount in both": {"  containers: [{name: a, image: x, volumeMounts: " + own + "}]\n  volumes: [{name: own, emptyDir: {}}]\n", nil},
		"a volume by name":  {"  containers: [{name: a, image: x}]\n  volumes: [{name: kube-api-access-q, emptyDir: {}}]\n", nil},
		"a token by name":   {"  containers: [{name: a, image: x}]\n  volumes: [{name: kube-api-access-q, projected: {sources: [{serviceAccountToken: {path: token}}]}}]\n", []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "a.yaml", head+c.spec)
			same(t, "containers with a token", carrying(t, openKinds(t, dir, podKind)), c.want)
		})
	}
}

// TestTokenFollowsTheAccount: a pod is a new version when its ServiceAccount
// changes what it gets, and none when nothing changes.
func TestTokenFollowsTheAccount(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ci}\nspec:\n  containers: [{name: c, image: x}]\n")
	const account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: ci}\n"
	write(t, dir, "account.yaml", account)
	s := openKinds(t, dir, podKind, serviceAccountGVK)
	first := list(t, s, podKind)["ci/p"]
	reload(t, s)
	if again := list(t, s, podKind)["ci/p"]; again != first {
		t.Error("a pod that has not changed is a new object")
	}
	write(t, dir, "account.yaml", account+"automountServiceAccountToken: false\n")
	reload(t, s)
	same(t, "containers with a token", carrying(t, s), nil)
	if now := list(t, s, podKind)["ci/p"]; now.GetResourceVersion() == first.GetResourceVersion() || len(first.(*corev1.Pod).Spec.Volumes) != 1 {
		t.Error("the pod is no new version, or the old one was changed")
	}
	replace(t, dir, "account.yaml", account)
	reload(t, s)
	same(t, "containers with a token", carrying(t, s), []string{"c"})
}
