package live_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	// comparisons is how many valid pods are compared.
	comparisons = 2500
	// ephemerals is how many valid ephemeral containers are.
	ephemerals = 250
)

// levels are the Pod Security levels that forbid something, which are also the names of the namespaces that enforce them.
var levels = []string{"baseline", "restricted"}

// free is the namespace that enforces nothing.
const free = "free"

// controls are what the API server says when it refuses a pod: at least one pod must violate each, so that none is left out.
var controls = []string{
	"privileged", "host namespaces", "hostPort", "hostPath volumes", "non-default capabilities", "unrestricted capabilities", "seLinuxOptions",
	"procMount", "seccompProfile", "forbidden sysctls", "forbidden AppArmor profile", "hostProcess", "allowPrivilegeEscalation != false",
	"runAsNonRoot != true", "runAsUser=0", "restricted volume types", "probe or lifecycle host",
}

// oracle asks the API server's own admission.
type oracle struct {
	client    kubernetes.Interface
	projector *informers.Projector
	entry     *check.Entry
}

func newOracle(t *testing.T, cluster *testcluster.Cluster) *oracle {
	t.Helper()
	checks := must[*check.Set](t)(check.NewSet(check.Catalog()))
	for _, level := range levels {
		cluster.CreateNamespace(t, level, map[string]string{
			"pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/enforce-version": "latest",
		})
	}
	cluster.CreateNamespace(t, free, nil)
	return &oracle{cluster.Client(), informers.NewProjector(checks, panicsFail(t)), checks.Entry("pods_violating_pod_security")}
}

// refusal is why the API server does not take a pod because of Pod Security, empty when it does take it.
func refusal(err error) (why string, other error) {
	if err != nil && apierrors.IsForbidden(err) && strings.Contains(err.Error(), "violates PodSecurity") {
		return err.Error(), nil
	}
	return "", err
}

// ours are the verdicts of the exporter on a pod as the API server stores it, by level.
func (o *oracle) ours(stored *corev1.Pod) map[string]bool {
	fail := o.projector.Pod(stored).Of().Verdicts.Fail >> o.entry.Slot
	verdicts := make(map[string]bool)
	for value := range o.entry.Count() {
		verdicts[o.entry.LabelValues(value)[0]] = fail>>value&1 == 1
	}
	return verdicts
}

// comparison is the result for one pod.
type comparison struct {
	// invalid pods are not compared.
	invalid  bool
	refusals map[string]string
	stored   *corev1.Pod
}

// compare offers a pod to the API server in every namespace, by whatever request, and returns how its answers differ from ours.
func (o *oracle) compare(offer func(namespace string) (*corev1.Pod, error)) (c comparison, err error) {
	c.stored, err = offer(free)
	if apierrors.IsInvalid(err) {
		return comparison{invalid: true}, nil
	}
	if err != nil {
		return c, err
	}
	c.refusals = make(map[string]string)
	ours := o.ours(c.stored)
	for _, level := range levels {
		_, err := offer(level)
		why, err := refusal(err)
		if err != nil {
			return c, fmt.Errorf("namespace %s: %w", level, err)
		}
		c.refusals[level] = why
		if refused := why != ""; refused != ours[level] {
			return c, fmt.Errorf("at level %s the API server refuses it: %t (%s); we say that it violates the level: %t", level, refused, why, ours[level])
		}
	}
	return c, nil
}

// TestPodSecurityVerdicts compares the verdicts on random pods with what the API server does with them.
func TestPodSecurityVerdicts(t *testing.T) {
	cluster := startCluster(t)
	o := newOracle(t, cluster)
	seed := newSeed(t)
	counted := newTally()
	t.Run("created", func(t *testing.T) {
		counted.series(t, comparisons, func(index int) (comparison, error) {
			pod := newPodGenerator(seed, uint64(index)).pod("pod")
			return o.compare(func(namespace string) (*corev1.Pod, error) {
				return o.client.CoreV1().Pods(namespace).Create(context.Background(), pod, dryRun)
			})
		})
		counted.complete(t)
	})
	t.Run("pinned version", func(t *testing.T) { testPinnedVersion(t, cluster, o) })
	// An ephemeral container cannot be created with its pod.
	base := history.PlainPod("base")
	restrict(base)
	targets := make(map[string]*corev1.Pod)
	for _, namespace := range append(slices.Clone(levels), free) {
		targets[namespace] = must[*corev1.Pod](t)(o.client.CoreV1().Pods(namespace).Create(context.Background(), base, create))
	}
	t.Run("ephemeral containers", func(t *testing.T) {
		newTally().series(t, ephemerals, func(index int) (comparison, error) {
			container := newPodGenerator(seed, uint64(1<<32+index)).ephemeral()
			return o.compare(func(namespace string) (*corev1.Pod, error) {
				pod := targets[namespace].DeepCopy()
				pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon(*container)}}
				options := metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}}
				return o.client.CoreV1().Pods(namespace).UpdateEphemeralContainers(context.Background(), "base", pod, options)
			})
		})
	})
}

// ephemeral makes an ephemeral container, which has nothing but a security context that anybody would look at.
func (g *podGenerator) ephemeral() *corev1.Container {
	p := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "debug", Image: history.Image}}}}
	if !g.one(4) {
		restrict(p)
	}
	for range g.rng.IntN(3) {
		pick(g, changePrivilege, changeCapabilities, changeUser, changeProfiles)(g, p, &p.Spec.Containers[0])
	}
	return &p.Spec.Containers[0]
}

// tally is what a series of comparisons came to.
type tally struct {
	mu       sync.Mutex
	invalid  int
	compared int
	// verdicts are counted by the levels that are violated.
	verdicts map[string]int
	reasons  map[string]int
}

func newTally() *tally { return &tally{verdicts: make(map[string]int), reasons: make(map[string]int)} }

// series compares until n pods were valid.
func (c *tally) series(t *testing.T, n int, compare func(index int) (comparison, error)) {
	t.Helper()
	var next atomic.Int64
	err := each(n, func(int) error {
		for {
			index := int(next.Add(1) - 1)
			result, err := compare(index)
			if err != nil {
				stored, _ := json.Marshal(result.stored)
				return fmt.Errorf("index %d: %w\n%s", index, err, stored)
			}
			if c.add(result) {
				return nil
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pods compared, 0 disagreements, %d more were not valid; violating %v; reasons %v", c.compared, c.invalid, c.verdicts, c.reasons)
}

// add counts a result, and says whether the pod was valid.
func (c *tally) add(result comparison) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if result.invalid {
		c.invalid++
		return false
	}
	c.compared++
	violated := "nothing"
	for _, level := range levels {
		why := result.refusals[level]
		if why != "" {
			violated = level
			if level == "restricted" && result.refusals["baseline"] != "" {
				violated = "both"
			}
		}
		for _, control := range controls {
			if strings.Contains(why, control) {
				c.reasons[control]++
			}
		}
	}
	c.verdicts[violated]++
	return true
}

// complete fails the test when the pods leave something out.
func (c *tally) complete(t *testing.T) {
	t.Helper()
	for _, control := range controls {
		if c.reasons[control] < 5 {
			t.Errorf("%q is violated %d times: the pods leave it out", control, c.reasons[control])
		}
	}
	for _, violated := range []string{"nothing", "restricted", "both"} {
		if c.verdicts[violated] < c.compared/20 {
			t.Errorf("%d of %d pods violate %s: the pods are too much alike", c.verdicts[violated], c.compared, violated)
		}
	}
}

// testPinnedVersion: a namespace may pin a version of the standard, in which more or less is forbidden. Our verdict is that of the
// latest version whatever the namespace says, and this is the known difference.
func testPinnedVersion(t *testing.T, cluster *testcluster.Cluster, o *oracle) {
	cluster.CreateNamespace(t, "pinned", map[string]string{
		"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "v1.34",
	})
	pod := history.PlainPod("root-in-a-user-namespace")
	restrict(pod)
	pod.Spec.HostUsers = new(bool)
	pod.Spec.SecurityContext.RunAsNonRoot, pod.Spec.SecurityContext.RunAsUser = new(bool), new(int64(0))
	offer := func(namespace string) (*corev1.Pod, error) {
		return o.client.CoreV1().Pods(namespace).Create(context.Background(), pod, dryRun)
	}
	result, err := o.compare(offer)
	noError(t, err)
	if why := result.refusals["restricted"]; why != "" {
		t.Errorf("the API server refuses root in a user namespace at the latest version: %s", why)
	}
	_, err = offer("pinned")
	why, err := refusal(err)
	noError(t, err)
	for _, control := range []string{"runAsNonRoot != true", "runAsUser=0"} {
		if !strings.Contains(why, control) {
			t.Errorf("at v1.34 the API server says %q, want that it names %s", why, control)
		}
	}
}
