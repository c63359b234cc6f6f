// Package review makes the report of a quarterly access review: the bindings that give privileged access and those that are left over,
// each with what a person needs to know to keep or delete it, as Markdown, CSV and JSON.
//
// It must never do I/O but to the writer it is given, read a clock, or decide what is privileged: internal/rbac does. Only
// internal/app imports it; it imports internal/rbac, internal/posture and internal/model.
package review
