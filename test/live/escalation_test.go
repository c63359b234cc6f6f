package live_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// walk proves one way of a row of the escalation list: a user without rights is refused the step;
// with these rights, and no others, it is allowed, and the power is gained.
type walk struct {
	access string
	// name tells the walks of one row apart.
	name string
	// rules are all that the user may do, in the whole cluster or in one namespace.
	rules     []rbacv1.PolicyRule
	namespace string
	// prepare makes by the administrator what the step needs.
	prepare func(s *stage)
	// step is one request, or the last of several.
	step func(s *stage) call
	// gained returns nil once the power shows. The answer is that of the step.
	gained func(s *stage, answer string) error
}

// stage is one cluster for all walks. In it, the ServiceAccount shop/strong and the user root are
// cluster-admin.
type stage struct {
	t       *testing.T
	cluster *testcluster.Cluster
	client  kubernetes.Interface
	// holder is the user of the walk, config its access.
	holder string
	config *rest.Config
	// kubelet is where the node's kubelet should be, thief is where nothing should be sent.
	kubelet, thief *listener
	version        string
}

func may(verbs, group, resources string, names ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{
		Verbs: strings.Split(verbs, ","), APIGroups: []string{group}, Resources: strings.Split(resources, ","), ResourceNames: names,
	}
}

func rules(list ...rbacv1.PolicyRule) []rbacv1.PolicyRule { return list }

// TestEscalationListOnAPIServer walks every row of the escalation list, on one API server.
func TestEscalationListOnAPIServer(t *testing.T) {
	s := newStage(t)
	walks := slices.Concat(secretWalks(), podWalks(), workloadWalks(), nodeWalks(), roleWalks(), identityWalks(), admissionWalks(), namespaceWalks(), actingWalks())
	everyWayIsWalked(t, s.version, walks)
	for i, w := range walks {
		t.Run(w.access+"/"+strings.ReplaceAll(w.name, " ", "_"), func(t *testing.T) {
			own := *s
			own.t, own.holder = t, fmt.Sprintf("holder-%d", i)
			own.config = s.cluster.ConfigFor(own.holder)
			own.walk(w)
		})
	}
	t.Run("no power", func(t *testing.T) { testNoPower(t, s) })
}

// everyWayIsWalked: each way of each row, as far as the version has it, is satisfied by the rules
// of a walk.
func everyWayIsWalked(t *testing.T, version string, walks []walk) {
	t.Helper()
	holder := model.Subject{Kind: model.User, Name: "holder"}
	walked := func(access string, w rbac.Way) bool {
		return slices.ContainsFunc(walks, func(k walk) bool {
			m := rbac.Build(inputOf(k, holder, version))
			allowed := func(a rbac.Attributes) bool {
				return slices.ContainsFunc(k.rules, func(r rbacv1.PolicyRule) bool {
					return m.Allowed(holder, nil, a) || slices.ContainsFunc(r.ResourceNames, func(name string) bool {
						a.Name = name
						return m.Allowed(holder, nil, a)
					})
				})
			}
			return k.access == access && slices.ContainsFunc(w.Any, allowed) && (len(w.And) == 0 || slices.ContainsFunc(w.And, allowed))
		})
	}
	for _, a := range rbac.EscalationList() {
		if !slices.ContainsFunc(walks, func(w walk) bool { return w.access == a.Name }) {
			t.Errorf("nothing walks %s", a.Name)
		}
		for _, w := range a.Ways {
			if w.Before == 0 && !walked(a.Name, w) {
				t.Errorf("%s: no walk takes the way %+v", a.Name, w)
			}
		}
	}
}

// inputOf is what the model has to judge a walk by.
func inputOf(w walk, holder model.Subject, version string) rbac.Input {
	role := &model.Role{Namespaced: model.Namespaced{Meta: model.NewMeta("", "walk")}}
	for _, r := range named(w.rules, "walk") {
		role.Rules = append(role.Rules, model.Rule{Verbs: r.Verbs, APIGroups: r.APIGroups, Resources: r.Resources, ResourceNames: r.ResourceNames})
	}
	admin := &model.Role{Namespaced: model.Namespaced{Meta: model.NewMeta("", "cluster-admin")}, Rules: []model.Rule{
		{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
	}}
	bind := func(namespace, name, role string, s ...model.Subject) *model.Binding {
		return &model.Binding{Namespaced: model.Namespaced{Meta: model.NewMeta(namespace, name)}, RoleKind: "ClusterRole", RoleName: role, Subjects: s}
	}
	return rbac.Input{
		Roles: []*model.Role{role, admin}, Platform: rbac.PlatformOf(version, nil, nil),
		Bindings: []*model.Binding{
			bind(w.namespace, "walk", "walk", holder),
			bind("", "strong", "cluster-admin", model.Subject{Kind: model.User, Name: "root"},
				model.Subject{Kind: model.ServiceAccountSubject, Namespace: "shop", Name: "strong"}),
		},
	}
}

// named are the rules with the name of the holder's own role in the place of HOLDER.
func named(list []rbacv1.PolicyRule, role string) (out []rbacv1.PolicyRule) {
	for _, r := range list {
		r.ResourceNames = slices.Clone(r.ResourceNames)
		for i, name := range r.ResourceNames {
			r.ResourceNames[i] = strings.ReplaceAll(name, "HOLDER", role)
		}
		out = append(out, r)
	}
	return out
}

func newStage(t *testing.T) *stage {
	t.Helper()
	cluster := startCluster(t, testcluster.WithControllerManager(), testcluster.WithAPIServerArgs("--enable-bootstrap-token-auth=true"))
	s := &stage{t: t, cluster: cluster, client: cluster.Client(), kubelet: listen(t), thief: listen(t)}
	s.version = must[string](t)(func() (string, error) {
		v, err := s.client.Discovery().ServerVersion()
		if err != nil {
			return "", err
		}
		return v.GitVersion, nil
	}())
	for _, name := range []string{"shop", "bait"} {
		cluster.CreateNamespace(t, name, map[string]string{"name": name})
	}
	cluster.CreateNamespace(t, "strict", map[string]string{"pod-security.kubernetes.io/enforce": "restricted"})
	ctx := context.Background()
	must[*corev1.ServiceAccount](t)(s.client.CoreV1().ServiceAccounts("shop").Create(ctx, &corev1.ServiceAccount{ObjectMeta: history.Named("strong")}, create))
	bindTo(t, cluster, "strong", "cluster-admin", rbacv1.Subject{Kind: "ServiceAccount", Namespace: "shop", Name: "strong"})
	bindTo(t, cluster, "root", "cluster-admin", history.User("root"))
	must[*corev1.Node](t)(s.client.CoreV1().Nodes().Create(ctx, &corev1.Node{ObjectMeta: history.Named("node-1")}, create))
	s.nodeIs(s.kubelet)
	return s
}

// nodeIs makes a listener the node's kubelet.
func (s *stage) nodeIs(l *listener) {
	s.t.Helper()
	s.admin(call{"PATCH", "/api/v1/nodes/node-1/status", nodeStatus(l), nil})
}

func nodeStatus(l *listener) string {
	return fmt.Sprintf(`{"status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}],"daemonEndpoints":{"kubeletEndpoint":{"Port":%d}}}}`, l.port())
}

// walk does one.
func (s *stage) walk(w walk) {
	if w.prepare != nil {
		w.prepare(s)
	}
	step := w.step(s)
	if code, body := s.do(s.config, step); code != http.StatusForbidden {
		s.t.Fatalf("without the right, %s %s is answered %d: %s", step.method, step.path, code, body)
	}
	s.grant(w)
	answer := s.awaitAllowed(w.step)
	if err := eventually("the power to be gained", func() error { return w.gained(s, answer) }); err != nil {
		s.t.Fatalf("%v\nthe step was answered: %s", err, answer)
	}
	holder := model.Subject{Kind: model.User, Name: s.holder}
	m := rbac.Build(inputOf(w, holder, s.version))
	if !slices.Contains(m.WithAccess(w.access), holder) || !m.Powerful(holder) {
		s.t.Errorf("the power was gained by %v, and the model does not say that it is %s", w.rules, w.access)
	}
}

// awaitAllowed takes the step until the authorizer has seen the binding.
func (s *stage) awaitAllowed(step func(*stage) call) (answer string) {
	s.t.Helper()
	await(s.t, "the step to be allowed", func() error {
		next := step(s)
		code, body := s.do(s.config, next)
		answer = body
		if code == http.StatusForbidden || code == http.StatusConflict || code >= http.StatusInternalServerError && !next.anyAnswer() {
			return fmt.Errorf("%s %s is answered %d: %s", next.method, next.path, code, body)
		}
		return nil
	})
	return answer
}

// grant gives the holder the rights of the walk.
func (s *stage) grant(w walk) {
	s.t.Helper()
	ctx := context.Background()
	role := &rbacv1.ClusterRole{ObjectMeta: history.Named(s.holder), Rules: named(w.rules, s.holder)}
	must[*rbacv1.ClusterRole](s.t)(s.client.RbacV1().ClusterRoles().Create(ctx, role, create))
	if w.namespace == "" {
		bindTo(s.t, s.cluster, s.holder, s.holder, history.User(s.holder))
		return
	}
	b := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: s.holder, Namespace: w.namespace}, RoleRef: history.RoleRef("ClusterRole", s.holder),
		Subjects: []rbacv1.Subject{history.User(s.holder)}}
	must[*rbacv1.RoleBinding](s.t)(s.client.RbacV1().RoleBindings(w.namespace).Create(ctx, b, create))
}
