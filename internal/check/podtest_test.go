package check

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// edit changes one thing about a pod.
type edit func(*corev1.Pod)

// podWith returns a good pod with changes.
func podWith(edits ...edit) *corev1.Pod {
	pod := goodPod()
	for _, e := range edits {
		e(pod)
	}
	return pod
}

// goodPod returns a running pod that passes every check there is on a pod alone, with one container of each kind: "setup" (init),
// "proxy" (sidecar), "app" (regular) and "debug" (ephemeral). Its values are shared with no other pod.
func goodPod() *corev1.Pod {
	always := corev1.ContainerRestartPolicyAlways
	setup, proxy, app, debug := goodContainer("setup"), goodContainer("proxy"), goodContainer("app"), goodContainer("debug")
	proxy.RestartPolicy = &always
	// The API allows ephemeral containers no resources.
	debug.Resources = corev1.ResourceRequirements{}
	return &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: "good", Namespace: "test"},
		Spec: corev1.PodSpec{
			ServiceAccountName:           "app",
			AutomountServiceAccountToken: new(false),
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   new(true),
				RunAsUser:      new(int64(10001)),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			InitContainers:      []corev1.Container{setup, proxy},
			Containers:          []corev1.Container{app},
			EphemeralContainers: []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon(debug)}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
}

func goodContainer(name string) corev1.Container {
	return corev1.Container{
		Name:      name,
		Image:     "images.example/" + name + ":1.0",
		Resources: corev1.ResourceRequirements{Requests: amounts("100m", "64Mi"), Limits: amounts("1", "128Mi")},
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false),
			ReadOnlyRootFilesystem:   new(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
}

// amounts returns a resource list; an empty amount is left out.
func amounts(cpu, memory string) corev1.ResourceList {
	list := corev1.ResourceList{}
	if cpu != "" {
		list[corev1.ResourceCPU] = resource.MustParse(cpu)
	}
	if memory != "" {
		list[corev1.ResourceMemory] = resource.MustParse(memory)
	}
	return list
}

// container finds a container of any kind by its name, nil when there is none.
func container(pod *corev1.Pod, name string) *corev1.Container {
	p := NewPod(pod, nil)
	for i := range p.Containers {
		if p.Containers[i].Name == name {
			return p.Containers[i].Container
		}
	}
	return nil
}

// in changes the container with the given name.
func in(name string, change func(*corev1.Container)) edit {
	return func(pod *corev1.Pod) { change(container(pod, name)) }
}

// security changes the security context of the container with the given name.
func security(name string, change func(*corev1.SecurityContext)) edit {
	return in(name, func(c *corev1.Container) { change(c.SecurityContext) })
}

// podSecurity changes the security context of the pod.
func podSecurity(change func(*corev1.PodSecurityContext)) edit {
	return func(pod *corev1.Pod) { change(pod.Spec.SecurityContext) }
}

// inUserNamespace gives the pod a user namespace of its own.
func inUserNamespace(pod *corev1.Pod) { pod.Spec.HostUsers = new(false) }

// onWindows makes it a Windows pod, without everything that the API refuses for one.
func onWindows(pod *corev1.Pod) {
	pod.Spec.OS = &corev1.PodOS{Name: corev1.Windows}
	pod.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: new(true)}
	p := NewPod(pod, nil)
	for i := range p.Containers {
		p.Containers[i].SecurityContext = nil
	}
}

// uid says in the status that the first process of the container (a regular one, or else an init one) has the given UID.
func uid(name string, uid int64) edit {
	return func(pod *corev1.Pod) {
		status := corev1.ContainerStatus{Name: name, User: &corev1.ContainerUser{Linux: &corev1.LinuxContainerUser{UID: uid}}}
		list := &pod.Status.InitContainerStatuses
		if slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == name }) {
			list = &pod.Status.ContainerStatuses
		}
		*list = append(*list, status)
	}
}

// verdict runs one check that needs the pod alone and returns the combinations of label values that fail, are unknown and do not
// apply: the values joined by commas, or the check's ID when it has no extra label. For a container check they are those of any
// container. It fails the test when the check panics.
func verdict(t *testing.T, check *Check, pod *corev1.Pod) (fails, unknowns, skips []string) {
	t.Helper()
	set, err := NewSet([]Check{*check})
	if err != nil {
		t.Fatal(err)
	}
	p := NewPod(pod, nil)
	v, _ := set.Pod(&p, func(id string, recovered any) { t.Errorf("check %s panicked: %v", id, recovered) })
	v = onItsWord(set, &p, v)
	return combinations(check, v.Fail), combinations(check, v.Unknown), combinations(check, v.Skip)
}

// onItsWord is what is true of the pod while no node says where it runs.
func onItsWord(set *Set, p *Pod, v model.Verdicts) model.Verdicts {
	if p.ClaimsWindows() {
		v.Fail &^= set.LinuxOnly()
	}
	return v
}

// combinations names the combinations of label values whose bits are set.
func combinations(check *Check, bits uint64) []string {
	var names []string
	for i := range check.Values() {
		switch name := strings.Join(check.LabelValues(i), ","); {
		case bits&(1<<i) == 0:
		case name == "":
			names = append(names, check.ID)
		default:
			names = append(names, name)
		}
	}
	return names
}

// podCase is a pod and what a check that needs the pod alone must say about it. Nothing expected means that it passes.
type podCase struct {
	name string
	pod  *corev1.Pod
	// fails are combinations as verdict names them.
	fails []string
	// fields are the paths that Explain gives, in its order; nil when the case does not look.
	fields []string
}

// testPods runs a check over the cases, and over a good pod first.
func testPods(t *testing.T, check *Check, cases []podCase) {
	t.Helper()
	for _, c := range append([]podCase{{name: "good pod", pod: goodPod()}}, cases...) {
		t.Run(c.name, func(t *testing.T) {
			fails, unknowns, skips := verdict(t, check, c.pod)
			if diff := cmp.Diff(c.fails, fails); diff != "" {
				t.Errorf("failing (-want +got):\n%s", diff)
			}
			if len(unknowns)+len(skips) != 0 {
				t.Errorf("unknown %q, skipped %q, want neither", unknowns, skips)
			}
			fields := explained(check, c.pod)
			if c.fields != nil || c.fails == nil {
				if diff := cmp.Diff(c.fields, fields); diff != "" {
					t.Errorf("explained fields (-want +got):\n%s", diff)
				}
			}
			if (len(fields) > 0) != (len(fails) > 0) {
				t.Errorf("fails %q, but is explained by %q", fails, fields)
			}
		})
	}
}

// explained returns the paths of the fields that make the pod fail.
func explained(check *Check, pod *corev1.Pod) []string {
	var fields []string
	for _, v := range (&Entry{Check: check}).Explain(pod) {
		fields = append(fields, v.Field)
	}
	return fields
}

// everyKind returns a case for each of the four kinds of containers: a good pod in which the change to that container alone makes the
// check fail, at the given path below the container.
func everyKind(check *Check, field string, change func(*corev1.Container)) []podCase {
	paths := map[string]string{
		"setup": "spec.initContainers[0].", "proxy": "spec.initContainers[1].",
		"app": "spec.containers[0].", "debug": "spec.ephemeralContainers[0].",
	}
	var cases []podCase
	for _, name := range []string{"setup", "proxy", "app", "debug"} {
		cases = append(cases, podCase{
			name: "only container " + name, pod: podWith(in(name, change)), fails: []string{check.ID}, fields: []string{paths[name] + field},
		})
	}
	return cases
}
