// Package whocan answers on the command line who may do something: it reads a question as a person types it, asks the RBAC model, and
// writes the subjects with the bindings and roles that let them.
//
// It must never do I/O but to the writer it is given, ask an API server what it serves, or decide by itself what is allowed. Only
// internal/app imports it; it imports internal/rbac and internal/model.
package whocan
