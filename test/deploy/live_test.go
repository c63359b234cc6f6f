package deploy_test

import (
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/docs"
)

// TestAdmitted sends everything that is shipped to a real API server, in a namespace that admits only restricted pods.
func TestAdmitted(t *testing.T) {
	c := startCluster(t)
	c.defineOperator(t)
	for _, s := range shipped {
		for tool, manifest := range map[string]string{"chart": standard.manifest(t, parse(t, s.values)), "kustomize": kustomized(t, namespace, s.components...)} {
			t.Run(s.name+"/"+tool, func(t *testing.T) {
				objects := decode(t, manifest)
				for _, o := range objects {
					if err := c.create(t, o, true); err != nil {
						t.Errorf("%s: %v", identify(t, o), err)
					}
				}
				// Of a workload, Pod Security only warns.
				pod := podOf(find[*appsv1.Deployment](t, objects), 0)
				pod.Spec.ServiceAccountName, pod.Status = "default", corev1.PodStatus{}
				if err := c.create(t, pod, true); err != nil {
					t.Errorf("its pod: %v", err)
				}
			})
		}
	}
}

// install puts what the chart makes of the values into the cluster, for good, and returns it.
func (c *cluster) install(t *testing.T, text string) []runtime.Object {
	t.Helper()
	objects := decode(t, standard.manifest(t, parse(t, text)))
	for _, o := range objects {
		noError(t, c.create(t, o, false))
	}
	return objects
}

// run starts the exporter as the Deployment would: its flags, its configuration, its account.
func (c *cluster) run(t *testing.T, objects []runtime.Object, account string) *process {
	t.Helper()
	args := argsOf(t, find[*appsv1.Deployment](t, objects), find[*corev1.ConfigMap](t, configs(objects)).Data["config.yaml"])
	return start(t, append(args, "--kubeconfig="+c.kubeconfig(t, account))...)
}

// TestRunsAsShipped installs the chart with its defaults: real controllers make the pods, real admission takes them, and the exporter has
// exactly the permissions of its account.
func TestRunsAsShipped(t *testing.T) {
	c := startCluster(t)
	c.populate(t)
	objects := c.install(t, "replicaCount: 2")
	for _, pod := range c.pods(t, 2) {
		for _, v := range pod.Spec.Volumes {
			if strings.HasPrefix(v.Name, "kube-api-access") {
				t.Errorf("admission has added the token %s beside ours", v.Name)
			}
		}
	}
	t.Run("kinds that everyone has", func(t *testing.T) {
		p := c.run(t, objects, name)
		s := p.ready(t)
		s.expectSynced(t, everybodyHas, 1)
		p.expectNoErrors(t, s)
		if list := s.findingsIn(namespace, name); len(list) > 0 {
			t.Errorf("it finds with itself: %q", list)
		}
		if n, _ := s.value("exemption_matches", "exemption", name); n != 2 {
			t.Errorf("the exemption covers %v pods, want 2", n)
		}
	})
	t.Run("engines that it may not list", func(t *testing.T) {
		c.defineEngines(t)
		s := c.run(t, objects, name).ready(t)
		s.expectSynced(t, everybodyHas, 1, ofEngines, 0)
		if n, _ := s.value("check_resources", "check", "pods_without_network_policy", "result", "unknown"); n == 0 {
			t.Error("policies that it may not see could isolate pods, and yet no pod is unknown")
		}
	})
	t.Run("engines that it may list", func(t *testing.T) {
		for _, o := range decode(t, standard.manifest(t, parse(t, everything))) {
			if strings.HasPrefix(identify(t, o), "ClusterRole") && !strings.HasSuffix(identify(t, o), "/"+name) {
				noError(t, c.create(t, o, false))
			}
		}
		p := c.run(t, objects, name)
		s := p.ready(t)
		s.expectSynced(t, everybodyHas, 1, ofEngines, 1)
		p.expectNoErrors(t, s)
		if n, _ := s.value("check_resources", "check", "pods_without_network_policy", "result", "unknown"); n != 0 {
			t.Errorf("%v pods are unknown although everything can be seen", n)
		}
	})
}

func everybodyHas(k *informers.Kind) bool { return !k.Optional }
func ofEngines(k *informers.Kind) bool    { return k.Optional }

// expectSynced compares which kinds are synced: pairs of which kinds and the value, of which the last counts. Others must not be mentioned.
func (s samples) expectSynced(t *testing.T, pairs ...any) {
	t.Helper()
	wanted, got := make(map[string]float64), make(map[string]float64)
	for _, k := range informers.Table() {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i].(func(*informers.Kind) bool)(&k) {
				wanted[k.String()] = float64(pairs[i+1].(int))
			}
		}
	}
	for _, one := range s {
		if one.name == "informer_synced" {
			got[one.labels["resource"]] = one.value
		}
	}
	if diff := gocmp.Diff(wanted, got); diff != "" {
		t.Errorf("informer_synced by resource (-want +got):\n%s", diff)
	}
}

func (p *process) expectNoErrors(t *testing.T, s samples) {
	t.Helper()
	for _, one := range s {
		if one.name == "watch_errors_total" && one.value > 0 {
			t.Errorf("watch errors: %v", one)
		}
	}
	if list := p.errors(); len(list) > 0 {
		t.Errorf("it logs: %q", list)
	}
}

// TestAuthorization: with the shipped roles the exporter may ask who scrapes it, and only the readers get the metrics.
func TestAuthorization(t *testing.T) {
	c := startCluster(t)
	objects := c.install(t, "authorization: {mode: kubernetes, readers: [{kind: ServiceAccount, name: prometheus, namespace: monitoring}]}")
	for _, account := range []string{"prometheus", "somebody"} {
		c.grant(t, account, nil)
	}
	p := c.run(t, objects, name)
	p.awaitReady(t)
	for account, want := range map[string]int{"": http.StatusUnauthorized, "somebody": http.StatusForbidden, "prometheus": http.StatusOK} {
		request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, p.address+"/metrics", nil))
		if account != "" {
			request.Header.Set("Authorization", "Bearer "+c.token(t, account))
		}
		response := must[*http.Response](t)(http.DefaultClient.Do(request))
		answer := must[[]byte](t)(io.ReadAll(response.Body))
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%q gets %d, want %d: %.200s", account, response.StatusCode, want, answer)
		}
	}
}

// findingsIn are those about an object of that name.
func (s samples) findingsIn(namespace, name string) (list []string) {
	for _, one := range s {
		if one.name == "finding" && one.labels["name"] == name && (one.labels["namespace"] == namespace || one.labels["namespace"] == "") {
			list = append(list, one.labels["check"])
		}
	}
	return list
}

// TestEveryRuleIsNeeded takes single resources out of the shipped ClusterRole: what docs/permissions.md says must be absent, and nothing else.
func TestEveryRuleIsNeeded(t *testing.T) {
	c := startCluster(t)
	c.populate(t)
	objects := c.install(t, "")
	c.pods(t, 1)
	role := find[*rbacv1.ClusterRole](t, objects)
	less := make(map[string]informers.Kind) // by account
	for _, k := range informers.Table() {
		if !k.Optional {
			account := "without-" + k.Plural()
			less[account] = k
			c.grant(t, account, without(t, role, &k))
		}
	}
	if n := resources(role); n != len(less) {
		t.Errorf("the role has %d resources, the table %d kinds", n, len(less))
	}
	all := c.run(t, objects, name).ready(t)
	set := must[*check.Set](t)(check.NewSet(check.Catalog()))
	absences := absences(t, set)
	for account, k := range less {
		t.Run(account, func(t *testing.T) {
			s := c.run(t, objects, account).ready(t)
			s.expectSynced(t, everybodyHas, 1, func(other *informers.Kind) bool { return other.Kind == k.Kind }, 0)
			wanted := make(map[string]bool)
			for _, e := range set.Entries() {
				if slices.Contains(e.Needs, k.Kind) {
					wanted["check "+e.ID] = true
					wanted["family namespace_check_resources"] = true // which sums over all checks, and says nothing while one is missing
				}
			}
			for _, family := range absences[k.String()] {
				if all.said()["family "+family] {
					wanted["family "+family] = true
				}
			}
			wanted["objects "+k.String()] = true
			lost := all.said()
			maps.DeleteFunc(lost, func(key string, _ bool) bool { return s.said()[key] })
			if diff := gocmp.Diff(wanted, lost); diff != "" {
				t.Errorf("what is absent (-documented +absent):\n%s", diff)
			}
		})
	}
}

// said are the checks that were judged, the families that have samples, and the kinds whose objects are counted.
func (s samples) said() map[string]bool {
	out := make(map[string]bool)
	for _, one := range s {
		switch one.name {
		case "check_resources":
			out["check "+one.labels["check"]] = true
		case "informer_objects":
			out["objects "+one.labels["resource"]] = true
		case "watch_errors_total":
		default:
			out["family "+one.name] = true
		}
	}
	return out
}

// absences are what docs/permissions.md says to be absent, by the kind that may not be listed.
func absences(t *testing.T, set *check.Set) map[string][]string {
	t.Helper()
	_, table, found := strings.Cut(string(docs.Permissions(set, informers.Table())), "## What is absent without a kind")
	if !found {
		t.Fatal("docs/permissions.md has another heading now")
	}
	out := make(map[string][]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\| (.*) \\|$").FindAllStringSubmatch(table, -1) {
		for _, word := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row[2], -1) {
			out[row[1]] = append(out[row[1]], word[1])
		}
	}
	return out
}
