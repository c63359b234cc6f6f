// Package calico translates Calico's NetworkPolicy, GlobalNetworkPolicy and Tier, from either of the groups that serve them, into the
// one model of isolation; it has its own parser of Calico's selector language.
//
// It must never do I/O, judge, keep a pointer into an object, or guess: a policy that cannot be read is marked so, and a rule that matches
// by what the API does not tell is unclear. Only the packages that project objects and that join them import it.
package calico
