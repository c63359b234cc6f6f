// Package scale measures the exporter, as a process of its own, beside a real kube-apiserver and etcd that hold a generated cluster.
//
// It must never judge a figure by a bound, because what a machine can do is no property of the code, or leave out a cost that the
// exporter causes in its own process. Nothing imports it; `make scale PODS=10000` runs it, and TestScale skips where SCALE_PODS says
// nothing.
//
// # The cluster
//
// Package test/world makes it from a seed: workloads of ten replicas on average, three containers a pod, a namespace and a node for
// every 100 pods, ten NetworkPolicies, three ServiceAccounts, four RoleBindings and a ClusterRoleBinding in a namespace. Every object is
// written through the API server, which adds defaults and managedFields; what the kubelet would say, the user of each container
// included, is written by the status subresource. The table says how big a pod is in the end. No controller and no kubelet runs.
// Admission by ResourceQuota, LimitRanger and PodSecurity is off: the generated namespaces would refuse most of their pods.
//
// # What each figure means
//
//   - time to ready: from starting the process until /-/ready answers 200, looked at every 10 ms. The bare reflector beside it is
//     client-go's shared informers of the same kinds, without transform, as a process of its own with the same permissions; its time ends
//     when every informer has synced. Both run in turn, as often as the table says; each figure is the median, and the ratio that of the
//     medians. Exporter and API server share the machine, and most of the time is the API server's.
//   - CPU of the sync: user and system time of the process until it is ready; CPU at rest: per second, in a time without change and scrape.
//     The kernel counts in steps of 10 ms.
//   - resident: VmRSS when ready; at rest, before the first scrape; after all scrapes and a time at rest (steady: this is what a daemon
//     that is scraped has); after the changes. Peak is VmHWM, the highest so far, when ready and at the end.
//   - scrape: from sending the request until the last byte of the body, one after another over one connection that is kept, in one go:
//     text as it is, text compressed with gzip, and protobuf, which is not compressed. Bytes are those of the body, CPU is the exporter's
//     for one scrape, series are the lines of text that are no comment.
//   - changes: writes to the API server, spread evenly: six of ten change a pod's status, three its annotations, and one creates or deletes
//     a pod. The table says how many a second there really were: where the machine has no idle time left, the API server cannot take
//     more, and everything beside it waits. CPU is the exporter's, per second and per change, first without any scrape, then while
//     scraping for the latency, scrapes included.
//   - write to gauge: a privileged pod is created, and later deleted, in each of ten namespaces of its own, at random moments while the
//     changes go on. Its latency begins before the request to the API server is sent and ends when the whole body of the first scrape
//     that shows the namespace's new sum has been read, so it is never too low. It is too high by no more than the time from the beginning
//     of the scrape before, which did not show it, to that end; the table says how much that is at the median.
package scale
