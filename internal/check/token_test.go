package check

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// tokenVolume gives the pod a projected volume with a token for each audience, between the things that admission puts next to it.
func tokenVolume(name string, audiences ...string) edit {
	sources := []corev1.VolumeProjection{{ConfigMap: &corev1.ConfigMapProjection{
		LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"},
	}}}
	for i, audience := range audiences {
		sources = append(sources, corev1.VolumeProjection{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
			Audience: audience, Path: fmt.Sprintf("token-%d", i),
		}})
	}
	return volume(name, corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: sources}})
}

func volume(name string, source corev1.VolumeSource) edit {
	return func(pod *corev1.Pod) {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: source})
	}
}

// mounting mounts the volume in the container.
func mounting(container, volume string) edit {
	return in(container, func(c *corev1.Container) {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: volume, MountPath: tokenPath})
	})
}

const (
	tokenPath  = "/var/run/secrets/kubernetes.io/serviceaccount"
	automount  = "kube-api-access-x7x9q"
	apiService = "https://kubernetes.default.svc"
)

// automounted is what the ServiceAccount admission makes of the container.
func automounted(container string) edit {
	return func(pod *corev1.Pod) {
		tokenVolume(automount, "")(pod)
		mounting(container, automount)(pod)
	}
}

func TestIsAPIAudience(t *testing.T) {
	for audience, want := range map[string]bool{
		"":                            true,
		apiService:                    true,
		apiService + ".cluster.local": true,
		apiService + ".corp.example":  true,
		"https://kubernetes.default":  true,
		"k3s":                         true,
		"rke2":                        true,
		"vault":                       false,
		"istio-ca":                    false,
		"sts.amazonaws.com":           false,
		"api":                         false,
		"kubernetes":                  false,
		"https://kubernetes.default.svcs.example":      false,
		"https://kubernetes.default.service":           false,
		apiService + ".cluster.local/other":            false,
		"https://vault.default.svc.cluster.local":      false,
		"http://kubernetes.default.svc.cluster.local":  false,
		" https://kubernetes.default.svc":              false,
		"HTTPS://kubernetes.default.svc.cluster.local": false,
	} {
		if got := isAPIAudience(audience); got != want {
			t.Errorf("isAPIAudience(%q) = %t, want %t", audience, got, want)
		}
	}
}

func TestAPITokenContainer(t *testing.T) {
	for _, name := range []string{"setup", "proxy", "app", "debug"} {
		p := NewPod(podWith(automounted(name)), nil)
		c, carries := APIToken(&p)
		if !carries || c == nil || c.Name != name {
			t.Errorf("token in %s: APIToken = %v, %t", name, c, carries)
		}
	}
	p := NewPod(goodPod(), nil)
	if c, carries := APIToken(&p); carries || c != nil {
		t.Errorf("no token: APIToken = %v, %t", c, carries)
	}
}

// TestAPITokenManyVolumes: the list of names grows into a map, and every name stays in it.
func TestAPITokenManyVolumes(t *testing.T) {
	const most = 40
	for last := range most {
		pod := goodPod()
		for i := range most {
			tokenVolume(fmt.Sprintf("token-%d", i), "")(pod)
		}
		mounting("app", fmt.Sprintf("token-%d", last))(pod)
		p := NewPod(pod, nil)
		if _, carries := APIToken(&p); !carries {
			t.Errorf("the token in volume %d of %d is not found", last, most)
		}
	}
}

func TestAPITokenAllocatesNothing(t *testing.T) {
	for name, pod := range map[string]*corev1.Pod{"token": podWith(automounted("app")), "none": goodPod()} {
		p := NewPod(pod, nil)
		if n := testing.AllocsPerRun(10, func() { APIToken(&p) }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

// TestAPITokenHostilePod: a walk over every mount for every volume would be ten billion comparisons, which takes a minute.
func TestAPITokenHostilePod(t *testing.T) {
	const containers, mounts, volumes = 10_000, 100, 10_000
	pod := goodPod()
	for i := range volumes {
		tokenVolume(fmt.Sprintf("volume-%05d", i), "")(pod)
	}
	list := make([]corev1.VolumeMount, mounts)
	for i := range list {
		list[i] = corev1.VolumeMount{Name: fmt.Sprintf("nobody-%05d", i)}
	}
	for i := range containers {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: fmt.Sprint(i), VolumeMounts: list})
	}
	p := NewPod(pod, nil)
	begin := time.Now()
	if c, carries := APIToken(&p); carries {
		t.Errorf("found a token in %s that nothing mounts", c.Name)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %s: it is not linear in the size of the pod", took)
	}
}

func TestServiceAccountName(t *testing.T) {
	mirror := func(pod *corev1.Pod) { pod.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"} }
	account := func(name, alias string) edit {
		return func(pod *corev1.Pod) {
			pod.Spec.ServiceAccountName = name
			pod.Spec.DeprecatedServiceAccount = alias
		}
	}
	for _, c := range []struct {
		name string
		pod  *corev1.Pod
		want string
	}{
		{"named", podWith(account("app", "app")), "app"},
		{"serviceAccountName empty", podWith(account("", "")), "default"},
		{"deprecated alias only", podWith(account("", "old")), "old"},
		{"the field wins over its alias", podWith(account("app", "old")), "app"},
		{"mirror pod", podWith(account("", ""), mirror), ""},
	} {
		p := NewPod(c.pod, nil)
		if got := p.ServiceAccount(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// flagged is a pod of which nothing else is known.
func flagged(flags model.PodFlags) *model.Pod {
	return model.NewPod(model.Meta{}, 0, model.Sym{}, &model.Replica{Flags: flags})
}

func TestCarriesToken(t *testing.T) {
	for flags, want := range map[model.PodFlags]Answer{
		model.Judged: No, model.Judged | model.CarriesToken: Yes, model.TokenUnknown: Unknown, model.BrokenPod: Unknown,
		model.TokenUnknown | model.CarriesToken: Unknown,
	} {
		if got := carriesToken(flagged(flags)); got != want {
			t.Errorf("flags %b: %d, want %d", flags, got, want)
		}
	}
}
