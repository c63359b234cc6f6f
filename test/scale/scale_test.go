package scale

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
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
	r := newResult()
	// Also when it ends with an error: what has been measured by then took its time.
	defer func() {
		if len(r.ReadyUsage) == 0 {
			return
		}
		fmt.Println()
		if t.Failed() {
			fmt.Println("it ends with an error: figures that are 0 are those that were not measured any more")
		}
		if err := r.table(os.Stdout); err != nil {
			t.Error(err)
		}
		if o.json == "" {
			return
		}
		if err := r.write(o.json); err != nil {
			t.Error(err)
		}
	}()
	measure(t, &o, r, os.Stdout)
}

// TestSmoke keeps the harness working: it measures a cluster that is too small to say anything.
func TestSmoke(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane")
	}
	o := defaults()
	o.Pods, o.Rounds, o.Scrapes, o.Changes, o.ChangeSeconds, o.RestSeconds, o.MemoryLimit = 200, 1, 3, []int{50, 100}, 2, 1, 256<<20
	o.profiles, o.profiled = t.TempDir(), time.Second
	r := newResult()
	measure(t, &o, r, io.Discard)
	noError(t, r.table(t.Output()))
	if r.PodBytes < 4000 || r.Objects < 200 {
		t.Errorf("%d objects with pods of %d bytes are not realistic", r.Objects, r.PodBytes)
	}
	figures := map[string]float64{
		"copied": float64(r.Copied), "bare": median(r.Bare), "bare peak": float64(r.BareUsage[0].Peak), "ready": median(r.Ready), "CPU": r.ReadyUsage[0].CPU,
		"resident": float64(r.Steady.Resident), "peak": float64(r.AtEnd.Peak), "series": float64(r.Series), "families": float64(len(r.Families)),
		"pace": r.Scrapes[0].Pace.P50, "paces": float64(r.Scrapes[0].Pace.Count - r.Scrapes[0].Count),
	}
	for i, rate := range o.Changes {
		c := r.Changes[i]
		figures[fmt.Sprint("changes at ", rate)], figures[fmt.Sprint("scrapes at ", rate)] = c.Watching.Rate, float64(c.WhileScraped.Scrapes)
		figures[fmt.Sprint("latency at ", rate)], figures[fmt.Sprint("markers at ", rate)] = c.P99, float64(c.WhileScraped.Markers)
		figures[fmt.Sprint("watch at ", rate)], figures[fmt.Sprint("behind at ", rate)] = c.WatchP99, c.Watching.Behind
	}
	for _, name := range []string{"heap.pprof", "cpu.pprof"} {
		content, err := os.ReadFile(filepath.Join(o.profiles, name))
		noError(t, err)
		figures[name] = float64(len(content))
	}
	if r.Memory.Skipped == "" {
		figures["highest memory"], figures["heeded memory"] = float64(r.Memory.Highest), float64(r.Memory.Heeded)
	}
	for what, n := range figures {
		if n <= 0 {
			t.Errorf("%s: %v was measured", what, n)
		}
	}
	if len(r.Scrapes) != 3 || r.Scrapes[0].Bytes <= r.Scrapes[1].Bytes || r.Scrapes[0].Bytes <= r.Scrapes[2].Bytes {
		t.Errorf("the encodings make no difference: %+v", r.Scrapes)
	}
}

func newResult() *result { return &result{CPUs: runtime.NumCPU()} }

// measure does everything, in the order of the table.
func measure(t *testing.T, o *options, r *result, progress io.Writer) {
	t.Helper()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	// The harness shares the processors with what it measures, and memory is no concern of its own.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	r.Options = *o
	say := func(format string, args ...any) {
		fmt.Fprintf(progress, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
	}
	if o.binary == "" {
		say("building the exporter")
		o.binary = build(t)
	}
	say("starting etcd and kube-apiserver")
	cluster := testcluster.Start(t, controlPlane(o)...)
	kubeconfig := permitted(ctx, t, cluster)
	say("writing %d pods", o.Pods)
	l := &loader{client: cluster.Client(), storage: cluster.Storage(), progress: progress}
	began := time.Now()
	noError(t, l.load(ctx, o))
	for i := range markerNamespaces {
		cluster.CreateNamespace(t, markerNamespace(i), nil)
		_, err := cluster.Client().CoreV1().Pods(markerNamespace(i)).Create(ctx, marker(markerNamespace(i), "resident"), metav1.CreateOptions{})
		noError(t, err)
	}
	noError(t, l.caughtUp(ctx, markerNamespace(markerNamespaces-1), "resident"))
	r.LoadSeconds, r.Objects, r.Copied, r.PodBytes = time.Since(began).Seconds(), l.written.Load(), l.copied.Load(), l.bytes.Load()/max(1, l.pods.Load())
	say("wrote %d objects in %.0f s", r.Objects, r.LoadSeconds)

	r.LoadBefore = load()
	p := r.start(t, o, kubeconfig, say)
	say("at rest for %s", o.resting())
	r.rest(ctx, t, o, p)
	pace := newPacer()
	for _, e := range encodings() {
		say("%d scrapes: %s", o.Scrapes, e.name)
		s, err := measureScrapes(ctx, p, pace, e, o.Scrapes)
		noError(t, err)
		r.Scrapes = append(r.Scrapes, s)
	}
	r.count(ctx, t, o, p)
	pause(ctx, t, o.resting())
	r.Steady = use(t, p)
	r.change(ctx, t, o, p, l, say)
	pause(ctx, t, o.resting())
	r.AtEnd, r.LoadAfter = use(t, p), load()
	if o.profiles != "" {
		say("profiles into %s", o.profiles)
		noError(t, p.profile(ctx, o.profiles, o.profiled))
	}
	if p.box != nil {
		said, err := p.box.said()
		noError(t, err)
		said.Heeded = p.heeded()
		r.Memory = &said
	}
}

// controlPlane leaves out what would refuse or decode the pods, and makes the API server thrifty where there are so many that it would take
// all of a machine of 24 GiB: 21 GB for 150,000 pods with what Go does by itself.
func controlPlane(o *options) []testcluster.Option {
	list := []testcluster.Option{
		testcluster.WithoutNodes(), testcluster.WithAPIServerArgs("--disable-admission-plugins=ResourceQuota,LimitRanger,PodSecurity"),
	}
	if o.Pods > 100_000 {
		list = append(list, testcluster.WithAPIServerEnv("GOGC=40", "GOMEMLIMIT=13GiB"))
	}
	return list
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

// start runs the bare reflector and the exporter in turn, and leaves the last exporter running.
func (r *result) start(t *testing.T, o *options, kubeconfig string, say func(string, ...any)) (p *process) {
	t.Helper()
	for i := range o.Rounds {
		if p != nil {
			p.end()
		}
		bare, used := startBare(t, kubeconfig)
		r.Bare, r.BareUsage = append(r.Bare, bare.Seconds()), append(r.BareUsage, used)
		var in *box
		if o.MemoryLimit > 0 {
			var err error
			if in, err = newBox(t, o.MemoryLimit); err != nil {
				in, r.Memory = nil, &boxed{Limit: o.MemoryLimit, Skipped: err.Error()}
				say("no memory limit: %v", err)
			}
		}
		var ready time.Duration
		p, ready, used = startExporter(t, o, in, kubeconfig)
		r.Ready, r.ReadyUsage = append(r.Ready, ready.Seconds()), append(r.ReadyUsage, used)
		say("start %d of %d: bare reflector %.2f s, exporter %.2f s, peak %s", i+1, o.Rounds, bare.Seconds(), ready.Seconds(), mebibytes(used.Peak))
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
	r.Families = families(body.Bytes())
	for _, f := range r.Families {
		r.Series += f.Series
	}
}

// change looks at the exporter while pods change.
func (r *result) change(ctx context.Context, t *testing.T, o *options, p *process, l *loader, say func(string, ...any)) {
	t.Helper()
	c, err := newChanger(ctx, l.client, l.storage, l.kept, o.Seed)
	noError(t, err)
	for _, rate := range o.Changes {
		say("%d changes a second for %s, and again with markers and scrapes", rate, o.changing())
		m := &markers{client: l.client, process: p, pause: o.scrapePause(), seed: o.Seed}
		measured, err := measureRate(ctx, p, c, m, o, rate)
		noError(t, err)
		r.Changes = append(r.Changes, measured)
	}
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
