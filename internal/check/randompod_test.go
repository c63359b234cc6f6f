package check

import (
	"encoding/json"
	"math/rand"
	"regexp"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"
)

// randomPods returns pods with anything in any field, and with what the checks look at in many of them. The same seed gives the same pods.
func randomPods(seed int64, n int) []*corev1.Pod {
	fill := randfill.NewWithSeed(seed).NilChance(0.4).NumElements(0, 3).Funcs(valueFillers()...).Funcs(objectFillers()...)
	pods := make([]*corev1.Pod, n)
	for i := range pods {
		pods[i] = &corev1.Pod{}
		fill.Fill(pods[i])
		matchStatuses(pods[i])
		if i%2 == 1 {
			pods[i] = almostGood(fill, pods[i])
		}
	}
	return pods
}

// valueFillers give the values that the checks tell apart, where a random string would never hit one.
func valueFillers() []any {
	return []any{
		func(q *resource.Quantity, c randfill.Continue) {
			*q = resource.MustParse(oneOf(c.Rand, "0", "0", "1", "100m", "64Mi", "-1", "12E"))
		},
		func(list *corev1.ResourceList, c randfill.Continue) {
			names := []corev1.ResourceName{"cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "example.com/gpu"}
			for range c.Rand.Intn(4) {
				if *list == nil {
					*list = corev1.ResourceList{}
				}
				var q resource.Quantity
				c.Fill(&q)
				(*list)[oneOf(c.Rand, names...)] = q
			}
		},
		func(name *corev1.Capability, c randfill.Continue) {
			*name = oneOf[corev1.Capability](c.Rand, "ALL", "ALL", "all", "NET_BIND_SERVICE", "NET_ADMIN", "CAP_SYS_ADMIN", "SYS_ADMIN", "CHOWN")
		},
		func(kind *corev1.SeccompProfileType, c randfill.Continue) {
			*kind = oneOf[corev1.SeccompProfileType](c.Rand, "RuntimeDefault", "RuntimeDefault", "Localhost", "Unconfined", "", "Other")
		},
		func(os *corev1.PodOS, c randfill.Continue) {
			os.Name = oneOf[corev1.OSName](c.Rand, "linux", "windows", "", "plan9")
		},
		func(policy *corev1.ContainerRestartPolicy, c randfill.Continue) {
			*policy = oneOf[corev1.ContainerRestartPolicy](c.Rand, "Always", "Never", "")
		},
		func(user *corev1.LinuxContainerUser, c randfill.Continue) {
			user.UID = oneOf[int64](c.Rand, 0, 1, 1000, -1)
		},
		func(at *metav1.Time, c randfill.Continue) { *at = metav1.Unix(c.Rand.Int63n(1<<32), 0) },
		func(v *intstr.IntOrString, c randfill.Continue) { *v = intstr.FromInt32(c.Rand.Int31()) },
		func(fields *metav1.FieldsV1, _ randfill.Continue) { fields.SetRawString("{}") },
	}
}

// objectFillers make objects that refer to each other, or that would otherwise hardly ever have the field that matters.
func objectFillers() []any {
	return []any{
		func(sc *corev1.PodSecurityContext, c randfill.Continue) {
			c.FillNoCustom(sc)
			sc.RunAsUser = oneOf(c.Rand, nil, new(int64(0)), new(int64(1000)))
		},
		func(sc *corev1.SecurityContext, c randfill.Continue) {
			c.FillNoCustom(sc)
			sc.RunAsUser = oneOf(c.Rand, nil, new(int64(0)), new(int64(1000)))
		},
		func(v *corev1.Volume, c randfill.Continue) {
			c.FillNoCustom(v)
			v.Name = oneOf(c.Rand, "a", "b", "c")
		},
		func(m *corev1.VolumeMount, c randfill.Continue) {
			c.FillNoCustom(m)
			m.Name = oneOf(c.Rand, "a", "b", "c")
		},
		func(source *corev1.ServiceAccountTokenProjection, c randfill.Continue) {
			source.Audience = oneOf(c.Rand, "", "vault", "https://kubernetes.default.svc.cluster.local")
		},
		func(spec *corev1.PodSpec, c randfill.Continue) {
			c.FillNoCustom(spec)
			spec.ServiceAccountName = oneOf(c.Rand, "", "default", "app")
		},
	}
}

// almostGood returns a good pod with one part of a random one. Pods that are random throughout fail nearly everything at once.
func almostGood(fill *randfill.Filler, random *corev1.Pod) *corev1.Pod {
	var what uint8
	fill.Fill(&what)
	pod := goodPod()
	spec, from, app := &pod.Spec, &random.Spec, &pod.Spec.Containers[0]
	switch what % 9 {
	case 0:
		fill.Fill(&app.SecurityContext)
	case 1:
		spec.SecurityContext = from.SecurityContext
	case 2:
		fill.Fill(&spec.InitContainers[1].Resources)
	case 3:
		spec.Resources = from.Resources
	case 4:
		spec.Volumes = from.Volumes
		fill.Fill(&app.VolumeMounts)
	case 5:
		fill.Fill(&app.Env)
		fill.Fill(&app.EnvFrom)
	case 6:
		fill.Fill(&app.Ports)
		spec.HostNetwork, spec.HostPID, spec.HostIPC = from.HostNetwork, from.HostPID, from.HostIPC
	case 7:
		spec.OS, spec.HostUsers, spec.ServiceAccountName = from.OS, from.HostUsers, from.ServiceAccountName
	case 8:
		fill.Fill(&spec.EphemeralContainers[0].SecurityContext)
	}
	return pod
}

// matchStatuses names the statuses after the containers, as they are in a cluster; a random name would match none.
func matchStatuses(pod *corev1.Pod) {
	for i := range min(len(pod.Spec.Containers), len(pod.Status.ContainerStatuses)) {
		pod.Status.ContainerStatuses[i].Name = pod.Spec.Containers[i].Name
	}
	for i := range min(len(pod.Spec.InitContainers), len(pod.Status.InitContainerStatuses)) {
		pod.Status.InitContainerStatuses[i].Name = pod.Spec.InitContainers[i].Name
	}
}

func oneOf[T any](r *rand.Rand, values ...T) T { return values[r.Intn(len(values))] }

// A generator that never makes a pod of some verdict would make the tests that use it empty.
func TestRandomPodsFailAndPassEveryPodCheck(t *testing.T) {
	pods := randomPods(1, 2000)
	for _, c := range podChecks(Catalog()) {
		fails := 0
		for _, pod := range pods {
			if f, _, _ := verdict(t, &c, pod); len(f) > 0 {
				fails++
			}
		}
		if few := 20; fails < few || len(pods)-fails < few {
			t.Errorf("check %s: %d of %d random pods fail, want at least %d that do and that do not", c.ID, fails, len(pods), few)
		}
	}
}

// podChecks are those of the checks that judge a pod or its containers alone.
func podChecks(checks []Check) []Check {
	var list []Check
	for _, c := range checks {
		switch c.Judge.(type) {
		case PodJudge, ContainerJudge:
			list = append(list, c)
		}
	}
	return list
}

func TestPodChecksArePure(t *testing.T) {
	set, err := NewSet(podChecks(Catalog()))
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range randomPods(2, 1000) {
		testPure(t, set, pod)
	}
}

var longExponent = regexp.MustCompile(`[eE]-?[0-9]{4}`)

// FuzzPodChecks decodes anything and judges it.
func FuzzPodChecks(f *testing.F) {
	seeds := append(randomPods(3, 20), goodPod(), podWith(onWindows), podWith(uid("app", 0)), &corev1.Pod{})
	for _, pod := range seeds {
		text, err := json.Marshal(pod)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"spec":{"containers":[null,{}],"initContainers":[{"restartPolicy":""}],"volumes":[null],"os":{},"resources":{}}}`))
	f.Add([]byte(`{"spec":{"containers":[{"env":[null],"ports":[null],"resources":{"limits":{"cpu":"1e-99","memory":"-9e99"}}}]}}`))
	set, err := NewSet(podChecks(Catalog()))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		pod := &corev1.Pod{}
		// Decoding is not under test, and apimachinery takes minutes to round 1e-99999999.
		if longExponent.Match(text) || json.Unmarshal(text, pod) != nil {
			t.Skip("not a pod")
		}
		testPure(t, set, pod)
	})
}
