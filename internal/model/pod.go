package model

import (
	"time"
	"unique"
)

// Resource is a compute resource that limits and overcommitment are told apart by.
type Resource uint8

// The compute resources, in the order of their label values.
const (
	CPU Resource = iota
	Memory
	ResourceCount
)

// String returns the resource's name in a container's requirements.
func (r Resource) String() string { return [...]string{"cpu", "memory"}[r] }

// PodFlags are the yes-or-no facts about a pod.
type PodFlags uint8

// The facts.
const (
	// Judged is set for every pod that has not finished; the others count nowhere.
	Judged PodFlags = 1 << iota
	// HostNetwork pods are outside every network policy.
	HostNetwork
	// CarriesToken is set when a container mounts a token for the API server.
	CarriesToken
	// TokenUnknown is set when that could not be told.
	TokenUnknown
	// UnboundedCPU and UnboundedMemory are set when some container may use all that the node has.
	UnboundedCPU
	UnboundedMemory
	// BrokenPod is set for an object that could not be decoded: it exists, and nothing else is known about it.
	BrokenPod
	// ClaimsWindows is set when the pod's own specification says that it runs on Windows.
	ClaimsWindows
)

// Pod is a projected pod. There may be 150,000 of them, so every byte counts: the verdicts are bits, the strings interned, and what the
// replicas of a workload agree in is kept once for all of them.
type Pod struct {
	Meta
	Version
	Node Sym
	// Settles is the time, in seconds since 1970, until when a controller reference may be ahead of
	// or behind the controller: two minutes after the pod was created, or after its deletion was
	// asked for. It is 0 for a pod without a controller. It costs 16 bytes a pod: allocations have
	// no size between 48 and 64 bytes.
	Settles uint32
	// Replica is what the pod has in common with others of its workload.
	Replica unique.Handle[Replica]
}

// NewPod makes a pod of its parts; the Sym is its node.
func NewPod(meta Meta, version Version, node Sym, r *Replica) *Pod {
	return &Pod{Meta: meta, Version: version, Node: node, Replica: unique.Make(*r)}
}

// Settled reports whether the pod's controller must be in the cache by now, if it exists.
func (p *Pod) Settled(now time.Time) bool { return now.Unix() >= int64(p.Settles) }

// Of returns what the pod has in common with others of its workload.
func (p *Pod) Of() Replica { return p.Replica.Value() }

// Is says whether all the given facts hold.
func (p *Pod) Is(f PodFlags) bool {
	r := p.Of()
	return r.Is(f)
}

// Replica is what is known of a pod but for its name and its node.
type Replica struct {
	// Labels are the pod's own, or TooManyLabels.
	Labels         LabelSet
	ServiceAccount Sym
	// Owner is the pod's own controller; its zero value means that the pod stands alone.
	Owner OwnerRef
	// Verdicts are those of the checks that need the pod alone.
	Verdicts   Verdicts
	Containers ContainerCounts
	// Limits is what the pod may use at most: CPU in millicores, memory in bytes, summed over its containers or set for the whole pod.
	// It says nothing for a resource that is unbounded.
	Limits [ResourceCount]int64
	Flags  PodFlags
}

// Is says whether all the given facts hold.
func (r *Replica) Is(f PodFlags) bool { return r.Flags&f == f }

// Unbounded says whether the pod may use all of the resource that its node has.
func (r *Replica) Unbounded(of Resource) bool { return r.Is(UnboundedCPU << of) }
