package runbooks

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const worker = "worker-1"

// node stands in for the scheduler and the kubelet, which need a machine to run containers on: it says that every pod runs, and has logs.
// It answers nothing else, so that a command that needs more is refused.
type node struct {
	t      *testing.T
	client kubernetes.Interface
	// log is what the exporter's containers have logged.
	log func() string

	mu        sync.Mutex
	addresses int
	// restarted says of each of the exporter's pods whether its container had a predecessor. Every other one's had.
	restarted map[string]bool
}

// startNode needs the object of the node to be there.
func startNode(t *testing.T, client kubernetes.Interface, log func() string) {
	t.Helper()
	n := &node{t: t, client: client, log: log, restarted: map[string]bool{}}
	kubelet := httptest.NewTLSServer(http.HandlerFunc(n.logs))
	t.Cleanup(kubelet.Close)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	t.Cleanup(func() { cancel(); running.Wait() })
	noError(t, n.register(ctx, kubelet.Listener.Addr().(*net.TCPAddr).Port))
	pods := cache.NewSharedInformer(cache.NewListWatchFromClient(client.CoreV1().RESTClient(), "pods", "", fields.Everything()), &corev1.Pod{}, 0)
	_, err := pods.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { n.attend(ctx, object.(*corev1.Pod)) },
		UpdateFunc: func(_, object any) { n.attend(ctx, object.(*corev1.Pod)) },
	})
	noError(t, err)
	running.Go(func() { pods.RunWithContext(ctx) })
	running.Go(func() { n.beat(ctx) })
}

func (n *node) register(ctx context.Context, port int) error {
	room := corev1.ResourceList{"cpu": resource.MustParse("4"), "memory": resource.MustParse("8Gi"), "pods": resource.MustParse("110")}
	patch, err := json.Marshal(map[string]any{"status": corev1.NodeStatus{
		Capacity: room, Allocatable: room,
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(port)}},
		Conditions:      []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now()}},
	}})
	if err != nil {
		return err
	}
	_, err = n.client.CoreV1().Nodes().Patch(ctx, worker, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil {
		return err
	}
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: worker}}
	lease.Spec = coordinationv1.LeaseSpec{HolderIdentity: new(worker), LeaseDurationSeconds: new(int32(40)), RenewTime: new(metav1.NowMicro())}
	_, err = n.client.CoordinationV1().Leases(corev1.NamespaceNodeLease).Create(ctx, lease, metav1.CreateOptions{})
	return err
}

// beat keeps the controllers from taking the node for dead, and its pods for not ready.
func (n *node) beat(ctx context.Context) {
	ticker := time.NewTicker(10 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			patch := fmt.Sprintf(`{"spec":{"renewTime":%q}}`, now.UTC().Format(metav1.RFC3339Micro))
			_, err := n.client.CoordinationV1().Leases(corev1.NamespaceNodeLease).Patch(ctx, worker, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
			n.report(ctx, err)
		}
	}
}

// attend brings a pod one step further; what it changes comes back as the next event.
func (n *node) attend(ctx context.Context, pod *corev1.Pod) {
	pods := n.client.CoreV1().Pods(pod.Namespace)
	switch {
	case pod.DeletionTimestamp != nil:
		n.report(ctx, pods.Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}))
	case pod.Spec.NodeName == "":
		n.report(ctx, pods.Bind(ctx, &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Name: pod.Name}, Target: corev1.ObjectReference{Kind: "Node", Name: worker},
		}, metav1.CreateOptions{}))
	case pod.Status.Phase == corev1.PodPending:
		running := pod.DeepCopy()
		n.run(running)
		_, err := pods.UpdateStatus(ctx, running, metav1.UpdateOptions{})
		n.report(ctx, err)
	}
}

// report ignores that somebody was faster: another event tells of that.
func (n *node) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		n.t.Errorf("the node's stand-in: %v", err)
	}
}

// run says of a pod that it runs, or, when it is not to be restarted, that it has failed: so ends the client whose connection is refused.
func (n *node) run(pod *corev1.Pod) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addresses++
	address := fmt.Sprintf("10.1.0.%d", n.addresses)
	if n.addresses > 250 {
		n.t.Errorf("the node's stand-in has no address left for pod %s/%s", pod.Namespace, pod.Name)
	}
	status, now := &pod.Status, metav1.Now()
	status.Phase, status.StartTime, status.PodIP, status.PodIPs = corev1.PodRunning, &now, address, []corev1.PodIP{{IP: address}}
	state, ready := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}, corev1.ConditionTrue
	if pod.Spec.RestartPolicy == corev1.RestartPolicyNever {
		status.Phase, ready = corev1.PodFailed, corev1.ConditionFalse
		state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", StartedAt: now, FinishedAt: now}}
	}
	for _, kind := range []corev1.PodConditionType{corev1.PodReady, corev1.ContainersReady} {
		status.Conditions = append(status.Conditions, corev1.PodCondition{Type: kind, Status: ready, LastTransitionTime: now})
	}
	if _, known := n.restarted[pod.Name]; !known && pod.Labels["app.kubernetes.io/name"] == exporterName {
		n.restarted[pod.Name] = len(n.restarted)%2 == 0
	}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		said := corev1.ContainerStatus{Name: c.Name, Image: c.Image, State: state, Ready: ready == corev1.ConditionTrue, Started: new(true)}
		if n.restarted[pod.Name] {
			said.RestartCount = 1
		}
		status.ContainerStatuses = append(status.ContainerStatuses, said)
	}
}

// logs answers the API server's GET /containerLogs/namespace/pod/container.
func (n *node) logs(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/containerLogs/"), "/")
	if len(parts) != 3 {
		http.Error(w, "no containers are here", http.StatusNotImplemented)
		return
	}
	namespace, pod, container := parts[0], parts[1], parts[2]
	n.mu.Lock()
	restarted := n.restarted[pod]
	n.mu.Unlock()
	switch {
	case r.URL.Query().Get("previous") == "true" && !restarted:
		http.Error(w, fmt.Sprintf("previous terminated container %q in pod %q not found", container, pod), http.StatusBadRequest)
	case namespace == "policy-probe":
		policies, err := n.client.NetworkingV1().NetworkPolicies(namespace).List(r.Context(), metav1.ListOptions{})
		if err != nil {
			n.t.Errorf("the node's stand-in: %v", err)
		}
		if err == nil && len(policies.Items) > 0 {
			fmt.Fprintln(w, "wget: download timed out")
		} else {
			fmt.Fprintln(w, "wget: server returned error: HTTP/1.1 404 Not Found")
		}
	case strings.HasPrefix(pod, exporterName):
		fmt.Fprint(w, n.log())
	default:
		fmt.Fprintf(w, "%s says hello\n", container)
	}
}
