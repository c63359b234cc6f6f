package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsUsingDefaultServiceAccount(t *testing.T) {
	check := &podsUsingDefaultServiceAccount
	fails, fields := []string{check.ID}, []string{"spec.serviceAccountName"}
	account := func(name, alias string) edit {
		return func(pod *corev1.Pod) {
			pod.Spec.ServiceAccountName = name
			pod.Spec.DeprecatedServiceAccount = alias
		}
	}
	testPods(t, check, []podCase{
		{name: "named default", pod: podWith(account("default", "default")), fails: fails, fields: fields},
		{name: "none named", pod: podWith(account("", "")), fails: fails, fields: fields},
		{name: "deprecated alias names default", pod: podWith(account("", "default")), fails: fails, fields: fields},
		{name: "deprecated alias names another", pod: podWith(account("", "old"))},
		{name: "default without a token", pod: podWith(account("default", ""), func(pod *corev1.Pod) {
			pod.Spec.AutomountServiceAccountToken = new(false)
		}), fails: fails, fields: fields},
		{name: "name that begins like it", pod: podWith(account("default-app", ""))},
		{name: "mirror pods have no ServiceAccount", pod: podWith(account("", ""), func(pod *corev1.Pod) {
			pod.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "b4f3"}
		})},
	})
}
