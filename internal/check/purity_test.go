package check

import (
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// testPure judges a pod with every check of the set: nothing panics, the pod stays as it was, the same question gets the same answer,
// and explaining says the same as counting.
func testPure(t *testing.T, set *Set, pod *corev1.Pod) {
	t.Helper()
	onPanic := func(id string, recovered any) { t.Errorf("check %s panicked: %v", id, recovered) }
	before := pod.DeepCopy()
	p := NewPod(pod, nil)
	v, counts := set.Pod(&p, onPanic)
	again, countsAgain := set.Pod(&p, onPanic)
	if v != again || counts != countsAgain {
		t.Errorf("judging twice gave %+v %v, then %+v %v", v, counts, again, countsAgain)
	}
	v = onItsWord(set, &p, v)
	for i := range set.Entries() {
		e := &set.Entries()[i]
		var said uint64
		for _, violation := range e.Explain(pod) {
			said |= 1 << violation.Value
			if violation.Field == "" || violation.Message == "" {
				t.Errorf("check %s: violation %+v does not say what is wrong, or where", e.ID, violation)
			}
		}
		if counted := v.Fail & e.Bits() >> e.Slot; v.Skip&e.Bits() == 0 && said != counted {
			t.Errorf("check %s: counting says %b, explaining %b", e.ID, counted, said)
		}
	}
	// Not only semantically: a Quantity that is printed caches its text, which is a write to an object that others read.
	if !reflect.DeepEqual(before, pod) {
		t.Errorf("a check changed the pod")
	}
}

// fastChecks are the checks of the gaps root and resources that need the pod alone.
func fastChecks() []Check {
	var list []Check
	for _, c := range podChecks(Catalog()) {
		if c.Gap == Root || c.Gap == Resources {
			list = append(list, c)
		}
	}
	return list
}

// badPod fails every check of fastChecks.
func badPod() *corev1.Pod {
	pod := podWith(
		uid("app", 0), requirements(nil, nil, "setup", "proxy", "app"),
		podSecurity(func(s *corev1.PodSecurityContext) { *s = corev1.PodSecurityContext{} }),
		in("app", func(c *corev1.Container) {
			c.SecurityContext = &corev1.SecurityContext{
				Privileged:   new(true),
				Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"SYS_ADMIN"}},
			}
			c.Ports = []corev1.ContainerPort{{ContainerPort: 80}}
			c.EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{}}}
		}),
	)
	pod.Spec.HostNetwork, pod.Spec.HostPID, pod.Spec.HostIPC = true, true, true
	pod.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}}}
	return pod
}

func TestGoodPodPassesEverything(t *testing.T) {
	for _, c := range podChecks(Catalog()) {
		if fails, unknowns, skips := verdict(t, &c, goodPod()); len(fails)+len(unknowns)+len(skips) > 0 {
			t.Errorf("check %s says of the good pod: fails %q, unknown %q, skipped %q", c.ID, fails, unknowns, skips)
		}
	}
}

// Ingest judges every pod there is with these checks, so a single allocation is paid a hundred thousand times over.
func TestCountingAllocatesNothing(t *testing.T) {
	checks := fastChecks()
	set, err := NewSet(checks)
	if err != nil {
		t.Fatal(err)
	}
	for name, pod := range map[string]*corev1.Pod{"good": goodPod(), "bad": badPod()} {
		p := NewPod(pod, nil)
		var r Report
		for _, c := range checks {
			if n := testing.AllocsPerRun(100, func() { judgeOnce(&c, &p, &r) }); n != 0 {
				t.Errorf("%s pod: check %s allocates %v times, want 0", name, c.ID, n)
			}
		}
		onPanic := func(id string, recovered any) { t.Errorf("check %s panicked: %v", id, recovered) }
		// The one allocation is the report that all checks share.
		if n := testing.AllocsPerRun(100, func() { set.Pod(&p, onPanic) }); n > 1 {
			t.Errorf("%s pod: the %d checks together allocate %v times, want at most 1", name, len(checks), n)
		} else {
			t.Logf("%s pod: the %d checks together allocate %v times", name, len(checks), n)
		}
	}
}

func judgeOnce(c *Check, p *Pod, r *Report) {
	r.Reset()
	switch judge := c.Judge.(type) {
	case PodJudge:
		judge(p, r)
	case ContainerJudge:
		for i := range p.Containers {
			judge(p, &p.Containers[i], r)
		}
	}
}

func BenchmarkPodChecks(b *testing.B) {
	set, err := NewSet(fastChecks())
	if err != nil {
		b.Fatal(err)
	}
	for name, pod := range map[string]*corev1.Pod{"good": goodPod(), "bad": badPod()} {
		b.Run(name, func(b *testing.B) {
			p := NewPod(pod, nil)
			b.ReportAllocs()
			for b.Loop() {
				set.Pod(&p, func(id string, recovered any) { b.Errorf("check %s panicked: %v", id, recovered) })
			}
		})
	}
}
