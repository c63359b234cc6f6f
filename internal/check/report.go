package check

// Violation is one reason why a resource fails, for a person.
type Violation struct {
	// Value is the combination of label values that fails.
	Value int
	// Container is the container's name; empty when the pod or another resource as a whole fails.
	Container string
	// Field is the path of the field, from the object's root.
	Field string
	// Message says what is wrong with it.
	Message string
}

// Report receives what a check says about one resource. Saying nothing is a pass.
//
// Counting, it sets bits and allocates nothing; explaining, it also keeps where and why. The check does not know which.
type Report struct {
	fail, unknown, skip, count uint16
	explaining                 bool
	violations                 []Violation
}

// Fail says that the resource fails in the given combination of label values (0 for a check without extra labels). c is the container
// at fault, nil when it is the resource as a whole; field is the path below the container, or below the object.
func (r *Report) Fail(value int, c *Container, field, message string) {
	r.fail |= 1 << value
	if r.explaining {
		r.explain(value, c, field, message)
	}
}

// Count counts the resource in the given combination without failing it: it is as it is meant to
// be. It passes, and is no finding.
func (r *Report) Count(value int) { r.count |= 1 << value }

// Unknown says that the API does not tell.
func (r *Report) Unknown(value int) { r.unknown |= 1 << value }

// Skip says that the check does not apply to the resource, whatever else was said.
func (r *Report) Skip() { r.skip = 1<<16 - 1 }

// SkipValue says that one combination of label values does not apply to the resource.
func (r *Report) SkipValue(value int) { r.skip |= 1 << value }

// Say reports an Answer: bad when it is yes, unknown when nobody knows.
func (r *Report) Say(value int, bad Answer, field, message string) {
	switch bad {
	case Yes:
		r.Fail(value, nil, field, message)
	case Unknown:
		r.Unknown(value)
	}
}

// Fails has a bit for each combination of label values in which the resource fails.
func (r *Report) Fails() uint16 { return r.fail &^ r.skip }

// Counts has a bit for each combination in which the resource counts without failing.
func (r *Report) Counts() uint16 { return r.count &^ r.skip }

// Unknowns has a bit for each combination for which nobody knows.
func (r *Report) Unknowns() uint16 { return r.unknown &^ r.fail &^ r.skip }

// Skips has a bit for each combination that does not apply.
func (r *Report) Skips() uint16 { return r.skip }

// Violations are the reasons, when the report was made for explaining.
func (r *Report) Violations() []Violation { return r.violations }

// Reset makes the report ready for the next resource.
func (r *Report) Reset() { *r = Report{explaining: r.explaining} }

// Explaining returns a report that keeps the reasons.
func Explaining() *Report { return &Report{explaining: true} }

func (r *Report) explain(value int, c *Container, field, message string) {
	v := Violation{Value: value, Field: field, Message: message}
	if c != nil {
		v.Container, v.Field = c.Name, c.Path()+"."+field
	}
	r.violations = append(r.violations, v)
}
