package app

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kube-posture/kube-posture-exporter/internal/review"
	"github.com/kube-posture/kube-posture-exporter/internal/whocan"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// live is a real control plane with a few grants.
type live struct {
	*testcluster.Cluster
	t *testing.T
}

func startLive(t *testing.T) *live {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a real control plane")
	}
	return &live{testcluster.Start(t), t}
}

// options are those of a command that reads the cluster as somebody.
func (l *live) options(kubeconfig string) Options {
	o := options()
	o.Kubeconfig = kubeconfig
	return o
}

func (l *live) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *live) clusterRole(name string, rules ...rbacv1.PolicyRule) {
	l.t.Helper()
	_, err := l.Client().RbacV1().ClusterRoles().Create(l.t.Context(), &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}, metav1.CreateOptions{})
	l.must(err)
}

// bind binds a ClusterRole, in a namespace unless that is empty.
func (l *live) bind(namespace, name, role string, subjects ...rbacv1.Subject) {
	l.t.Helper()
	object, ref := metav1.ObjectMeta{Name: name, Namespace: namespace}, rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role}
	var err error
	if namespace == "" {
		_, err = l.Client().RbacV1().ClusterRoleBindings().Create(l.t.Context(), &rbacv1.ClusterRoleBinding{ObjectMeta: object, RoleRef: ref, Subjects: subjects}, metav1.CreateOptions{})
	} else {
		_, err = l.Client().RbacV1().RoleBindings(namespace).Create(l.t.Context(), &rbacv1.RoleBinding{ObjectMeta: object, RoleRef: ref, Subjects: subjects}, metav1.CreateOptions{})
	}
	l.must(err)
}

func (l *live) clientOf(config *rest.Config) kubernetes.Interface {
	l.t.Helper()
	client, err := kubernetes.NewForConfig(config)
	l.must(err)
	return client
}

func rules(verbs, groups, resources string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: strings.Split(verbs, ","), APIGroups: strings.Split(groups, ","), Resources: strings.Split(resources, ",")}
}

func named(kind, name string) rbacv1.Subject {
	s := rbacv1.Subject{Kind: kind, Name: name}
	if kind == rbacv1.ServiceAccountKind {
		s.Namespace, s.Name, _ = strings.Cut(name, "/")
	} else {
		s.APIGroup = rbacv1.GroupName
	}
	return s
}

// asked is an answer as a program reads it.
type asked struct {
	Query struct {
		Verb, Group, Resource, Subresource, Name, Namespace, NonResourceURL string
	}
	Subjects []struct{ Kind, Namespace, Name string }
}

func (l *live) ask(q whocan.Question) (a asked) {
	l.t.Helper()
	text, err := askWith(l.t, l.options(l.Kubeconfig()), q, "json")
	l.must(err)
	l.must(json.Unmarshal([]byte(text), &a))
	return a
}

func (a *asked) has(kind, name string) bool {
	for _, s := range a.Subjects {
		if s.Kind == kind && s.Name == name {
			return true
		}
	}
	return false
}

// TestWhoCanIsWhatTheAPIServerSays asks it about every user and ServiceAccount that a binding names, and then sends the requests.
func TestWhoCanIsWhatTheAPIServerSays(t *testing.T) {
	l := startLive(t)
	l.CreateNamespace(t, "shop", nil)
	l.clusterRole("everyday", rules("get,list,delete", "", "namespaces,nodes,secrets"), rules("create,get", "", "pods/exec"), rules("update", "*", "*/scale"))
	l.clusterRole("one", rbacv1.PolicyRule{Verbs: []string{"get", "create"}, APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: []string{"db"}})
	l.bind("", "everyday", "everyday", named("User", "ann"))
	l.bind("shop", "everyday", "everyday", named("User", "carl"), named("ServiceAccount", "shop/web"))
	l.bind("", "one", "one", named("User", "bob"), named("Group", "system:serviceaccounts:shop"))
	for _, q := range []whocan.Question{
		{Verb: "get", Target: "nodes"}, {Verb: "get", Target: "nodes", Namespace: "shop"}, {Verb: "get", Target: "ns", Namespace: "shop"},
		{Verb: "list", Target: "ns", Namespace: "shop"}, {Verb: "delete", Target: "secrets", Namespace: "shop"}, {Verb: "get", Target: "secrets", Name: "db"},
		{Verb: "create", Target: "pods/exec", Namespace: "shop"}, {Verb: "update", Target: "deploy/scale", Namespace: "shop"}, {Verb: "*", Target: "*"},
		{Verb: "get", Target: "/version"}, {Verb: "create", Target: "secrets", Name: "db"},
	} {
		a := l.ask(q)
		for _, name := range []string{"ann", "bob", "carl", "system:kube-scheduler", "system:serviceaccount:shop:web", "system:serviceaccount:kube-system:namespace-controller"} {
			if got, want := a.has("User", name) || a.has("ServiceAccount", name[strings.LastIndex(name, ":")+1:]), l.allowed(&a, name); got != want {
				t.Errorf("%+v: %s: who-can %t, SubjectAccessReview %t", q, name, got, want)
			}
		}
	}
	carl := l.clientOf(l.ConfigFor("carl"))
	_, err := carl.CoreV1().Namespaces().Get(t.Context(), "shop", metav1.GetOptions{})
	l.agrees(whocan.Question{Verb: "get", Target: "ns", Namespace: "shop"}, err)
	_, err = carl.CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	l.agrees(whocan.Question{Verb: "list", Target: "ns", Namespace: "shop"}, err)
	_, err = carl.CoreV1().Nodes().Get(t.Context(), "none", metav1.GetOptions{})
	l.agrees(whocan.Question{Verb: "get", Target: "nodes", Namespace: "shop"}, err)
	err = carl.CoreV1().Secrets("shop").Delete(t.Context(), "none", metav1.DeleteOptions{})
	l.agrees(whocan.Question{Verb: "delete", Target: "secrets", Namespace: "shop"}, err)
}

// agrees holds an answer about carl against what became of his request.
func (l *live) agrees(q whocan.Question, err error) {
	l.t.Helper()
	a := l.ask(q)
	if got, want := a.has("User", "carl"), !apierrors.IsForbidden(err); got != want {
		l.t.Errorf("%+v: who-can %t, and the request ends with %v", q, got, err)
	}
}

func (l *live) allowed(a *asked, user string) bool {
	l.t.Helper()
	spec := authorizationv1.SubjectAccessReviewSpec{User: user, Groups: []string{"system:authenticated"}}
	if rest, ok := strings.CutPrefix(user, "system:serviceaccount:"); ok {
		namespace, _, _ := strings.Cut(rest, ":")
		spec.Groups = append(spec.Groups, "system:serviceaccounts", "system:serviceaccounts:"+namespace)
	}
	if q := a.Query; q.NonResourceURL != "" {
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Verb: q.Verb, Path: q.NonResourceURL}
	} else {
		spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
			Verb: q.Verb, Group: q.Group, Resource: q.Resource, Subresource: q.Subresource, Name: q.Name, Namespace: q.Namespace,
		}
	}
	answer, err := l.Client().AuthorizationV1().SubjectAccessReviews().Create(l.t.Context(), &authorizationv1.SubjectAccessReview{Spec: spec}, metav1.CreateOptions{})
	l.must(err)
	return answer.Status.Allowed
}

// TestForbiddenToCommands: what may not be listed is named, and there is no answer without it.
func TestForbiddenToCommands(t *testing.T) {
	l := startLive(t)
	l.clusterRole("roles-only", rules("list", rbacv1.GroupName, "roles,rolebindings,clusterroles"))
	l.bind("", "some", "roles-only", named("User", "some"))
	l.clusterRole("all-of-rbac", rules("list", rbacv1.GroupName, "roles,rolebindings,clusterroles,clusterrolebindings"))
	l.bind("", "all", "all-of-rbac", named("User", "all"))
	pods := whocan.Question{Verb: "get", Target: "pods"}
	for user, missing := range map[string]string{
		"some": "clusterrolebindings", "none": "roles, clusterroles, rolebindings, clusterrolebindings",
	} {
		o := l.options(l.KubeconfigFor(user))
		for _, run := range []func() (string, error){
			func() (string, error) { return askWith(t, o, pods, "table") },
			func() (string, error) { return reviewWith(t, o, Review{Output: "json"}) },
		} {
			stdout, err := run()
			want := "nothing can be answered without: allow the verb list on " + missing + " of rbac.authorization.k8s.io in the whole cluster"
			if err == nil || stdout != "" || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `User "`+user+`" cannot list resource`) {
				t.Errorf("%s: %v and %q", user, err, stdout)
			}
		}
	}
	// No more is needed: who-can does without the namespaces, and the review says what it does not know.
	o := l.options(l.KubeconfigFor("all"))
	if text, err := askWith(t, o, pods, "table"); err != nil || strings.Contains(text, "Note: ") {
		t.Errorf("who-can: %v %s", err, text)
	}
	text, err := reviewWith(t, o, Review{Output: "markdown"})
	if err != nil || !strings.Contains(text, "The namespaces could not be listed") || !strings.Contains(text, "The pods could not be listed") {
		t.Errorf("review: %v %s", err, text)
	}
}

// TestReviewCommandsWork runs every command of a report about bindings with odd names, with the real kubectl, and looks at what became
// of exactly these bindings.
func TestReviewCommandsWork(t *testing.T) {
	l := startLive(t)
	for _, program := range []string{"bash", "kubectl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	l.CreateNamespace(t, "shop", nil)
	odd := []string{
		"plain", "a:b@c.d", "a b", "it's", "a=b", "=b", "b-", "-x", "--all", "-a=b-", "$(touch pwned)", "`id`", "a;b", "a\nb", "\u202eabc", "*", "a,b", "<b>", "|", "~", "é",
		`back\slash`, "{a,b}",
	}
	for _, name := range odd {
		l.bind("", name, "cluster-admin", named("User", "ann"))
		l.bind("shop", name, "cluster-admin", named("User", "ann"))
	}
	text, err := reviewWith(t, l.options(l.Kubeconfig()), Review{Output: "json", Date: "2030-01-02"})
	l.must(err)
	var report review.Report
	l.must(json.Unmarshal([]byte(text), &report))
	if len(report.Privileged) != 2*len(odd) {
		t.Fatalf("%d bindings in the report, of %d", len(report.Privileged), 2*len(odd))
	}
	for i := range report.Privileged {
		d := &report.Privileged[i]
		l.run(d.Commands.Keep)
		for j := range report.Privileged {
			other := &report.Privileged[j]
			if got := l.reviewed(other); got != (i >= j) {
				t.Fatalf("after %s the review of %s %s/%q is recorded: %t", d.Commands.Keep, other.Kind, other.Namespace, other.Name, got)
			}
		}
	}
	for i := range report.Privileged {
		d := &report.Privileged[i]
		l.run(d.Commands.Delete)
		if _, there := l.annotations(d); there {
			t.Errorf("after %s it is still there", d.Commands.Delete)
		}
		if i+1 < len(report.Privileged) {
			if _, there := l.annotations(&report.Privileged[i+1]); !there {
				t.Fatalf("after %s another is gone too", d.Commands.Delete)
			}
		}
	}
}

func (l *live) run(line string) {
	l.t.Helper()
	cmd := exec.CommandContext(l.t.Context(), "bash", "--norc", "--noprofile", "-c", line)
	cmd.Dir = l.t.TempDir()
	cmd.Env = append(cmd.Environ(), "KUBECONFIG="+l.Kubeconfig())
	if out, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

func (l *live) reviewed(d *review.Binding) bool {
	l.t.Helper()
	annotations, there := l.annotations(d)
	return there && annotations["kube-posture/reviewed-at"] == "2030-01-02"
}

// annotations are those of a binding, and whether there is such a binding.
func (l *live) annotations(d *review.Binding) (annotations map[string]string, there bool) {
	l.t.Helper()
	var object metav1.Object
	var err error
	if d.Namespace == corev1.NamespaceAll {
		object, err = l.Client().RbacV1().ClusterRoleBindings().Get(l.t.Context(), d.Name, metav1.GetOptions{})
	} else {
		object, err = l.Client().RbacV1().RoleBindings(d.Namespace).Get(l.t.Context(), d.Name, metav1.GetOptions{})
	}
	if apierrors.IsNotFound(err) {
		return nil, false
	}
	l.must(err)
	return object.GetAnnotations(), true
}
