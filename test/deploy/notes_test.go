package deploy_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
)

// deployment is the only container of the only Deployment.
func deployment(t *testing.T, objects []runtime.Object) corev1.Container {
	t.Helper()
	containers := find[*appsv1.Deployment](t, objects).Spec.Template.Spec.Containers
	if len(containers) != 1 {
		t.Fatalf("there are %d containers, want 1", len(containers))
	}
	return containers[0]
}

// notes are what Helm shows after the installation.
func notes(t *testing.T, r release, given string) string {
	t.Helper()
	files, err := r.render(t, parse(t, given))
	noError(t, err)
	for path, text := range files {
		if strings.HasSuffix(path, "NOTES.txt") {
			return text
		}
	}
	t.Fatal("the chart has no notes")
	return ""
}

// TestNotesSayWhatToLookAtNext: what is missing is named, what is there is not.
func TestNotesSayWhatToLookAtNext(t *testing.T) {
	withCilium := release{name: name, namespace: namespace, apis: []string{"cilium.io/v2"}}
	for _, test := range []struct {
		says  string
		r     release
		given string
		there bool
	}{
		{"serviceMonitor.enabled=true", standard, "", true},
		{"serviceMonitor.enabled=true", standard, "serviceMonitor: {enabled: true}", false},
		{"honor_labels: true", standard, "", true},
		{"rules.enabled=true", standard, "", true},
		{"rules.enabled=true", standard, "rules: {enabled: true}", false},
		{"dashboards.enabled=true", standard, "dashboards: {enabled: true}", false},
		{"rbac.optional.cilium=true", withCilium, "", true},
		{"rbac.optional.cilium=true", standard, "", false},
		{"rbac.optional.cilium=true", withCilium, "rbac: {optional: {cilium: true}}", false},
		{"No network policy holds it", standard, "", false},
		{"No network policy holds it", standard, "networkPolicy: {enabled: false}", true},
		{"nobody, so nothing can scrape it", standard, "networkPolicy: {ingress: {peers: []}}", true},
		{`"app.kubernetes.io/name":"prometheus"`, standard, "", true},
		{"Nobody may scrape it yet", standard, "authorization: {mode: kubernetes}", true},
		{"Nobody may scrape it yet", standard, "authorization: {mode: kubernetes, readers: [{kind: Group, name: sre}]}", false},
		{"Bearer tokens reach it in clear", standard, "authorization: {mode: kubernetes}", true},
		{"Bearer tokens reach it in clear", standard, "authorization: {mode: kubernetes}\nweb: {config: {secretName: tls, https: true}}", false},
		{"no alert reports new findings", standard, "metrics: {detail: low}\nrules: {enabled: true}", true},
		{"docs/permissions.md", standard, "rbac: {create: false}", true},
		{"https://localhost:9911/", standard, "web: {config: {secretName: tls, https: true}}", true},
		{"ends on 2027-12-31", standard, "", true},
		{"ends on", standard, "selfExemption: {enabled: false}", false},
	} {
		if text := notes(t, test.r, test.given); strings.Contains(text, test.says) != test.there {
			t.Errorf("with %q: says %q: %t, want %t:\n%s", test.given, test.says, !test.there, test.there, text)
		}
	}
}

// TestNamesStayNames: whatever a release is called, every name and every label is one that the API takes, and the selectors fit their pods.
func TestNamesStayNames(t *testing.T) {
	long := strings.Repeat("a-long-name-", 5)[:53] // Helm allows no more
	for _, r := range []release{standard, {name: "posture", namespace: "x"}, {name: long, namespace: "x"}, {name: "my-kube-posture-exporter", namespace: "x"}} {
		for _, given := range []string{everything, everything + "fullnameOverride: thirty-letters-are-the-longest\nnameOverride: kube-posture-exporter-for-us\n"} {
			objects := decode(t, r.manifest(t, parse(t, given)))
			for _, o := range objects {
				m := must[metav1.Object](t)(meta.Accessor(o))
				if problems := validation.IsDNS1123Label(m.GetName()); len(problems) > 0 {
					t.Errorf("%s: %q", identify(t, o), problems)
				}
				for key, value := range m.GetLabels() {
					if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
						t.Errorf("%s: label %s: %q", identify(t, o), key, problems)
					}
				}
			}
			d, service := find[*appsv1.Deployment](t, objects), find[*corev1.Service](t, objects)
			for key, value := range service.Spec.Selector {
				if d.Spec.Template.Labels[key] != value {
					t.Errorf("release %s: the Service selects %s=%s, which the pods do not have", r.name, key, value)
				}
			}
		}
	}
}

// TestConfigurationReachesTheRunningPod: the ConfigMap is mounted as a folder, because a single file would never change, and nothing restarts
// the pods when it does, because they read it again by themselves.
func TestConfigurationReachesTheRunningPod(t *testing.T) {
	before := find[*appsv1.Deployment](t, decode(t, standard.manifest(t, parse(t, ""))))
	after := find[*appsv1.Deployment](t, decode(t, standard.manifest(t, parse(t, "config: {findings: {limit: 1}}"))))
	if len(before.Spec.Template.Annotations) > 0 || len(after.Spec.Template.Annotations) > 0 {
		t.Errorf("annotations that restart the pods: %v, %v", before.Spec.Template.Annotations, after.Spec.Template.Annotations)
	}
	for _, m := range before.Spec.Template.Spec.Containers[0].VolumeMounts {
		if m.SubPath != "" || !m.ReadOnly {
			t.Errorf("%s: subPath %q, readOnly %t", m.Name, m.SubPath, m.ReadOnly)
		}
	}
}
