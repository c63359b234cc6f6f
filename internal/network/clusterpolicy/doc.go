// Package clusterpolicy translates the cluster-scoped kinds of policy.networking.k8s.io (ClusterNetworkPolicy, and AdminNetworkPolicy and
// BaselineAdminNetworkPolicy before it) into the one model of isolation.
//
// It must never do I/O, judge, keep a pointer into an object, or guess: a policy that cannot be read is marked so, and a rule that matches
// by what the API does not tell is unclear. Only the packages that project objects and that document them import it.
package clusterpolicy
