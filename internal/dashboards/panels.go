package dashboards

// value is one number of a stat or of a bar gauge, or one set of them.
type value struct {
	legend, expr string
	unit         string
	thresholds   Thresholds
	mappings     []Mapping
	// empty is why there may be none in a healthy cluster.
	empty string
}

// stat is a panel of big numbers, as they are now. They are never taken from the past: the last value of something that is gone is not now's.
type stat struct {
	title, says string
	width       int
	unit        string
	decimals    *int
	noValue     string
	text        string // what to write: auto, value_and_name or name
	orientation string
	values      []value
	byName      []Override
	mappings    []Mapping
	links       []DataLink
	empty       string
}

func (s stat) panel() *Panel {
	p := newPanel("stat", s.title, s.says, s.width, s.empty)
	p.FieldConfig.Defaults.Unit, p.FieldConfig.Defaults.Decimals = orElse(s.unit, "short"), s.decimals
	p.FieldConfig.Defaults.NoValue = orElse(s.noValue, noData)
	p.FieldConfig.Defaults.Links = links(s.links)
	p.FieldConfig.Defaults.Mappings = mappings(s.mappings)
	p.Options = StatOptions{
		ColorMode: "value", GraphMode: "none", JustifyMode: "auto", Orientation: orElse(s.orientation, "auto"), Reduce: lastValue(),
		TextMode: orElse(s.text, "auto"), WideLayout: false,
	}
	p.values(s.values)
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, s.byName...)
	return p
}

// bars is a panel of horizontal bars, as they are now.
type bars struct {
	title, says string
	width       int
	unit        string
	max         *float64
	values      []value
	byName      []Override
	links       []DataLink
	// below puts the bars below their names, where these are long.
	below bool
	empty string
}

func (g bars) panel() *Panel {
	p := newPanel("bargauge", g.title, g.says, g.width, g.empty)
	p.FieldConfig.Defaults.Unit = orElse(g.unit, "short")
	p.FieldConfig.Defaults.Min, p.FieldConfig.Defaults.Max = number(0), g.max
	p.FieldConfig.Defaults.Links = links(g.links)
	placement := "left"
	if g.below {
		placement = "top"
	}
	p.Options = BarGaugeOptions{
		DisplayMode: "basic", Orientation: "horizontal", ValueMode: "text", NamePlacement: placement, ShowUnfilled: true, Sizing: "auto",
		MinVizWidth: 8, MinVizHeight: 16, MaxVizHeight: 300, Reduce: lastValue(),
		Legend: LegendOptions{Calcs: []string{}, DisplayMode: "list", Placement: "bottom"},
	}
	p.values(g.values)
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, g.byName...)
	return p
}

// values adds the queries of single values, and what is particular to each.
func (p *Panel) values(list []value) {
	for i, v := range list {
		t := newTarget(i, v.expr, v.empty)
		t.Format, t.Instant, t.LegendFormat = "time_series", true, v.legend
		p.Targets = append(p.Targets, t)
		var set []Property
		if v.unit != "" {
			set = append(set, Property{"unit", v.unit})
		}
		if len(v.thresholds.Steps) > 0 {
			set = append(set, Property{"thresholds", v.thresholds})
		}
		if len(v.mappings) > 0 {
			set = append(set, Property{"mappings", v.mappings})
		}
		if len(set) > 0 {
			p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, Override{Matcher{"byFrameRefID", t.RefID}, set})
		}
	}
}

// line is one query of a graph.
type line struct{ legend, expr, empty string }

// graph is a panel of lines over time.
type graph struct {
	title, says string
	width       int
	unit        string
	max         *float64
	stacked     bool
	// loose lets the axis begin above 0, where small changes matter.
	loose bool
	// from overrides the dashboard's time, such as 90d.
	from   string
	lines  []line
	byName []Override
	empty  string
}

func (g graph) panel() *Panel {
	p := newPanel("timeseries", g.title, g.says, g.width, g.empty)
	stacking, fill := "none", 0
	if g.stacked {
		stacking, fill = "normal", 20
	}
	d := &p.FieldConfig.Defaults
	d.Unit, d.Max, d.Color = orElse(g.unit, "short"), g.max, Color{Mode: "palette-classic"}
	if !g.loose {
		d.Min = number(0)
	}
	d.Custom = GraphField{
		DrawStyle: "line", LineInterpolation: "linear", LineWidth: 2, LineStyle: LineStyle{"solid"}, FillOpacity: fill, GradientMode: "none",
		ShowPoints: "auto", PointSize: 4, Stacking: Stacking{"A", stacking}, AxisPlacement: "auto", AxisColorMode: "text",
		ScaleDistribution: TypeOnly{"linear"}, ThresholdsStyle: ModeOnly{"off"}, BarWidthFactor: 0.6,
	}
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, g.byName...)
	p.TimeFrom = g.from
	p.Options = TimeSeriesOptions{
		Legend:  LegendOptions{Calcs: []string{"last"}, DisplayMode: "list", Placement: "bottom", ShowLegend: true},
		Tooltip: TooltipOptions{Mode: "multi", Sort: "desc"},
	}
	for i, l := range g.lines {
		t := newTarget(i, l.expr, l.empty)
		t.Format, t.Range, t.LegendFormat = "time_series", true, l.legend
		p.Targets = append(p.Targets, t)
	}
	return p
}

func newPanel(kind, title, says string, width int, empty string) *Panel {
	from := source()
	return &Panel{
		Type: kind, Title: title, Description: says, Datasource: &from, GridPos: GridPos{W: width}, MayBeEmpty: empty,
		FieldConfig: &FieldConfig{
			Defaults: FieldDefaults{
				NoValue: noData, Color: Color{Mode: "thresholds"}, Thresholds: plain(), Mappings: []Mapping{}, Links: []DataLink{},
			},
			Overrides: []Override{},
		},
	}
}

func newTarget(i int, expr, empty string) Target {
	return Target{RefID: ref(i), Datasource: source(), EditorMode: "code", Expr: expr, MayBeEmpty: empty}
}

// ref is the name of query i.
func ref(i int) string { return string(rune('A' + i)) }

func lastValue() Reduce { return Reduce{Calcs: []string{"lastNotNull"}} }

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func links(list []DataLink) []DataLink {
	if list == nil {
		return []DataLink{}
	}
	return list
}

func mappings(list []Mapping) []Mapping {
	if list == nil {
		return []Mapping{}
	}
	return list
}

// coloured gives a colour to the series whose names begin with a word, up to a space or the end.
func coloured(name, colour string) Override {
	return Override{Matcher{"byRegexp", "/^" + name + "( |$)/"}, []Property{{"color", Color{Mode: "fixed", FixedColor: colour}}}}
}
