package check

// Not is the answer to the opposite question: what nobody knows stays unknown.
func (a Answer) Not() Answer {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	default:
		return Unknown
	}
}
