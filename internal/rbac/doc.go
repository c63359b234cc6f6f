// Package rbac answers who may do what: it joins roles and bindings into a model of identities and grants that decides as the API
// server's RBAC authorizer does, and names what that power amounts to.
//
// It is pure: it must never do I/O, read a clock, know a metric or change what it is given, and a Model never changes once built.
// The projection, internal/posture and the command line may import it; it imports internal/model and apimachinery only.
package rbac
