package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsWithSecretEnv(t *testing.T) {
	fails := []string{"pods_with_secret_env"}
	secret := corev1.LocalObjectReference{Name: "database"}
	fromKey := func(optional *bool) corev1.EnvVar {
		return corev1.EnvVar{Name: "PASSWORD", ValueFrom: &corev1.EnvVarSource{
			SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: secret, Key: "password", Optional: optional},
		}}
	}
	fromConfig := corev1.EnvVar{Name: "LEVEL", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{Key: "level"}}}
	fromField := corev1.EnvVar{Name: "NODE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "spec.nodeName"}}}
	fromSecret := corev1.EnvFromSource{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: secret}}
	set := func(env []corev1.EnvVar, from ...corev1.EnvFromSource) edit {
		return in("app", func(c *corev1.Container) { c.Env, c.EnvFrom = env, from })
	}
	cases := append(everyKind(&podsWithSecretEnv, "env[0].valueFrom.secretKeyRef", func(c *corev1.Container) {
		c.Env = []corev1.EnvVar{fromKey(nil)}
	}), everyKind(&podsWithSecretEnv, "envFrom[0].secretRef", func(c *corev1.Container) {
		c.EnvFrom = []corev1.EnvFromSource{fromSecret}
	})...)
	cases = append(cases, []podCase{
		{name: "optional reference", pod: podWith(set([]corev1.EnvVar{fromKey(new(true))})), fails: fails},
		{name: "the places of several", pod: podWith(set([]corev1.EnvVar{fromConfig, fromKey(nil)}, corev1.EnvFromSource{}, fromSecret)),
			fails:  fails,
			fields: []string{"spec.containers[0].env[1].valueFrom.secretKeyRef", "spec.containers[0].envFrom[1].secretRef"}},
		{name: "other sources", pod: podWith(set(
			[]corev1.EnvVar{{Name: "A", Value: "b"}, fromConfig, fromField},
			corev1.EnvFromSource{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}},
		))},
		{name: "a Secret mounted as files", pod: podWith(func(pod *corev1.Pod) {
			source := corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "database"}}
			pod.Spec.Volumes = []corev1.Volume{{Name: "database", VolumeSource: source}}
		})},
		{name: "Windows pod", pod: podWith(onWindows, set([]corev1.EnvVar{fromKey(nil)})), fails: fails},
	}...)
	testPods(t, &podsWithSecretEnv, cases)
}
