// Package faults holds the exporter to its first rule while everything around it fails: at every scrape each gauge is right, or absent with
// its reason.
//
// A random history changes a real cluster. Two exporters watch it, each through a network of its
// own that is cut, stalled, slowed, truncated, or answers with 410, 429 and 500; discovery flips,
// and one optional kind cannot be listed; the API server is killed and restarted, etcd compacted,
// and restored from a backup of some seconds ago; permissions are revoked and given back, custom
// resources defined and removed, exporters killed, and the clock of one of them set. It must never
// compute what it expects from what an exporter has cached, excuse a number because a fault is on,
// or let a fault go by of which nothing could be noticed. Nothing imports it; `make faults` runs it
// for long, and TestFaults for some minutes with the other tests.
//
// # What is right
//
// etcd's own history says what there was at every revision, whatever state the API server is in. Of each kind a scrape says at which
// revision its objects are (kube_posture_informer_resource_version), or that it has none (kube_posture_informer_synced is 0). From the
// objects that etcd held at those revisions everything is computed from scratch, and every line of the scrape that is not about the
// exporter itself must be the same: one more, one fewer or another number is a violation. So are
//
//   - a kind whose oldest change that is missing from the scrape is older than the allowed lag, which is the time after which the exporter
//     says itself that it does not know (--watch.stale-after) and two seconds. The kinds of one scrape may be of different moments within
//     the lag, because each has a watch of its own;
//   - a kind that is absent without an error that was counted since it was last there;
//   - a kind said to be not served that has been served for longer than the lag, or the other way around;
//   - anything about posture before the exporter is ready, and an exporter that does not come back within two minutes of the last fault.
//
// A restore begins another past, in which a revision names something else. For the allowed lag a
// scrape may still be about the past before it. Kinds that are relisted one by one may be about
// either: such scrapes are counted and not judged.
//
// Where a kind changes while it is read, twice in a row, the scrape says no revision; such scrapes are counted and not judged, and there
// must be few.
package faults
