package informers

import (
	"crypto/sha256"
	"runtime"
	"sync"
	"weak"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/netpolv1"
)

// said keeps what NetworkPolicies say once for all of them that say it, for as long as any of them is there: the namespaces of a platform have
// the same policies, and there may be 100,000. It is safe for concurrent use; the zero value is ready.
// It stays as large as the most that was ever said at once, at a hash and a pointer each.
type said struct {
	mu sync.Mutex
	by map[[sha256.Size]byte]weak.Pointer[[1]network.Policy]
}

// policies returns what a specification says, in a list of one. Whoever writes policies must not be able to make two of them look alike, so
// they are told apart by a hash that nobody can find a collision of.
func (s *said) policies(spec *networkingv1.NetworkPolicySpec) []network.Policy {
	text, err := spec.Marshal()
	if err != nil {
		return []network.Policy{netpolv1.Policy(spec)}
	}
	key := sha256.Sum256(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	if there := s.by[key].Value(); there != nil {
		return there[:]
	}
	made := &[1]network.Policy{netpolv1.Policy(spec)}
	if s.by == nil {
		s.by = make(map[[sha256.Size]byte]weak.Pointer[[1]network.Policy])
	}
	s.by[key] = weak.Make(made)
	runtime.AddCleanup(made, s.forget, key)
	return made[:]
}

// forget drops what nothing says any more, unless it has been said again since.
func (s *said) forget(key [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if there, ok := s.by[key]; ok && there.Value() == nil {
		delete(s.by, key)
	}
}
