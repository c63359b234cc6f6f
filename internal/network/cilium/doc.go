// Package cilium translates CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (cilium.io/v2) into the one model of isolation, as the
// versions of Cilium that are maintained read them.
//
// It must never do I/O, judge, keep a pointer into an object, or guess: a policy that Cilium refuses or that cannot be read is marked so,
// and a rule that matches by what the API does not tell is unclear. Only the packages that project objects and that join them import it.
package cilium
