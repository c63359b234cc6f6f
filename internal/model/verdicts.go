package model

// Slots is how many verdicts a Verdicts value holds. The catalog refuses to grow beyond it.
const Slots = 64

// MaxContainerChecks is how many checks may judge single containers. The catalog refuses to grow beyond it.
const MaxContainerChecks = 2

// ContainerPatterns is how many ways a container can fail one check: every combination of at most two label values.
const ContainerPatterns = 4

// Verdicts is what the checks said about one object, three bits a slot. A slot is one value of one check's extra label, or the
// whole check where it has none; the catalog hands them out. No bit set means that the resource passed.
type Verdicts struct {
	// Fail is set where the resource fails.
	Fail uint64
	// Unknown is set where the API does not tell, or the check itself broke.
	Unknown uint64
	// Skip is set where the check does not apply to the resource.
	Skip uint64
}

// Or adds the bits of another set of verdicts.
func (v Verdicts) Or(o Verdicts) Verdicts {
	return Verdicts{Fail: v.Fail | o.Fail, Unknown: v.Unknown | o.Unknown, Skip: v.Skip | o.Skip}
}

// ContainerCounts says for each container check how many containers of one pod failed in which pattern. Pattern 0 is a pass; bit i
// of a pattern stands for the check's i-th label value. A count stops at 65,535.
type ContainerCounts [MaxContainerChecks][ContainerPatterns]uint16

// Add counts one more container.
func (c *ContainerCounts) Add(check int, pattern uint8) {
	if n := &c[check][pattern]; *n < 1<<16-1 {
		*n++
	}
}
