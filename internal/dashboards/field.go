package dashboards

// FieldConfig says how values look.
type FieldConfig struct {
	Defaults  FieldDefaults `json:"defaults"`
	Overrides []Override    `json:"overrides"`
}

// FieldDefaults are for every field of a panel.
type FieldDefaults struct {
	Unit       string     `json:"unit"`
	Decimals   *int       `json:"decimals,omitempty"`
	Min        *float64   `json:"min,omitempty"`
	Max        *float64   `json:"max,omitempty"`
	NoValue    string     `json:"noValue"`
	Color      Color      `json:"color"`
	Thresholds Thresholds `json:"thresholds"`
	Mappings   []Mapping  `json:"mappings"`
	Links      []DataLink `json:"links"`
	Custom     any        `json:"custom,omitempty"`
}

// Color says what decides the colour of a value.
type Color struct {
	Mode       string `json:"mode"`
	FixedColor string `json:"fixedColor,omitempty"`
}

// Thresholds are the values at which a colour begins.
type Thresholds struct {
	Mode  string `json:"mode"`
	Steps []Step `json:"steps"`
}

// Step is one of them; the first has no value.
type Step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"`
}

// Mapping shows values as text.
type Mapping struct {
	Type    string `json:"type"`
	Options any    `json:"options"`
}

// Shown is what a value is shown as.
type Shown struct {
	Text  string `json:"text"`
	Color string `json:"color,omitempty"`
	Index int    `json:"index"`
}

// Special are the options of a mapping of what is no number.
type Special struct {
	Match  string `json:"match"`
	Result Shown  `json:"result"`
}

// DataLink leads from a value to another dashboard.
type DataLink struct {
	Title       string `json:"title"`
	URL         string `json:"url"`
	TargetBlank bool   `json:"targetBlank"`
}

// Override changes what the defaults say, for some fields.
type Override struct {
	Matcher    Matcher    `json:"matcher"`
	Properties []Property `json:"properties"`
}

// Matcher picks fields.
type Matcher struct {
	ID      string `json:"id"`
	Options any    `json:"options"`
}

// Property is one thing that an override sets.
type Property struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}

// StatOptions are those of a stat panel.
type StatOptions struct {
	ColorMode   string `json:"colorMode"`
	GraphMode   string `json:"graphMode"`
	JustifyMode string `json:"justifyMode"`
	Orientation string `json:"orientation"`
	Reduce      Reduce `json:"reduceOptions"`
	ShowChange  bool   `json:"showPercentChange"`
	TextMode    string `json:"textMode"`
	WideLayout  bool   `json:"wideLayout"`
}

// Reduce makes one value of a series.
type Reduce struct {
	Calcs  []string `json:"calcs"`
	Fields string   `json:"fields"`
	Values bool     `json:"values"`
}

// BarGaugeOptions are those of a bar gauge.
type BarGaugeOptions struct {
	DisplayMode   string        `json:"displayMode"`
	Orientation   string        `json:"orientation"`
	ValueMode     string        `json:"valueMode"`
	NamePlacement string        `json:"namePlacement"`
	ShowUnfilled  bool          `json:"showUnfilled"`
	Sizing        string        `json:"sizing"`
	MinVizWidth   int           `json:"minVizWidth"`
	MinVizHeight  int           `json:"minVizHeight"`
	MaxVizHeight  int           `json:"maxVizHeight"`
	Reduce        Reduce        `json:"reduceOptions"`
	Legend        LegendOptions `json:"legend"`
}

// TableOptions are those of a table.
type TableOptions struct {
	ShowHeader bool        `json:"showHeader"`
	CellHeight string      `json:"cellHeight"`
	Footer     TableFooter `json:"footer"`
	SortBy     []string    `json:"sortBy"`
}

// TableFooter is the line below a table; there is none.
type TableFooter struct {
	Show      bool     `json:"show"`
	Reducer   []string `json:"reducer"`
	CountRows bool     `json:"countRows"`
	Fields    string   `json:"fields"`
}

// TableField is how a table shows a field.
type TableField struct {
	Align       string `json:"align"`
	CellOptions Cell   `json:"cellOptions"`
	Filterable  bool   `json:"filterable"`
	Inspect     bool   `json:"inspect"`
}

// Cell is the kind of a table's cells.
type Cell struct {
	Type string `json:"type"`
	Mode string `json:"mode,omitempty"`
}

// TimeSeriesOptions are those of a graph.
type TimeSeriesOptions struct {
	Legend  LegendOptions  `json:"legend"`
	Tooltip TooltipOptions `json:"tooltip"`
}

// LegendOptions say where names stand.
type LegendOptions struct {
	Calcs       []string `json:"calcs"`
	DisplayMode string   `json:"displayMode"`
	Placement   string   `json:"placement"`
	ShowLegend  bool     `json:"showLegend"`
}

// TooltipOptions say what a pointer shows.
type TooltipOptions struct {
	Mode string `json:"mode"`
	Sort string `json:"sort"`
}

// GraphField is how a graph draws a series.
type GraphField struct {
	DrawStyle         string    `json:"drawStyle"`
	LineInterpolation string    `json:"lineInterpolation"`
	LineWidth         int       `json:"lineWidth"`
	LineStyle         LineStyle `json:"lineStyle"`
	FillOpacity       int       `json:"fillOpacity"`
	GradientMode      string    `json:"gradientMode"`
	ShowPoints        string    `json:"showPoints"`
	PointSize         int       `json:"pointSize"`
	SpanNulls         bool      `json:"spanNulls"`
	InsertNulls       bool      `json:"insertNulls"`
	Stacking          Stacking  `json:"stacking"`
	AxisPlacement     string    `json:"axisPlacement"`
	AxisLabel         string    `json:"axisLabel"`
	AxisColorMode     string    `json:"axisColorMode"`
	AxisBorderShow    bool      `json:"axisBorderShow"`
	AxisCenteredZero  bool      `json:"axisCenteredZero"`
	ScaleDistribution TypeOnly  `json:"scaleDistribution"`
	HideFrom          HideFrom  `json:"hideFrom"`
	ThresholdsStyle   ModeOnly  `json:"thresholdsStyle"`
	BarAlignment      int       `json:"barAlignment"`
	BarWidthFactor    float64   `json:"barWidthFactor"`
}

// LineStyle is solid or dashed.
type LineStyle struct {
	Fill string `json:"fill"`
}

// Stacking puts series onto each other, or does not.
type Stacking struct {
	Group string `json:"group"`
	Mode  string `json:"mode"`
}

// TypeOnly is an object that only has a type.
type TypeOnly struct {
	Type string `json:"type"`
}

// ModeOnly is an object that only has a mode.
type ModeOnly struct {
	Mode string `json:"mode"`
}

// HideFrom hides a series somewhere; nothing is hidden.
type HideFrom struct {
	Legend  bool `json:"legend"`
	Tooltip bool `json:"tooltip"`
	Viz     bool `json:"viz"`
}
