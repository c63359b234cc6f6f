package posture_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// cluster are the controllers that the tests below look up, in namespace a.
type cluster struct {
	replicaSets, jobs map[string]*model.Controlled
	daemonSets        map[string]string
}

func newCluster() cluster {
	set := func(uid string, owner model.OwnerRef) *model.Controlled {
		return &model.Controlled{UID: model.NewUID(uid), Owner: owner}
	}
	return cluster{
		replicaSets: map[string]*model.Controlled{
			"web-5d4f":    set("web", ownedBy("apps/v1", "Deployment", "web", "", "")),
			"canary-1":    set("canary", ownedBy("argoproj.io/v1alpha1", "Rollout", "canary", "", "")),
			"lone-5d4f":   set("lone", model.OwnerRef{}),
			"old-5d4f":    set("old", ownedBy("apps/v7", "Deployment", "web", "", "")),
			"forged-5d4f": set("forged", ownedBy("no.such.group/v1", "Deployment", "web", "", "")),
			"nouid-5d4f":  set("", ownedBy("apps/v1", "Deployment", "nouid", "", "")),
		},
		jobs: map[string]*model.Controlled{
			"backup-29000001": set("backup", ownedBy("batch/v1", "CronJob", "backup", "", "")),
			"nightly":         set("nightly", ownedBy("jobset.x-k8s.io/v1alpha2", "JobSet", "train", "", "")),
		},
		daemonSets: map[string]string{"agent": "agent"},
	}
}

// in puts the controllers into a snapshot.
func (c cluster) in(s *posture.Snapshot) {
	s.Controlled = func(kind model.Kind, namespace, name string) *model.Controlled {
		if namespace != "a" {
			return nil
		}
		if kind == model.Jobs {
			return c.jobs[name]
		}
		return c.replicaSets[name]
	}
	for name, uid := range c.daemonSets {
		n := model.Namespaced{Meta: model.NewMeta("a", name)}
		s.DaemonSets = append(s.DaemonSets, &enforcer.Object{Namespaced: n, UID: model.NewUID(uid)})
	}
	s.Objects[model.ReplicaSets], s.Objects[model.Jobs] = len(c.replicaSets), len(c.jobs)
	s.Objects[model.DaemonSets] = len(c.daemonSets)
}

var servedVersions = []string{"v1", "apps/v1", "batch/v1", "argoproj.io/v1alpha1", "batch.volcano.sh/v1alpha1", "jobset.x-k8s.io/v1alpha2"}

// What the kinds of controllers are known from.
const (
	asListed = iota
	// asFiles have objects of each kind, and do not say which versions are served.
	asFiles
	// asRefused may not be listed.
	asRefused
	// asNone are listed, and there is none.
	asNone
	// asFilesWithout have no object of the kinds.
	asFilesWithout
)

func owned(p *model.Pod, source int) *posture.Snapshot {
	s := podsOnly(p)
	for _, k := range []model.Kind{model.ReplicaSets, model.Jobs, model.DaemonSets} {
		s.Have[k] = source != asRefused
	}
	if source == asListed || source == asFiles {
		newCluster().in(s)
	}
	if source != asFiles && source != asFilesWithout {
		s.GroupVersions = servedVersions
	}
	return s
}

// TestTopController: a reference counts with its group, a version that exists and, where its kind
// is listed, a controller of that name and uid.
func TestTopController(t *testing.T) {
	const pod = "Pod x"
	for _, tc := range []struct {
		name                            string
		apiVersion, kind, of, uid, hash string
		source                          int
		// young is what a pod that has not settled is behind; empty for the same.
		want, young string
	}{
		{"ReplicaSet of a Deployment", "apps/v1", "ReplicaSet", "web-5d4f", "web", "5d4f", asListed, "Deployment web", ""},
		{"ReplicaSet of something else", "apps/v1", "ReplicaSet", "canary-1", "canary", "1", asListed, "Rollout.argoproj.io canary", ""},
		{"ReplicaSet on its own, named like one of a Deployment", "apps/v1", "ReplicaSet", "lone-5d4f", "lone", "5d4f", asListed, "ReplicaSet lone-5d4f", ""},
		{"ReplicaSet of a version that there is not", "apps/v1", "ReplicaSet", "old-5d4f", "old", "5d4f", asListed, "ReplicaSet old-5d4f", ""},
		{"ReplicaSet of a group that is not served", "apps/v1", "ReplicaSet", "forged-5d4f", "forged", "5d4f", asListed, "ReplicaSet forged-5d4f", "Deployment.no.such.group web"},
		{"in files, what is served is unknown", "apps/v1", "ReplicaSet", "forged-5d4f", "forged", "5d4f", asFiles, "Deployment.no.such.group web", ""},
		{"ReplicaSet with another uid", "apps/v1", "ReplicaSet", "web-5d4f", "made-up", "5d4f", asListed, pod, "Deployment web"},
		{"ReplicaSet with another uid, in files", "apps/v1", "ReplicaSet", "web-5d4f", "made-up", "5d4f", asFiles, pod, "Deployment web"},
		{"ReplicaSet without a uid", "apps/v1", "ReplicaSet", "nouid-5d4f", "x", "5d4f", asFiles, "Deployment nouid", ""},
		{"reference without a uid", "apps/v1", "ReplicaSet", "web-5d4f", "", "5d4f", asFiles, "Deployment web", ""},
		{"ReplicaSet that is not there", "apps/v1", "ReplicaSet", "new-5d4f", "new", "5d4f", asListed, pod, "Deployment new"},
		{"and whose name has no hash", "apps/v1", "ReplicaSet", "new", "new", "", asListed, pod, "ReplicaSet new"},
		{"there is no ReplicaSet at all", "apps/v1", "ReplicaSet", "new-5d4f", "new", "5d4f", asNone, pod, "Deployment new"},
		{"there is none in the files", "apps/v1", "ReplicaSet", "new-5d4f", "new", "5d4f", asFilesWithout, "Deployment new", ""},
		{"ReplicaSets may not be listed", "apps/v1", "ReplicaSet", "web-5d4f", "web", "5d4f", asRefused, "Deployment web", ""},
		{"and the name has no hash", "apps/v1", "ReplicaSet", "web", "web", "", asRefused, "ReplicaSet web", ""},
		{"ReplicaSet of another group", "example.com/v1", "ReplicaSet", "web-5d4f", "web", "5d4f", asRefused, pod, "ReplicaSet.example.com web-5d4f"},
		{"ReplicaSet of another group, in files", "example.com/v1", "ReplicaSet", "web-5d4f", "web", "5d4f", asFiles, "ReplicaSet.example.com web-5d4f", ""},
		{"ReplicaSet of another version", "apps/v7", "ReplicaSet", "web-5d4f", "web", "5d4f", asFiles, pod, ""},
		{"ReplicaSet of the core group", "v1", "ReplicaSet", "web-5d4f", "web", "5d4f", asListed, pod, ""},
		{"ReplicaSet of no group", "", "ReplicaSet", "web-5d4f", "web", "5d4f", asListed, pod, ""},
		{"Job of a CronJob", "batch/v1", "Job", "backup-29000001", "backup", "", asListed, "CronJob backup", ""},
		{"Job of a JobSet", "batch/v1", "Job", "nightly", "nightly", "", asListed, "JobSet.jobset.x-k8s.io train", ""},
		{"Job that is not there", "batch/v1", "Job", "report-29000001", "report", "", asListed, pod, "CronJob report"},
		{"Jobs may not be listed", "batch/v1", "Job", "backup-29000001", "backup", "", asRefused, "CronJob backup", ""},
		{"Job on its own", "batch/v1", "Job", "migrate", "migrate", "", asRefused, "Job migrate", ""},
		{"Job named after a short number", "batch/v1", "Job", "shard-12", "shard", "", asRefused, "Job shard-12", ""},
		{"Job of another group, named after a minute", "batch.volcano.sh/v1alpha1", "Job", "train-29000001", "v", "", asListed, "Job.batch.volcano.sh train-29000001", ""},
		{"Job of another group, named like one of batch", "batch.volcano.sh/v1alpha1", "Job", "nightly", "v", "", asListed, "Job.batch.volcano.sh nightly", ""},
		{"Job in a version of its group that is not served", "batch.volcano.sh/v2", "Job", "nightly", "v", "", asListed, pod, "Job.batch.volcano.sh nightly"},
		{"DaemonSet", "apps/v1", "DaemonSet", "agent", "agent", "", asListed, "DaemonSet agent", ""},
		{"DaemonSet with another uid", "apps/v1", "DaemonSet", "agent", "made-up", "", asListed, pod, "DaemonSet agent"},
		{"DaemonSet that is not there", "apps/v1", "DaemonSet", "other", "other", "", asListed, pod, "DaemonSet other"},
		{"DaemonSets that files do not hold", "apps/v1", "DaemonSet", "agent", "agent", "", asFilesWithout, "DaemonSet agent", ""},
		{"DaemonSet of a group that there is not", "no.such.group/v1", "DaemonSet", "agent", "agent", "", asListed, pod, "DaemonSet.no.such.group agent"},
		{"DaemonSet of batch", "batch/v1", "DaemonSet", "agent", "agent", "", asListed, pod, ""},
		{"StatefulSet", "apps/v1", "StatefulSet", "db", "db", "", asListed, "StatefulSet db", ""},
		{"StatefulSet of Kruise", "apps.kruise.io/v1beta1", "StatefulSet", "db", "db", "", asFiles, "StatefulSet.apps.kruise.io db", ""},
		{"a kind that moves the border to its group", "io/v1", "StatefulSet.apps.kruise", "db", "db", "", asFiles, pod, ""},
		{"no controller", "", "", "", "", "", asListed, pod, ""},
		{"controlled by a pod", "v1", "Pod", "launcher", "l", "", asListed, pod, ""},
		{"a static pod's mirror", "v1", "Node", "n1", "n", "", asListed, pod, ""},
	} {
		for age, want := range map[string]string{"settled": tc.want, "young": tc.young} {
			if want == "" {
				want = tc.want
			}
			t.Run(tc.name+"/"+age, func(t *testing.T) {
				p := named("x", ownedBy(tc.apiVersion, tc.kind, tc.of, tc.uid, tc.hash))
				if age == "young" {
					p.Settles = uint32(now.Unix() + 1)
				}
				got := result(t, twoChecks(t), posture.Options{}, owned(p, tc.source))
				if !slices.Contains(got, `finding plain "a" `+want+" 1") {
					t.Errorf("%q, want the finding on %s", got, want)
				}
			})
		}
	}
}

// named is a pod in namespace a that fails.
func named(name string, owner model.OwnerRef) *model.Pod {
	p := pod("a", "", plain)
	p.Meta = model.NewMeta("a", name)
	change(p, func(r *model.Replica) { r.Owner = owner })
	return p
}

func found(t *testing.T, o posture.Options, s *posture.Snapshot) []string {
	t.Helper()
	return filter(result(t, twoChecks(t), o, s), func(l string) bool { return strings.HasPrefix(l, "finding") })
}

// TestReplicaSetsOfOneDeployment: a rollout in progress is one finding, with the pods of both.
func TestReplicaSetsOfOneDeployment(t *testing.T) {
	old := named("old", ownedBy("apps/v1", "ReplicaSet", "web-5d4f", "", "5d4f"))
	young := named("young", ownedBy("apps/v1", "ReplicaSet", "web-77aa", "", "77aa"))
	if got := found(t, posture.Options{}, podsOnly(old, young)); !slices.Equal(got, []string{`finding plain "a" Deployment web 2`}) {
		t.Errorf("%q", got)
	}
}

// TestForgedOwners: pods that agree in everything, and refer to a controller that never was, are
// each a finding of its own, and no exemption of the controller covers them.
func TestForgedOwners(t *testing.T) {
	forged := ownedBy("apps/v1", "DaemonSet", "agent", "made-up", "")
	s := owned(named("real", ownedBy("apps/v1", "DaemonSet", "agent", "agent", "")), asListed)
	s.Pods = append(s.Pods, named("evil-1", forged), named("evil-2", forged), named("evil-3", ownedBy("no.such.group/v1", "DaemonSet", "agent", "agent", "")))
	exempt := posture.Exemption{Name: "x", Checks: []string{"plain"}, Kinds: []string{"DaemonSet"}, Names: []string{"agent"}, Expires: now.Add(time.Hour)}
	want := []string{`finding plain "a" Pod evil-1 1`, `finding plain "a" Pod evil-2 1`, `finding plain "a" Pod evil-3 1`}
	if diff := cmp.Diff(want, found(t, posture.Options{Exemptions: []posture.Exemption{exempt}}, s)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestExemptionOfAGroup: an exemption matches the group of a kind.
func TestExemptionOfAGroup(t *testing.T) {
	for kind, want := range map[string][]string{
		"Job":                  {`finding plain "a" Job.batch.volcano.sh nightly 1`},
		"Job.batch.volcano.sh": {`finding plain "a" Job nightly 1`},
		"Job.*":                {`finding plain "a" Job nightly 1`},
	} {
		s := podsOnly(named("a", ownedBy("batch/v1", "Job", "nightly", "", "")), named("b", ownedBy("batch.volcano.sh/v1alpha1", "Job", "nightly", "", "")))
		exempt := posture.Exemption{Name: "x", Checks: []string{"plain"}, Kinds: []string{kind}, Expires: now.Add(time.Hour)}
		if diff := cmp.Diff(want, found(t, posture.Options{Exemptions: []posture.Exemption{exempt}}, s)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", kind, diff)
		}
	}
}

// TestRolloutRenamesNothing: while pods and their controllers come and go, in either order, every
// finding is on the Deployment.
func TestRolloutRenamesNothing(t *testing.T) {
	ref := func(n int) model.OwnerRef {
		return ownedBy("apps/v1", "ReplicaSet", fmt.Sprintf("web-%dd4f", n), fmt.Sprint(n), fmt.Sprintf("%dd4f", n))
	}
	set := func(n int) *model.Controlled {
		return &model.Controlled{UID: model.NewUID(fmt.Sprint(n)), Owner: ownedBy("apps/v1", "Deployment", "web", "", "")}
	}
	settled, fresh := named("old", ref(1)), named("new", ref(2))
	fresh.Settles = uint32(now.Unix() + 120)
	leaving := named("leaving", ref(3))
	leaving.Settles = uint32(now.Unix() + 90)
	for name, tc := range map[string]struct {
		sets map[string]*model.Controlled
		pods []*model.Pod
		want string
	}{
		"the pod is ahead of its ReplicaSet":  {map[string]*model.Controlled{"web-1d4f": set(1)}, []*model.Pod{settled, fresh}, `finding plain "a" Deployment web 2`},
		"both are there":                      {map[string]*model.Controlled{"web-1d4f": set(1), "web-2d4f": set(2)}, []*model.Pod{settled, fresh}, `finding plain "a" Deployment web 2`},
		"the ReplicaSet is gone before a pod": {map[string]*model.Controlled{"web-1d4f": set(1)}, []*model.Pod{settled, leaving}, `finding plain "a" Deployment web 2`},
		"the last ReplicaSet is gone":         {map[string]*model.Controlled{}, []*model.Pod{leaving}, `finding plain "a" Deployment web 1`},
	} {
		s := podsOnly(tc.pods...)
		s.Have[model.ReplicaSets], s.GroupVersions = true, servedVersions
		s.Controlled = func(_ model.Kind, _, name string) *model.Controlled { return tc.sets[name] }
		if got := found(t, posture.Options{}, s); !slices.Equal(got, []string{tc.want}) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
