// Package scale measures the exporter, as a process of its own, beside a real kube-apiserver and etcd that hold a generated cluster.
//
// It must never judge a figure by a bound, because what a machine can do is no property of the code, or leave out a cost that the
// exporter causes in its own process. Nothing imports it; `make scale PODS=10000` runs it, and TestScale skips where SCALE_PODS says
// nothing.
//
// # The cluster
//
// Package test/world makes it from a seed: workloads of ten replicas on average, three containers a pod, a namespace and a node for
// every 100 pods unless SCALE_NAMESPACES and SCALE_NODES say otherwise, ten NetworkPolicies, three ServiceAccounts, four RoleBindings
// and a ClusterRoleBinding in a namespace. The first pod of a workload and everything that is no pod is written through the API server,
// which adds defaults and managedFields; what the kubelet would say, the user of each container included, is written by the status
// subresource. The other replicas are what etcd then holds of the first one, with a name, a UID, a node, addresses and container IDs of
// their own, written to etcd one by one: the API server and its cache see them by their watch, as if another API server had made them.
// TestAlike holds them to what the API server itself would have stored, and SCALE_LOAD=api has it write every pod. The table says how
// big a pod is in the end. No controller and no kubelet runs, and the API server has no authorizer
// of nodes, which decodes every pod once more for the kubelets. Admission by ResourceQuota, LimitRanger and PodSecurity is off: the
// generated namespaces would refuse most of their pods.
//
// # What each figure means
//
// A run that ends with an error prints what it has measured by then, and fails.
//
//   - time to ready: from starting the process until /-/ready answers 200, looked at every 10 ms. The bare reflector beside it is
//     client-go's shared informers of the same kinds, without transform, as a process of its own with the same permissions; its time ends
//     when every informer has synced. Both run in turn, SCALE_ROUNDS times; each figure is the median, and the ratio that of the
//     medians. Exporter and API server share the machine, and most of the time is the API server's.
//   - CPU of the sync: user and system time of the last process until it is ready; CPU at rest: per second, in a time without change and
//     scrape. The kernel counts in steps of 10 ms.
//   - resident: VmRSS when ready; at rest, before the first scrape; after all scrapes and a time at rest (steady: this is what a daemon
//     that is scraped has); after the changes. Peak is VmHWM, the highest so far: when ready it is that of the sync, for every start.
//   - memory limit: with SCALE_MEMORY_LIMIT=256MiB every exporter runs in a memory cgroup of that size, as a container does, and finds the
//     limit there by itself. The figures are of the last one over its whole life, changes included: the highest charge, which is
//     memory of the process, of the kernel for it, and files that it was the first to read; how often it was at the limit, where the
//     kernel frees what it can; and whether the kernel ended it, which also ends the test. Where no such cgroup can be made the line says
//     why, and nothing is limited.
//   - scrape: from sending the request until the last byte of the body, one after another over one connection that is kept, in one go:
//     text as it is, text compressed with gzip, and protobuf, which is not compressed. Bytes are those of the body, CPU is the exporter's
//     for one scrape, series are the lines of text that are no comment. The metrics with the most text have lines of their own, and the
//     JSON has all of them. SCALE_ARGS adds flags to the exporter, as --metrics.detail=low. The line below divides them by whether the
//     exporter's garbage was collected meanwhile, as Go's own trace in its log says (GODEBUG=gctrace=1, which costs a line for each
//     collection), and idle is what the two of them left of the machine. Between scrapes the harness does a fixed piece of work, which reads
//     memory and computes for some milliseconds: where that takes longer at one time than at another, the machine does, a virtual one above
//     all. The last line has the scrapes before and after which it took at most 1.15 times what it takes at the median, and during which
//     others than the exporter had at most a quarter of a processor: a collection of the API server's garbage takes seconds of all there are.
//     It tells how much of the slowest is the machine's; the figures for all of them are those that count.
//   - changes: writes to etcd, spread evenly, of pods as the API server would store them: six of ten change a pod's status, three its
//     annotations, and one creates or deletes a pod. They go past the API server because it takes a few hundred writes a second on two
//     cores; its watch, and everything behind it, sees the same. The rates of SCALE_CHANGES follow one another, and the table says how
//     many a second there really were: where the machine has no idle time left, everything waits. CPU is the exporter's, in cores and per
//     change, first without any scrape, then while scraping for the latency, those scrapes included, each for as long as there are changes.
//     Behind is how long after the last change the API server took to tell another watch of a pod that it created then: what it had not
//     told the exporter either has cost the exporter nothing, so a large number there makes the CPU too low. Watches ended are those of
//     pods that the API server ended because their buffers were full, its own among them: who watches has to begin again, and is late.
//   - write to gauge: a privileged pod is created, and later deleted, by the API server in each of ten namespaces of its own, at random
//     moments while the changes go on. Its latency begins before the request to the API server is sent and ends when the whole body of the
//     first scrape that shows the namespace's new sum has been read, so it is never too low. It is too high by no more than the time from
//     the beginning of the scrape before, which did not show it, to that end; the table says how much that is at the median. The watch
//     alone is from the same moment until the API server has told the harness of the pod by a watch of its own, and the rest from there to
//     the gauge, which is less than nothing when the exporter was told first. These scrapes ask for the one
//     gauge (name[]), of which there is a new one every SCALE_PAUSE milliseconds at most: with whole ones, one after the other, two cores
//     have no time left in which the API server could tell anybody anything.
//   - profiles: with SCALE_PROFILES=DIRECTORY, and after everything else, heap.pprof is the exporter's memory after a collection of garbage, and
//     cpu.pprof its processor time in 20 seconds in which it answers one scrape after another, as text and compressed in turn.
package scale
