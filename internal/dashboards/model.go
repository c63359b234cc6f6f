package dashboards

// Dashboard is one dashboard, in the fields of Grafana's classic JSON. Every field is written, so that no version of Grafana fills in its own.
type Dashboard struct {
	ID            *int        `json:"id"`
	UID           string      `json:"uid"`
	Title         string      `json:"title"`
	Description   string      `json:"description"`
	Tags          []string    `json:"tags"`
	SchemaVersion int         `json:"schemaVersion"`
	Version       int         `json:"version"`
	Editable      bool        `json:"editable"`
	GraphTooltip  int         `json:"graphTooltip"`
	LiveNow       bool        `json:"liveNow"`
	Refresh       string      `json:"refresh"`
	Time          TimeRange   `json:"time"`
	TimePicker    struct{}    `json:"timepicker"`
	Timezone      string      `json:"timezone"`
	WeekStart     string      `json:"weekStart"`
	FiscalYear    int         `json:"fiscalYearStartMonth"`
	Links         []NavLink   `json:"links"`
	Annotations   Annotations `json:"annotations"`
	Templating    Templating  `json:"templating"`
	Panels        []*Panel    `json:"panels"`
}

// TimeRange is what a dashboard opens with.
type TimeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// NavLink is a link at the top of a dashboard.
type NavLink struct {
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Tags        []string `json:"tags"`
	AsDropdown  bool     `json:"asDropdown"`
	IncludeVars bool     `json:"includeVars"`
	KeepTime    bool     `json:"keepTime"`
	TargetBlank bool     `json:"targetBlank"`
	Icon        string   `json:"icon"`
	Tooltip     string   `json:"tooltip"`
	URL         string   `json:"url"`
}

// Annotations are the marks on graphs.
type Annotations struct {
	List []Annotation `json:"list"`
}

// Annotation is a query whose samples become marks.
type Annotation struct {
	Name        string           `json:"name"`
	Datasource  Datasource       `json:"datasource"`
	Enable      bool             `json:"enable"`
	Hide        bool             `json:"hide"`
	IconColor   string           `json:"iconColor"`
	Target      AnnotationTarget `json:"target"`
	TitleFormat string           `json:"titleFormat"`
	TextFormat  string           `json:"textFormat"`
	TagKeys     string           `json:"tagKeys"`
}

// AnnotationTarget is the query of an annotation. Interval is its coarsest resolution.
type AnnotationTarget struct {
	RefID    string `json:"refId"`
	Expr     string `json:"expr"`
	Interval string `json:"interval"`
}

// Templating holds the variables.
type Templating struct {
	List []Variable `json:"list"`
}

// Variable is a choice at the top of a dashboard.
type Variable struct {
	Type        string      `json:"type"`
	Name        string      `json:"name"`
	Label       string      `json:"label"`
	Description string      `json:"description"`
	Datasource  *Datasource `json:"datasource,omitempty"`
	Definition  string      `json:"definition,omitempty"`
	// Query is text, or a VariableQuery.
	Query       any      `json:"query"`
	Regex       string   `json:"regex"`
	Multi       bool     `json:"multi"`
	IncludeAll  bool     `json:"includeAll"`
	AllValue    *string  `json:"allValue"`
	Current     any      `json:"current"`
	Options     []Choice `json:"options"`
	Refresh     int      `json:"refresh"`
	Sort        int      `json:"sort"`
	Hide        int      `json:"hide"`
	SkipURLSync bool     `json:"skipUrlSync"`

	// Series and Of are what a query variable takes its values from: a selector, and one of its labels.
	Series string `json:"-"`
	Of     string `json:"-"`
}

// VariableQuery is how Grafana's Prometheus data source keeps the query of a variable.
type VariableQuery struct {
	Type  int    `json:"qryType"`
	Query string `json:"query"`
	RefID string `json:"refId"`
}

// Choice is a value of a variable, or several of them.
type Choice struct {
	Selected bool `json:"selected"`
	Text     any  `json:"text"`
	Value    any  `json:"value"`
}

// Datasource says where queries go.
type Datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// GridPos is a place on the grid, which is 24 columns wide.
type GridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// Panel is one panel, or a row, which only has a title and the panels folded into it.
type Panel struct {
	ID              int              `json:"id"`
	Type            string           `json:"type"`
	Title           string           `json:"title"`
	Description     string           `json:"description,omitempty"`
	Datasource      *Datasource      `json:"datasource,omitempty"`
	GridPos         GridPos          `json:"gridPos"`
	TimeFrom        string           `json:"timeFrom,omitempty"`
	HideTime        bool             `json:"hideTimeOverride,omitempty"`
	FieldConfig     *FieldConfig     `json:"fieldConfig,omitempty"`
	Options         any              `json:"options,omitempty"`
	Targets         []Target         `json:"targets,omitempty"`
	Transformations []Transformation `json:"transformations,omitempty"`
	Collapsed       *bool            `json:"collapsed,omitempty"`
	Panels          []*Panel         `json:"panels,omitempty"`

	// MayBeEmpty is why the panel may show nothing in a healthy cluster; empty when it must not.
	MayBeEmpty string `json:"-"`
}

// Target is one query of a panel.
type Target struct {
	RefID        string     `json:"refId"`
	Datasource   Datasource `json:"datasource"`
	EditorMode   string     `json:"editorMode"`
	Expr         string     `json:"expr"`
	Format       string     `json:"format"`
	Instant      bool       `json:"instant"`
	Range        bool       `json:"range"`
	LegendFormat string     `json:"legendFormat"`
	Interval     string     `json:"interval"`
	Exemplar     bool       `json:"exemplar"`

	// MayBeEmpty is why this query may answer nothing in a healthy cluster, although the panel shows others.
	MayBeEmpty string `json:"-"`
}

// Transformation changes the tables of a panel.
type Transformation struct {
	ID      string `json:"id"`
	Options any    `json:"options"`
}
