package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestPodsWithAPIToken holds the cases that the field's tools get wrong: what automountServiceAccountToken says is no evidence, the
// volumes of the running pod are.
func TestPodsWithAPIToken(t *testing.T) {
	check := &podsWithAPIToken
	fails := []string{check.ID}
	app := []string{"spec.containers[0].volumeMounts"}
	says := func(b bool) edit { return func(pod *corev1.Pod) { pod.Spec.AutomountServiceAccountToken = &b } }
	saysNothing := func(pod *corev1.Pod) { pod.Spec.AutomountServiceAccountToken = nil }
	testPods(t, check, []podCase{
		{name: "pod unset and ServiceAccount unset: mounted", pod: podWith(saysNothing, automounted("app")), fails: fails, fields: app},
		{name: "pod false and ServiceAccount true: not mounted", pod: podWith(says(false))},
		{name: "pod true and ServiceAccount false: mounted", pod: podWith(says(true), automounted("app")), fails: fails, fields: app},
		{name: "ServiceAccount switched to false after the pod began: still mounted", pod: podWith(says(false), automounted("app")), fails: fails},
		{name: "automount false and an explicit token for the API", fails: fails, fields: app,
			pod: podWith(says(false), tokenVolume("mine", apiService), mounting("app", "mine"))},
		{name: "audience vault only", pod: podWith(tokenVolume("vault", "vault"), mounting("app", "vault"))},
		{name: "audiences vault and the API's in one volume", fails: fails, fields: app,
			pod: podWith(tokenVolume("both", "vault", ""), mounting("app", "both"))},
		{name: "emptyDir masks the token path", pod: podWith(saysNothing,
			volume("mask", corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}), mounting("app", "mask"))},
		{name: "emptyDir masks the token path in one container of two", fails: fails, fields: []string{"spec.initContainers[1].volumeMounts"},
			pod: podWith(volume("mask", corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}), mounting("app", "mask"), automounted("proxy"))},
		{name: "volume that no container mounts", pod: podWith(tokenVolume("spare", ""))},
		{name: "mount of a volume that does not exist", pod: podWith(mounting("app", "spare"))},
		{name: "another volume of the name's kind", pod: podWith(tokenVolume("spare", ""), tokenVolume("vault", "vault"), mounting("app", "vault"))},
		{name: "manifest that was never admitted", pod: podWith(saysNothing, func(pod *corev1.Pod) { pod.Status = corev1.PodStatus{} })},
		{name: "token in a Secret cannot be seen", pod: podWith(mounting("app", "secret"),
			volume("secret", corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "app-token-x7x9q"}}))},
		{name: "only container setup", pod: podWith(automounted("setup")), fails: fails, fields: []string{"spec.initContainers[0].volumeMounts"}},
		{name: "only container proxy", pod: podWith(automounted("proxy")), fails: fails, fields: []string{"spec.initContainers[1].volumeMounts"}},
		{name: "only container debug", pod: podWith(automounted("debug")), fails: fails, fields: []string{"spec.ephemeralContainers[0].volumeMounts"}},
	})
}
