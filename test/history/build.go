package history

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Image is never pulled: nothing runs the pods.
const Image = "registry.example/app:1"

// Named is the metadata of an object of which nothing matters but the name.
func Named(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }

// PlainPod says nothing but what it must.
func PlainPod(name string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: Named(name), Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: Image}}}}
}

// Quantities are amounts of processor and memory.
func Quantities(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

// ControlledBy names a controller of a built-in kind. It need not exist: without a uid it gets a
// made-up one.
func ControlledBy(kind, name string, uid types.UID) []metav1.OwnerReference {
	version := "apps/v1"
	if kind == "Job" || kind == "CronJob" {
		version = "batch/v1"
	}
	return []metav1.OwnerReference{{APIVersion: version, Kind: kind, Name: name, UID: cmp.Or(uid, "made-up"), Controller: new(true)}}
}

// RoleRef refers to a Role or ClusterRole.
func RoleRef(kind, name string) rbacv1.RoleRef {
	return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: name}
}

// User is a subject.
func User(name string) rbacv1.Subject {
	return rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}
}
