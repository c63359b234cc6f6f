package dashboards

import (
	"slices"
	"strings"
)

// table is a panel with a row for each set of labels, as it is now.
type table struct {
	title, says string
	width       int
	// labels are the columns of text, in their order; what the queries have besides is not shown.
	labels []label
	// hidden are labels of the first query that are only there to sort by.
	hidden []string
	// carried are labels that links need and nobody reads.
	carried []string
	// columns are the values. The first one has every row; the others add to its rows.
	columns []column
	// sort names labels, the most important first; a minus in front reverses. byFirst is the first column's values: others have gaps,
	// and Grafana does not order what has gaps.
	sort []string
	// none is what an empty table says besides that there are no data.
	none  string
	empty string
}

// label is a column of text.
type label struct {
	name     string
	mappings []Mapping
	links    []DataLink
	width    int
}

// clusterLabel is narrow, because it is empty where there is one cluster, and other columns must not be cut off where there are more.
func clusterLabel() label { return label{name: "cluster", width: 110} }

// column is a column of numbers, and the query that they come from. Without a title it is not shown.
type column struct {
	title, expr string
	unit        string
	decimals    *int
	thresholds  Thresholds
	mappings    []Mapping
	links       []DataLink
	// none is what stands where there is no value; empty is "No data". It is never 0.
	none  string
	width int
	bar   bool
	max   *float64
	empty string
}

// byFirst sorts by the values of the first column, and byMost by the greatest first.
const (
	byFirst = "#"
	byMost  = "-#"
)

// nothing is what stands where the absence of a value is itself known.
const nothing = "–"

func (t table) panel() *Panel {
	p := newPanel("table", t.title, t.says, t.width, t.empty)
	p.FieldConfig.Defaults.Unit = "short"
	if t.none != "" {
		p.FieldConfig.Defaults.NoValue = noData + ": " + t.none
	}
	p.FieldConfig.Defaults.Custom = TableField{Align: "auto", CellOptions: Cell{Type: "auto"}}
	p.Options = TableOptions{ShowHeader: true, CellHeight: "sm", Footer: TableFooter{Reducer: []string{"sum"}}, SortBy: []string{}}
	// What has no label is not unknown, and a link must pass it as it is.
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, Override{Matcher{"byType", "string"}, []Property{{"noValue", ""}}})
	for _, l := range t.labels {
		if set := l.properties(); len(set) > 0 {
			p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, Override{Matcher{"byName", l.name}, set})
		}
	}
	for _, name := range t.carried {
		// The first is for Grafana 10 and 11, the second for what came after.
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, Override{Matcher{"byName", name}, []Property{
			{"custom.hidden", true}, {"custom.hideFrom", HideFrom{Viz: true}},
		}})
	}
	for i, c := range t.columns {
		target := newTarget(i, c.expr, c.empty)
		target.Format, target.Instant = "table", true
		p.Targets = append(p.Targets, target)
		if c.title != "" {
			p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, Override{Matcher{"byName", c.title}, c.properties()})
		}
	}
	p.Transformations = t.transformations()
	return p
}

func (l label) properties() []Property {
	var set []Property
	if len(l.mappings) > 0 {
		set = append(set, Property{"mappings", l.mappings}, Property{"custom.cellOptions", Cell{Type: "color-text"}})
	}
	if len(l.links) > 0 {
		set = append(set, Property{"links", l.links})
	}
	if l.width > 0 {
		set = append(set, Property{"custom.width", l.width})
	}
	return set
}

func (c column) properties() []Property {
	set := []Property{{"unit", orElse(c.unit, "short")}, {"noValue", orElse(c.none, noData)}}
	cell := Cell{Type: "auto"}
	switch {
	case c.bar:
		cell = Cell{Type: "gauge", Mode: "basic"}
		set = append(set, Property{"min", 0})
	case len(c.thresholds.Steps) > 1 || len(c.mappings) > 0:
		cell = Cell{Type: "color-text"}
	}
	set = append(set, Property{"custom.cellOptions", cell})
	if c.max != nil {
		set = append(set, Property{"max", *c.max})
	}
	if c.decimals != nil {
		set = append(set, Property{"decimals", *c.decimals})
	}
	if len(c.thresholds.Steps) > 0 {
		set = append(set, Property{"thresholds", c.thresholds})
	}
	if !c.bar {
		// Without this, what is not there has the colour of the lowest threshold, which is a verdict.
		set = append(set, Property{"mappings", append(slices.Clone(c.mappings), absent(orElse(c.none, noData)))})
	}
	if len(c.links) > 0 {
		set = append(set, Property{"links", c.links})
	}
	if c.width > 0 {
		set = append(set, Property{"custom.width", c.width})
	}
	return set
}

// field is what Grafana calls the values of a query before they are renamed.
func (t table) field(i int) string {
	if len(t.columns) == 1 {
		return "Value"
	}
	return "Value #" + ref(i)
}

// transformations join the queries by their labels, sort, and put the columns in order.
func (t table) transformations() []Transformation {
	var list []Transformation
	if len(t.columns) > 1 {
		list = append(list, Transformation{"merge", struct{}{}})
	}
	// Sorting keeps the order of equals, so the most important comes last.
	for _, by := range slices.Backward(t.sort) {
		name := strings.TrimPrefix(by, "-")
		if name == byFirst {
			name = t.field(0)
		}
		list = append(list, Transformation{"sortBy", SortBy{Fields: struct{}{}, Sort: []SortField{{name, strings.HasPrefix(by, "-")}}}})
	}
	o := Organize{ExcludeByName: map[string]bool{"Time": true, "__name__": true}, IndexByName: map[string]int{}, RenameByName: map[string]string{}}
	for _, h := range t.hidden {
		o.ExcludeByName[h] = true
	}
	for i, l := range t.labels {
		o.IndexByName[l.name] = i
	}
	// While only the first query answers, its values have no letter.
	names := []string{"Value"}
	for i := range t.columns {
		if name := t.field(i); name != "Value" {
			names = append(names, name)
		}
	}
	for i, name := range names {
		c := t.columns[max(0, i-1)]
		if c.title == "" {
			o.ExcludeByName[name] = true
			continue
		}
		o.IndexByName[name], o.RenameByName[name] = len(t.labels)+i, c.title
	}
	return append(list, Transformation{"organize", o})
}

// SortBy are the options of the transformation of that name.
type SortBy struct {
	Fields struct{}    `json:"fields"`
	Sort   []SortField `json:"sort"`
}

// SortField is the field that is sorted by.
type SortField struct {
	Field string `json:"field"`
	Desc  bool   `json:"desc"`
}

// Organize are the options of the transformation of that name.
type Organize struct {
	ExcludeByName map[string]bool   `json:"excludeByName"`
	IndexByName   map[string]int    `json:"indexByName"`
	RenameByName  map[string]string `json:"renameByName"`
}
