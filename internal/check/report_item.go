package check

import "strconv"

// Item is the place of one element of a list: List[Index].Field. Field may be empty.
type Item struct {
	List  string
	Index int
	Field string
}

// FailItem is Fail for a field inside a list. Detail is a name from the object that helps a person to find it; it may be empty. Path and
// message are put together only when somebody reads them, so that counting allocates nothing.
func (r *Report) FailItem(value int, c *Container, at Item, message, detail string) {
	if !r.explaining {
		r.Fail(value, c, at.List, message)
		return
	}
	field := at.List + "[" + strconv.Itoa(at.Index) + "]"
	if at.Field != "" {
		field += "." + at.Field
	}
	if detail != "" {
		// Names come from whoever wrote the object: quoting keeps control characters out of logs and pages.
		message += ": " + strconv.Quote(detail)
	}
	r.Fail(value, c, field, message)
}
