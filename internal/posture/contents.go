package posture

import "hash/maphash"

// contents identifies the objects of a snapshot that something was made of. Two contents of one
// Engine are equal when they have the same objects, in whichever order: a projected object is not
// changed once it is made, so the same pointer is the same content. What the source calls the
// version of a kind says less: bookmarks advance it while no object changes, and an API server that
// was restored from a backup gives out the same versions again.
type contents struct {
	// kept holds on to the objects, so that no other can be at the address of one of them.
	kept []any
	n    int
	// sum is the sum over the objects' addresses, each hashed.
	sum uint64
}

func (c *contents) equal(o *contents) bool { return c.n == o.n && c.sum == o.sum }

// include adds objects. It takes a time that is linear in them.
func include[T any](c *contents, seed maphash.Seed, objects []*T) {
	for _, o := range objects {
		c.sum += maphash.Comparable(seed, o)
	}
	c.n += len(objects)
	c.kept = append(c.kept, objects)
}

// rbacContents identifies the roles and bindings of a snapshot.
func rbacContents(s *Snapshot, seed maphash.Seed) (c contents) {
	include(&c, seed, s.Roles)
	include(&c, seed, s.Bindings)
	return c
}

// policyContents identifies the namespaces of a snapshot, its network policies, and what decides
// what these mean.
func policyContents(s *Snapshot, seed maphash.Seed) (c contents) {
	include(&c, seed, s.Namespaces)
	include(&c, seed, s.Policies)
	include(&c, seed, s.CalicoPolicies)
	include(&c, seed, s.CalicoTiers)
	return c
}
