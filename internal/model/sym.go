package model

import "unique"

// Sym is an interned string: eight bytes wherever it stands, compared by pointer, freed when nothing refers to it.
// Names that repeat across thousands of objects (namespaces, nodes, ServiceAccounts, label sets) are kept as Syms.
type Sym = unique.Handle[string]

// Intern returns the Sym of s. The interned copy never pins a larger string that s is a part of.
func Intern(s string) Sym { return unique.Make(s) }

// Text returns the string behind a Sym; the zero Sym is the empty string.
func Text(s Sym) string {
	if s == (Sym{}) {
		return ""
	}
	return s.Value()
}
