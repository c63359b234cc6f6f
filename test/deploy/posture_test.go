package deploy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// around is the cluster in which our objects are: their namespace, and an enforcer of network
// policies.
const around = `
apiVersion: v1
kind: Namespace
metadata: {name: monitoring, labels: {kubernetes.io/metadata.name: monitoring}}
---
apiVersion: v1
kind: Node
metadata: {name: node-a}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: calico-node}}
  template:
    metadata: {labels: {k8s-app: calico-node}}
    spec: {hostNetwork: true, containers: [{name: calico-node, image: calico/node, securityContext: {privileged: true}}]}
`

// TestOwnChecks feeds our objects to our exporter: it must find nothing wrong with them but what is explained, and what is explained must be
// exempt by the configuration that is shipped.
func TestOwnChecks(t *testing.T) {
	// A pod that nothing isolates is what one gets who leaves the network policy out.
	unheld := []string{"pods_without_network_policy Deployment/" + name}
	for _, s := range shipped {
		explained := unheld
		if slices.Contains(s.components, "network-policy") {
			explained = nil
		}
		for tool, manifest := range map[string]string{"chart": standard.manifest(t, parse(t, s.values)), "kustomize": kustomized(t, namespace, s.components...)} {
			t.Run(s.name+"/"+tool, func(t *testing.T) {
				objects := decode(t, manifest)
				config := find[*corev1.ConfigMap](t, configs(objects)).Data["config.yaml"]
				folder := snapshotOf(t, objects)
				with := judged(t, folder, config)
				if diff := gocmp.Diff(explained, with.findings()); diff != "" {
					t.Errorf("findings about our objects (-explained +found):\n%s", diff)
				}
				if n, _ := with.value("exemption_matches", "exemption", name); n != float64(replicas(t, objects)) {
					t.Errorf("the exemption covers %v pods, want %d", n, replicas(t, objects))
				}
				without := judged(t, folder, "{}")
				wanted := append([]string{"pods_with_api_token Deployment/" + name}, explained...)
				if diff := gocmp.Diff(wanted, without.findings()); diff != "" {
					t.Errorf("without the exemption (-want +found):\n%s", diff)
				}
				for _, one := range with {
					if one.name == "check_resources" && one.labels["result"] == "unknown" && one.value > 0 {
						t.Errorf("%s: %v unknown", one.labels["check"], one.value)
					}
				}
			})
		}
	}
}

// configs are the ConfigMaps with the exporter's configuration.
func configs(objects []runtime.Object) (list []runtime.Object) {
	for _, o := range objects {
		if c, ok := o.(*corev1.ConfigMap); ok && c.Data["config.yaml"] != "" {
			list = append(list, c)
		}
	}
	return list
}

func replicas(t *testing.T, objects []runtime.Object) int {
	return int(*find[*appsv1.Deployment](t, objects).Spec.Replicas)
}

// snapshotOf writes the objects into a folder, with the pods that the Deployment makes.
func snapshotOf(t *testing.T, objects []runtime.Object) string {
	t.Helper()
	folder := t.TempDir()
	write := func(file, content string) {
		noError(t, os.WriteFile(filepath.Join(folder, file), []byte(content), 0o600))
	}
	write("around.yaml", around)
	for i, o := range objects {
		write(fmt.Sprintf("object-%d.yaml", i), string(must[[]byte](t)(yaml.Marshal(o))))
	}
	d := find[*appsv1.Deployment](t, objects)
	for i := range int(*d.Spec.Replicas) {
		write(fmt.Sprintf("pod-%d.yaml", i), string(must[[]byte](t)(yaml.Marshal(podOf(d, i)))))
	}
	return folder
}

// podOf is a pod as the Deployment's ReplicaSet makes it, and as admission leaves it: the account has the last word on nothing here.
func podOf(d *appsv1.Deployment, i int) *corev1.Pod {
	const hash = "5d4f6c7b8"
	p := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: *d.Spec.Template.ObjectMeta.DeepCopy(), Spec: *d.Spec.Template.Spec.DeepCopy(),
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	p.Name, p.Namespace = fmt.Sprintf("%s-%s-%05d", d.Name, hash, i), d.Namespace
	p.Labels["pod-template-hash"] = hash
	p.Spec.NodeName = "node-a"
	p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: d.Name + "-" + hash, UID: "1", Controller: new(true)}}
	return p
}

// judged is what the exporter says of a folder.
func judged(t *testing.T, folder, config string) samples {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	noError(t, os.WriteFile(file, []byte(config), 0o600))
	p := start(t, "--web.listen-address=127.0.0.1:0", "--snapshot="+folder, "--config.file="+file)
	s := p.ready(t)
	if list := p.errors(); len(list) > 0 {
		t.Errorf("the exporter says: %q", list)
	}
	return s
}

// findings are those about our objects, in alphabetical order. What is wrong with the namespace is its owner's to say.
func (s samples) findings() (list []string) {
	for _, one := range s {
		if one.name == "finding" && one.labels["kind"] != "Namespace" && one.labels["name"] != "calico-node" {
			list = append(list, one.labels["check"]+" "+one.labels["kind"]+"/"+one.labels["name"])
		}
	}
	slices.Sort(list)
	return list
}
