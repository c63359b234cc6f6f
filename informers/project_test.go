package informers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"
	componentresource "k8s.io/component-helpers/resource"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/informers/snapshot"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/test/world"
)

func every(*check.Check) bool { return true }

// kindOf is the row of the table that an object belongs to.
func kindOf(tb testing.TB, o runtime.Object) model.Kind {
	tb.Helper()
	if _, ok := o.(*metav1.PartialObjectMetadata); ok {
		return model.ReplicaSets
	}
	for _, k := range informers.Table() {
		if fmt.Sprintf("%T", k.Example) == fmt.Sprintf("%T", o) {
			return k.Kind
		}
	}
	tb.Fatalf("no kind for %T", o)
	return 0
}

// TestProjectionIsPure: an object in the cache is never changed, the verdicts are those of the full object, and what is projected
// stays as it is when the informer offers it again.
func TestProjectionIsPure(t *testing.T) {
	p := projector(t, every)
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	world.New(11, world.Size{Namespaces: 5, Pods: 100, Policies: 3, Bindings: 3, Nodes: 2}).Objects(func(o runtime.Object) {
		before := o.DeepCopyObject()
		transform := p.Transform(kindOf(t, o))
		once, err := transform(o)
		if err != nil || once == nil {
			t.Fatalf("%T: %v, %v", o, once, err)
		}
		if !equality.Semantic.DeepEqual(before, o) {
			t.Errorf("projecting changed %s", cmp.Diff(before, o))
		}
		if twice, err := transform(once); err != nil || twice != once {
			t.Errorf("projected twice: %v, %v, want the same %T", twice, err, once)
		}
		sameKey(t, o, once)
		if pod, ok := o.(*corev1.Pod); ok {
			seen := check.NewPod(pod, nil)
			verdicts, containers := set.Pod(&seen, func(id string, r any) { t.Errorf("%s: %v", id, r) })
			if got := once.(*model.Pod).Of(); got.Verdicts != verdicts || got.Containers != containers {
				t.Errorf("%s: projected verdicts %v %v, those of the full pod %v %v", pod.Name, got.Verdicts, got.Containers, verdicts, containers)
			}
		}
	})
}

// sameKey holds that a store finds the projected object where the object would be, and keeps no second copy of its name for that.
func sameKey(t *testing.T, obj, projected any) {
	t.Helper()
	want, err := cache.MetaNamespaceKeyFunc(obj)
	if err != nil {
		t.Fatal(err)
	}
	key, err := cache.MetaNamespaceKeyFunc(projected)
	if err != nil || key != want {
		t.Errorf("%T is stored as %q, %v, want %q", projected, key, err, want)
	}
	if m := projected.(interface{ Key() string }); m.Key() != want || unsafe.StringData(m.Key()) != unsafe.StringData(key) {
		t.Errorf("%T: the store's key %q is another text than the object's %q", projected, key, m.Key())
	}
}

// TestAnythingHasAnAnswer: a transform that fails, or answers with nothing, would blind a whole kind.
func TestAnythingHasAnAnswer(t *testing.T) {
	var told []string
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	p := informers.NewProjector(set, func(id string, _ any) { told = append(told, id) })
	for _, k := range informers.Table() {
		undecodable := &snapshot.Undecodable{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "x"}, Err: "broken"}
		for what, obj := range map[string]any{"undecodable": undecodable, "another type": &corev1.ConfigMap{ObjectMeta: undecodable.ObjectMeta}} {
			out, err := p.Transform(k.Kind)(obj)
			if err != nil || out == nil {
				t.Fatalf("%s %s: %v, %v", what, k, out, err)
			}
			sameKey(t, obj, out)
			if pod, ok := out.(*model.Pod); ok && (pod.Of().Verdicts.Unknown != 1<<64-1 || !pod.Is(model.Judged|model.BrokenPod)) {
				t.Errorf("%s pod: %+v, want everything unknown", what, pod)
			}
		}
		if out, err := p.Transform(k.Kind)(42); err != nil || out != 42 {
			t.Errorf("not even an object: %v, %v", out, err)
		}
	}
	if len(told) == 0 {
		t.Error("an unexpected type went by without a word")
	}
}

// TestHostilePod: nothing in a pod can stop it from being judged.
func TestHostilePod(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "hostile", Annotations: map[string]string{"a": strings.Repeat("x", 1<<20)}}}
	pod.Labels = map[string]string{"\x00a\x01b": "\x02", "a": "b\x00c\x01d"}
	pod.Status.Phase = "Sideways"
	for i := range 10_000 {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{
			Name: fmt.Sprint(i), ImagePullPolicy: "Whenever", TerminationMessagePolicy: "No",
			Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"memory": resource.MustParse("9E"), "cpu": resource.MustParse("-1")}},
			SecurityContext: &corev1.SecurityContext{
				SeccompProfile: &corev1.SeccompProfile{Type: "Odd"}, ProcMount: new(corev1.ProcMountType("Odd")),
				Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"", "NO_SUCH"}, Drop: []corev1.Capability{"all"}},
			},
		})
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: fmt.Sprint(9_999 - i)})
	}
	got := projector(t, every).Pod(pod).Of()
	if !got.Is(model.Judged | model.UnboundedCPU) {
		t.Errorf("flags %b", got.Flags)
	}
	if got.Limits[model.Memory] < 0 {
		t.Errorf("the sum of its limits is %d", got.Limits[model.Memory])
	}
	n := 0
	for _, count := range got.Containers[0] {
		n += int(count)
	}
	if n != 10_000 {
		t.Errorf("%d containers were judged", n)
	}
	if text := model.Labels(got.Labels); !cmp.Equal(map[string]string(text), pod.Labels) {
		t.Errorf("its labels became %q", text)
	}
}

// TestLimitsAgainstComponentHelpers compares the sum of limits with what the scheduler's own library says, where both mean the same.
func TestLimitsAgainstComponentHelpers(t *testing.T) {
	p := projector(t, every)
	compared := 0
	for _, pod := range podsOf(500) {
		got := p.Pod(pod).Of()
		if got.Unbounded(model.CPU) || got.Unbounded(model.Memory) {
			continue
		}
		want := componentresource.PodLimits(pod, componentresource.PodResourcesOptions{})
		if got.Limits != [model.ResourceCount]int64{want.Cpu().MilliValue(), want.Memory().Value()} {
			t.Errorf("%s: %v, the library says %v", pod.Name, got.Limits, want)
		}
		compared++
	}
	if compared < 50 {
		t.Errorf("only %d pods were bounded: the test says little", compared)
	}
}

// TestPolicyTypesDefault: files lack the default that the API server stores.
func TestPolicyTypesDefault(t *testing.T) {
	egress := []networkingv1.NetworkPolicyEgressRule{{}}
	for name, tc := range map[string]struct {
		spec networkingv1.NetworkPolicySpec
		want [model.DirectionCount]bool
	}{
		"none given":             {networkingv1.NetworkPolicySpec{}, [2]bool{true, false}},
		"none given, egress":     {networkingv1.NetworkPolicySpec{Egress: egress}, [2]bool{true, true}},
		"egress only":            {networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Egress"}}, [2]bool{false, true}},
		"ingress, egress rules":  {networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Ingress"}, Egress: egress}, [2]bool{true, false}},
		"both":                   {networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Egress", "Ingress"}}, [2]bool{true, true}},
		"a type nobody knows of": {networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Sideways"}}, [2]bool{}},
	} {
		out, err := projector(t, every).Transform(model.NetworkPolicies)(&networkingv1.NetworkPolicy{Spec: tc.spec})
		if err != nil {
			t.Fatal(err)
		}
		sides := out.(*network.Object).Policies[0].Sides
		if got := [model.DirectionCount]bool{sides[model.Ingress].Isolates, sides[model.Egress].Isolates}; got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// FuzzProject feeds whatever decodes as one of the kinds through its projection.
func FuzzProject(f *testing.F) {
	world.New(12, world.Size{Namespaces: 1, Pods: 2, Policies: 2, Bindings: 2, Nodes: 1}).Objects(func(o runtime.Object) {
		data, err := json.Marshal(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(kindOf(f, o)), data)
	})
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, row uint8, data []byte) {
		table := informers.Table()
		k := table[int(row)%len(table)]
		obj := k.Example.DeepCopyObject()
		if json.Unmarshal(data, obj) != nil {
			return
		}
		p := informers.NewProjector(set, func(id string, recovered any) { t.Errorf("%s panicked: %v", id, recovered) })
		before := obj.DeepCopyObject()
		out, err := p.Transform(k.Kind)(obj)
		if err != nil || out == nil {
			t.Fatalf("%v, %v", out, err)
		}
		if !equality.Semantic.DeepEqual(before, obj) {
			t.Errorf("projecting changed the object: %s", cmp.Diff(before, obj))
		}
	})
}
