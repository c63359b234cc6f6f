// Package access lets those through to whom the cluster's own RBAC allows it: the API server says whose token a caller holds, by a
// TokenReview, and whether that user may do what the request asks for on its path, by a SubjectAccessReview.
//
// It must never let anybody through without an answer of the API server, keep or log a token, or know what it guards. Only the command's
// wiring in internal/app imports it, and tests.
package access
