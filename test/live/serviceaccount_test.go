package live_test

import (
	"context"
	"fmt"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	// tokenPath is where a container finds its token unless somebody says otherwise.
	tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"
	// issuer is the API server's own audience in the tests.
	issuer = "https://kubernetes.default.svc"
)

// automounts are the answers to the question whether the token is mounted without being asked for: by what the pod says, then by what
// its account says. The pod's word counts, then the account's, and without either the answer is yes.
var automounts = []struct{ pod, account, mounted string }{
	{"unset", "unset", "yes"}, {"unset", "true", "yes"}, {"unset", "false", "no"},
	{"true", "unset", "yes"}, {"true", "true", "yes"}, {"true", "false", "yes"},
	{"false", "unset", "no"}, {"false", "true", "no"}, {"false", "false", "no"},
}

// volumes are what else a pod may have, with the pod's token by hand: whether a container mounts an API token when one is mounted
// without being asked for, and when none is. "main" has the volume mounted in the only container; "init" in an init container that
// the pod has besides; with "both" the init container is there, and the volume is mounted in the regular one.
var volumes = []struct {
	name           string
	volume         *corev1.VolumeSource
	path           string
	where          string
	mounted, alone string
}{
	{"no volume", nil, "", "main", "yes", "no"},
	{"no volume", nil, "", "both", "yes", "no"},

	{"API token", projected(""), "/token", "main", "yes", "yes"},
	{"API token", projected(""), "/token", "init", "yes", "yes"},
	{"API token", projected(""), "/token", "both", "yes", "yes"},

	// At its usual path, so that admission leaves the container alone; the token is there all the same.
	{"API token at the usual path", projected(""), tokenPath, "main", "yes", "yes"},
	{"API token at the usual path", projected(""), tokenPath, "init", "yes", "yes"},
	{"API token at the usual path", projected(""), tokenPath, "both", "yes", "yes"},

	// A volume that nobody mounts gives nobody a token.
	{"API token not mounted", projected(""), "", "main", "yes", "no"},
	{"API token not mounted", projected(""), "", "init", "yes", "no"},

	// A token for somebody else.
	{"vault", projected("vault"), "/token", "main", "yes", "no"},
	{"vault", projected("vault"), "/token", "init", "yes", "no"},
	{"vault", projected("vault"), "/token", "both", "yes", "no"},

	// At the usual path it keeps the API token out of the container, and only of that one.
	{"vault at the usual path", projected("vault"), tokenPath, "main", "no", "no"},
	{"vault at the usual path", projected("vault"), tokenPath, "init", "yes", "no"},
	{"vault at the usual path", projected("vault"), tokenPath, "both", "yes", "no"},

	// So does an empty folder.
	{"masked", &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, tokenPath, "main", "no", "no"},
	{"masked", &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, tokenPath, "init", "yes", "no"},
	{"masked", &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, tokenPath, "both", "yes", "no"},
	{"masked", &corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, tokenPath, "everywhere", "no", "no"},

	// The API server's own name as the audience is as good as none.
	{"issuer", projected(issuer), "/token", "main", "yes", "yes"},
	{"issuer", projected(issuer), "/token", "init", "yes", "yes"},
	{"issuer", projected(issuer), "/token", "both", "yes", "yes"},
}

func projected(audience string) *corev1.VolumeSource {
	return &corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
		{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Audience: audience, Path: "token"}},
	}}}
}

func boolOf(word string) *bool {
	if word == "unset" {
		return nil
	}
	return new(word == "true")
}

// tokenPod makes the pod of one row of both tables.
func tokenPod(automount, volume int) *corev1.Pod {
	a, v := automounts[automount], volumes[volume]
	p := history.PlainPod(fmt.Sprintf("pod-%d-%d", automount, volume))
	p.Spec.ServiceAccountName = "automount-" + a.account
	p.Spec.AutomountServiceAccountToken = boolOf(a.pod)
	if v.where != "main" {
		p.Spec.InitContainers = []corev1.Container{{Name: "init", Image: history.Image}}
	}
	if v.volume == nil {
		return p
	}
	p.Spec.Volumes = []corev1.Volume{{Name: "explicit", VolumeSource: *v.volume}}
	mount := corev1.VolumeMount{Name: "explicit", MountPath: v.path}
	if v.path == "" {
		return p
	}
	if v.where != "init" {
		p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{mount}
	}
	if v.where == "init" || v.where == "everywhere" {
		p.Spec.InitContainers[0].VolumeMounts = []corev1.VolumeMount{mount}
	}
	return p
}

// TestServiceAccountAdmission creates a pod for every combination of what the pod says, what its account says and which volumes it
// brings, lets the API server's admission add what it adds, and compares what we say of the stored pod with the tables.
func TestServiceAccountAdmission(t *testing.T) {
	cluster := startCluster(t)
	cluster.CreateNamespace(t, "shop", nil)
	client := cluster.Client()
	for _, automount := range []string{"unset", "true", "false"} {
		account := &corev1.ServiceAccount{ObjectMeta: history.Named("automount-" + automount), AutomountServiceAccountToken: boolOf(automount)}
		must[*corev1.ServiceAccount](t)(client.CoreV1().ServiceAccounts("shop").Create(context.Background(), account, create))
	}
	checks := must[*check.Set](t)(check.NewSet(check.Catalog()))
	projector := informers.NewProjector(checks, panicsFail(t))
	entry := checks.Entry("pods_with_api_token")
	e := startExporter(t, cluster.Config())

	carrying := 0
	for i, a := range automounts {
		for j, v := range volumes {
			must[*corev1.Pod](t)(client.CoreV1().Pods("shop").Create(context.Background(), tokenPod(i, j), create))
			stored := must[*corev1.Pod](t)(client.CoreV1().Pods("shop").Get(context.Background(), fmt.Sprintf("pod-%d-%d", i, j), metav1.GetOptions{}))
			want := v.alone == "yes"
			if a.mounted == "yes" {
				want = v.mounted == "yes"
			}
			if want {
				carrying++
			}
			pod := projector.Pod(stored)
			if got := pod.Of().Verdicts.Fail>>entry.Slot&1 == 1; got != want || pod.Is(model.CarriesToken) != want {
				t.Errorf("pod %s, account %s, %s in %s: we say that it carries a token: %t, want %t\n%+v",
					a.pod, a.account, v.name, v.where, got, want, stored.Spec)
			}
		}
	}
	all := len(automounts) * len(volumes)
	e.await(t, "every pod to be counted", expect{
		inShop("pods_with_api_token"): float64(carrying),
		sample("check_resources", "check", "pods_with_api_token", "result", "pass"): float64(all - carrying),
	})
	t.Logf("%d combinations, %d pods carry a token", all, carrying)
	t.Run("audiences", func(t *testing.T) { testAudiences(t, cluster) })
	t.Run("later changes", func(t *testing.T) { testLaterChanges(t, client, e) })
}

// testAudiences asks the API server which tokens it takes: the tables above stand on that.
func testAudiences(t *testing.T, cluster *testcluster.Cluster) {
	for audience, accepted := range map[string]bool{"": true, issuer: true, "vault": false} {
		request := &authenticationv1.TokenRequest{}
		if audience != "" {
			request.Spec.Audiences = []string{audience}
		}
		answer, err := cluster.Client().CoreV1().ServiceAccounts("shop").CreateToken(context.Background(), "automount-unset", request, create)
		noError(t, err)
		config := cluster.Config()
		config.CertData, config.KeyData = nil, nil
		config.BearerToken = answer.Status.Token
		client := must[*kubernetes.Clientset](t)(kubernetes.NewForConfig(config))
		// Anybody who is somebody may ask who he is.
		_, err = client.AuthenticationV1().SelfSubjectReviews().Create(context.Background(), &authenticationv1.SelfSubjectReview{}, create)
		if got := err == nil; got != accepted || !got && !apierrors.IsUnauthorized(err) {
			t.Errorf("the API server takes a token for audience %q: %t (%v), want %t", audience, got, err, accepted)
		}
	}
}

// testLaterChanges: admission looks at a pod once. Whatever an account says later, running pods keep the tokens they have.
func testLaterChanges(t *testing.T, client kubernetes.Interface, e *exporter) {
	before := e.now(t)
	automounting := inShop("service_accounts_automounting_token")
	patchType, body, options := patch(`{"automountServiceAccountToken":false}`)
	must[*corev1.ServiceAccount](t)(client.CoreV1().ServiceAccounts("shop").Patch(context.Background(), "automount-true", patchType, body, options))
	e.await(t, "the account to pass, and the pods to stay", expect{
		automounting: before[automounting] - 1, inShop("pods_with_api_token"): before[inShop("pods_with_api_token")],
	})
}
