package scale

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// TestScale measures a cluster of SCALE_PODS pods and prints the table.
func TestScale(t *testing.T) {
	if os.Getenv("SCALE_PODS") == "" {
		t.Skip("SCALE_PODS does not say how many pods: run make scale PODS=10000")
	}
	o := fromEnvironment(t)
	r := measure(t, &o, os.Stdout)
	fmt.Println()
	noError(t, r.table(os.Stdout))
	if o.json != "" {
		noError(t, r.write(o.json))
	}
}

// TestSmoke keeps the harness working: it measures a cluster that is too small to say anything.
func TestSmoke(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane")
	}
	o := defaults()
	o.Pods, o.Rounds, o.Scrapes, o.Changes, o.ChangeSeconds, o.RestSeconds = 200, 1, 3, 50, 3, 1
	r := measure(t, &o, io.Discard)
	noError(t, r.table(t.Output()))
	if r.PodBytes < 4000 || r.Objects < 200 {
		t.Errorf("%d objects with pods of %d bytes are not realistic", r.Objects, r.PodBytes)
	}
	for what, n := range map[string]float64{
		"bare": median(r.Bare), "ready": median(r.Ready), "CPU": r.AtReady.CPU, "resident": float64(r.Steady.Resident), "peak": float64(r.AtEnd.Peak),
		"series": float64(r.Series), "changes": r.Watching.Rate, "scraped": float64(r.WhileScraped.Scrapes), "latency": r.LatencyP99,
	} {
		if n <= 0 {
			t.Errorf("%s: %v was measured", what, n)
		}
	}
	if len(r.Scrapes) != 3 || r.Scrapes[0].Bytes <= r.Scrapes[1].Bytes || r.Scrapes[0].Bytes <= r.Scrapes[2].Bytes {
		t.Errorf("the encodings make no difference: %+v", r.Scrapes)
	}
}

// measure does everything, in the order of the table.
func measure(t *testing.T, o *options, progress io.Writer) *result {
	t.Helper()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r := &result{Options: *o, CPUs: runtime.NumCPU()}
	say := func(format string, args ...any) {
		fmt.Fprintf(progress, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
	}
	binary := o.binary
	if binary == "" {
		say("building the exporter")
		binary = build(t)
	}
	say("starting etcd and kube-apiserver")
	cluster := testcluster.Start(t, testcluster.WithAPIServerArgs("--disable-admission-plugins=ResourceQuota,LimitRanger,PodSecurity"))
	kubeconfig := permitted(ctx, t, cluster)
	say("writing %d pods", o.Pods)
	l := &loader{client: cluster.Client(), progress: progress}
	began := time.Now()
	noError(t, l.load(ctx, o))
	for i := range markerNamespaces {
		cluster.CreateNamespace(t, markerNamespace(i), nil)
		_, err := cluster.Client().CoreV1().Pods(markerNamespace(i)).Create(ctx, marker(markerNamespace(i), "resident"), metav1.CreateOptions{})
		noError(t, err)
	}
	r.LoadSeconds, r.Objects, r.PodBytes = time.Since(began).Seconds(), l.written.Load(), l.bytes.Load()/max(1, l.pods.Load())
	say("wrote %d objects in %.0f s", r.Objects, r.LoadSeconds)

	r.LoadBefore = load()
	p := starts(t, o, r, binary, kubeconfig, say)
	say("at rest for %s", o.resting())
	r.rest(ctx, t, o, p)
	for _, e := range encodings() {
		say("%d scrapes: %s", o.Scrapes, e.name)
		s, err := measureScrapes(ctx, p, e, o.Scrapes)
		noError(t, err)
		r.Scrapes = append(r.Scrapes, s)
	}
	r.count(ctx, t, o, p)
	pause(ctx, t, o.resting())
	r.Steady = use(t, p)
	r.change(ctx, t, o, p, &changer{client: l.client, pods: l.kept, rate: o.Changes, seed: o.Seed}, say)
	pause(ctx, t, o.resting())
	r.AtEnd, r.LoadAfter = use(t, p), load()
	return r
}

// permitted is the access of a user who may list and watch what the exporter does, and nothing else: no administrator, whom the API server
// prefers.
func permitted(ctx context.Context, t *testing.T, cluster *testcluster.Cluster) string {
	t.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "exporter"}}
	for _, k := range informers.Table() {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{Verbs: []string{"list", "watch"}, APIGroups: []string{k.Group}, Resources: []string{k.Plural()}})
	}
	_, err := cluster.Client().RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{})
	noError(t, err)
	_, err = cluster.Client().RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "exporter"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "exporter"}},
	}, metav1.CreateOptions{})
	noError(t, err)
	return cluster.KubeconfigFor("exporter")
}

// starts runs the bare reflector and the exporter in turn, and leaves the last exporter running.
func starts(t *testing.T, o *options, r *result, binary, kubeconfig string, say func(string, ...any)) (p *process) {
	t.Helper()
	for i := range o.Rounds {
		if p != nil {
			p.end()
		}
		bare, used := startBare(t, kubeconfig)
		r.Bare, r.BareUsage = append(r.Bare, bare.Seconds()), used
		var ready time.Duration
		p, ready, r.AtReady = startExporter(t, binary, kubeconfig)
		r.Ready = append(r.Ready, ready.Seconds())
		say("start %d of %d: bare reflector %.2f s, exporter %.2f s", i+1, o.Rounds, bare.Seconds(), ready.Seconds())
	}
	return p
}

// rest looks at the exporter while nothing happens.
func (r *result) rest(ctx context.Context, t *testing.T, o *options, p *process) {
	t.Helper()
	pause(ctx, t, o.resting()/4) // what the sync has left to do
	before, began := use(t, p), time.Now()
	pause(ctx, t, o.resting())
	r.AtRest = use(t, p)
	r.RestCPU = (r.AtRest.CPU - before.CPU) / time.Since(began).Seconds()
}

// count counts the series, and ends the test when the exporter has not counted every pod or has not seen the users of their containers:
// what does less costs less.
func (r *result) count(ctx context.Context, t *testing.T, o *options, p *process) {
	t.Helper()
	s := newScraper(p)
	defer s.client.CloseIdleConnections()
	var body bytes.Buffer
	_, err := s.scrape(ctx, encodings()[0], &body)
	noError(t, err)
	for _, want := range []string{
		fmt.Sprintf("\nkube_posture_informer_objects{resource=\"pods\"} %d\n", o.Pods+markerNamespaces),
		"\nkube_posture_pods_running_as_root{evidence=\"observed\",",
	} {
		if !bytes.Contains(body.Bytes(), []byte(want)) {
			t.Fatalf("the exporter does not say %q", want)
		}
	}
	r.Series = series(body.Bytes())
}

// change looks at the exporter while pods change.
func (r *result) change(ctx context.Context, t *testing.T, o *options, p *process, c *changer, say func(string, ...any)) {
	t.Helper()
	var err error
	say("%d changes a second for %s", o.Changes, o.changing())
	r.Watching, err = measureChanges(ctx, p, c, o, nothing)
	noError(t, err)
	say("the same with markers and scrapes")
	m := &markers{client: c.client, process: p, pause: o.scrapePause(), seed: o.Seed}
	r.WhileScraped, err = measureChanges(ctx, p, c, o, m.measure)
	noError(t, err)
	r.Latencies, r.Vagueness = len(m.latencies), quantile(m.vague, 0.5)
	r.LatencyP50, r.LatencyP99, r.LatencyWorst = quantile(m.latencies, 0.5), quantile(m.latencies, 0.99), quantile(m.latencies, 1)
}

func use(t *testing.T, p *process) usage {
	t.Helper()
	u, err := p.usage()
	noError(t, err)
	return u
}

// pause waits for a time that is measured.
func pause(ctx context.Context, t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	case <-time.After(d):
	}
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(all))[(len(all)-1)/2]
}
