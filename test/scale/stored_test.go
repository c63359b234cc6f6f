package scale

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// podKey is where the API server keeps a pod in etcd.
func podKey(namespace, name string) string { return "/registry/pods/" + namespace + "/" + name }

// storedPod reads a pod as etcd holds it: without a resource version, which is etcd's to say.
func storedPod(ctx context.Context, storage *testcluster.Storage, key string) (*corev1.Pod, error) {
	value, err := storage.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	return decodePod(key, value)
}

func decodePod(key string, value []byte) (*corev1.Pod, error) {
	pod := &corev1.Pod{}
	if _, _, err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Decode(value, nil, pod); err != nil {
		return nil, fmt.Errorf("decode %s: %w", key, err)
	}
	return pod, nil
}

// encodePod is the value that the API server would store.
func encodePod(pod *corev1.Pod) ([]byte, error) {
	pod.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Pod"))
	var value bytes.Buffer
	if err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Encode(pod, &value); err != nil {
		return nil, fmt.Errorf("encode pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return value.Bytes(), nil
}

// storePod writes a pod to etcd.
func storePod(ctx context.Context, storage *testcluster.Storage, pod *corev1.Pod) error {
	value, err := encodePod(pod)
	if err != nil {
		return err
	}
	return storage.Put(ctx, podKey(pod.Namespace, pod.Name), value)
}

// sibling is another replica of a stored pod, with what no two pods have in common. n is its number in the cluster.
func sibling(first *corev1.Pod, name, node string, n int64) *corev1.Pod {
	pod := first.DeepCopy()
	pod.Name, pod.UID, pod.Spec.NodeName = name, uuid.NewUUID(), node
	place(pod, n)
	// The fields that somebody manages are named by what makes them different, an address by itself.
	const named = `{\"ip\":\"%s\"}`
	before, after := fmt.Sprintf(named, first.Status.PodIP), fmt.Sprintf(named, pod.Status.PodIP)
	for _, entry := range pod.ManagedFields {
		entry.FieldsV1.SetRawString(strings.Replace(entry.FieldsV1.GetRawString(), before, after, 1))
	}
	return pod
}

// place gives a pod the addresses of its node and its own, and its containers their IDs.
func place(pod *corev1.Pod, n int64) {
	s := &pod.Status
	node, _ := strconv.Atoi(strings.TrimPrefix(pod.Spec.NodeName, "node-")) // 0 for any other
	s.HostIP = address(10<<24 | uint32(node+1))
	s.PodIP = address(100<<24 | 64<<16 | uint32(n))
	if pod.Spec.HostNetwork {
		s.PodIP = s.HostIP
	}
	s.HostIPs, s.PodIPs = []corev1.HostIP{{IP: s.HostIP}}, []corev1.PodIP{{IP: s.PodIP}}
	for i := range s.ContainerStatuses {
		s.ContainerStatuses[i].ContainerID = fmt.Sprintf("containerd://%032x%032x", n, i)
	}
}

func address(n uint32) string {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n))).String()
}

// touch changes a pod's status, as the kubelet does when a container has been started again.
func touch(pod *corev1.Pod, at time.Time, restarts int) {
	for i := range pod.Status.Conditions {
		pod.Status.Conditions[i].LastTransitionTime = metav1.NewTime(at)
	}
	pod.Status.ContainerStatuses[0].RestartCount = int32(restarts)
	manage(pod, "status", at)
}

// note changes a pod's annotations.
func note(pod *corev1.Pod, at time.Time) {
	pod.Annotations["changed-at"] = at.UTC().Format(time.RFC3339Nano)
	manage(pod, "", at)
}

// manage notes when a part of the pod was changed, as the API server does.
func manage(pod *corev1.Pod, subresource string, at time.Time) {
	for i := range pod.ManagedFields {
		if f := &pod.ManagedFields[i]; f.Subresource == subresource {
			f.Time = new(metav1.NewTime(at))
		}
	}
}
