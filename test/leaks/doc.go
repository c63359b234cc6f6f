// Package leaks changes a cluster for as long as it is told, and holds that the exporter, as a process of its own, does not grow and
// forgets what is gone.
//
// It must never count an event that the exporter may not have taken, or use a name twice: a leak of names would not be seen. Nothing
// imports it; `go test ./test/leaks` makes 100,000 events, and LEAK_EVENTS=20000000 those of 24 hours of a busy cluster.
//
// # Why it is not the real API server
//
// A real kube-apiserver with etcd writes every change to disk, and shares the machine: 20 million changes would take many hours. The
// server of this package speaks the same protocol from memory: discovery, lists, lists that are streamed, watches with bookmarks that
// resume from a version, 410 for those that cannot, protobuf in frames, metadata for the kinds of which no more is asked, TLS and HTTP/2.
// What it writes is encoded by apimachinery, with the serializers that kube-apiserver uses; it has no etcd, no admission, no
// authorization, no compression, no pages, and it answers in JSON only to discovery and to refuse. TestReal holds it to a real one: two
// exporters, of a real API server and of this one with the same objects, must say the same posture, before and after changes.
//
// # What happens
//
// 60 namespaces with 1,800 pods in 240 workloads, and what package world puts into namespaces; 40 nodes, 40 Jobs at a time. Of the events,
// a quarter change a pod's status, one in fourteen gives a pod a label or an annotation with a value that was never there before, a
// quarter replace a pod, one in seven is about Jobs; the rest roll workloads out, end workloads, namespaces, nodes, roles, bindings,
// policies and accounts for ever and make others under new names, or only touch them. Nothing waits for a controller. Meanwhile a watch
// ends every 20,000 events and is resumed; every 50,000 events one kind's watch cannot be resumed, once it has had 150 seconds without
// that, and is listed anew, every other time without streaming because that is refused; and every 100,000 events, but not within 20
// seconds, every connection is cut; a short run has all of it sooner.
//
// # What is counted and judged
//
//   - Events taken: those sent up to the version that the exporter names when it asks again. What happens between a watch that expires and
//     the list after it never was an event to the exporter, and is not counted. What is on its way is counted, until the end, when the
//     exporter has been seen to have taken all.
//   - Growth: every scrape notes VmRSS, goroutines, open files, series, and the live heap, which is what the last collection of garbage
//     left: go_memstats_next_gc_bytes without what GOGC adds, stacks included. The medians of the second and of the last fifth of the events
//     are compared, and the table says what the last may be; TestVerdict shows that leaks are told. The slope is that of the least squares
//     from the second fifth on. With 20 million events, three fifths of which lie between the two, a byte of every event would be 11 MiB.
//   - Gone: whatever was deleted for ever (namespaces, top controllers of pods, nodes, roles, bindings, policies, accounts) is looked for in
//     every scrape that shows the exporter to have taken the end of it, and the test ends when it is there. It is shown by markers: objects
//     of each kind with a series, which are replaced every 1,000 events. A marker made after an event comes after it in the same watch. The
//     scrape that first shows the marker counts.
//   - Drift: in the end an exporter is started on the same server, and both must say the same about the cluster, line by line.
package leaks
