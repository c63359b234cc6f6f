package dashboards

import "github.com/kube-posture/kube-posture-exporter/internal/rules"

// tag is what all dashboards have in common, and what the navigation finds them by.
const tag = "kube-posture"

// columns is the width of the grid.
const columns = 24

// newDashboard is a dashboard without panels.
func (b *builder) newDashboard(uid, title, description string, variables ...Variable) *Dashboard {
	return &Dashboard{
		UID: uid, Title: title, Description: description, Tags: []string{tag}, SchemaVersion: 42, Version: 1, Editable: true, GraphTooltip: 1,
		Refresh: "1m", Time: TimeRange{"now-24h", "now"}, Links: navigation(),
		Annotations: Annotations{[]Annotation{
			b.annotation("Drift", orange, true, rules.Drift), b.annotation("Blind", purple, false, rules.Sight),
		}},
		Templating: Templating{append([]Variable{datasourceVariable(), b.clusterVariable()}, variables...)},
	}
}

// annotation marks when alerts of a kind fired.
func (b *builder) annotation(name, colour string, enabled bool, kind rules.Kind) Annotation {
	return Annotation{
		Name: name, Datasource: source(), Enable: enabled, IconColor: colour, TitleFormat: "{{alertname}}", TextFormat: "{{namespace}}",
		TagKeys: "severity",
		Target: AnnotationTarget{
			RefID: "Anno", Interval: "1m",
			Expr: "max by (cluster, alertname, severity, namespace) (" + chosen("ALERTS", `alertname=~"`+b.kindOf(kind)+`"`, `alertstate="firing"`) + ")",
		},
	}
}

// line puts panels side by side, below everything that is there.
func (d *Dashboard) line(height int, panels ...*Panel) {
	y := d.bottom()
	x := 0
	for _, p := range panels {
		p.ID = d.nextID()
		p.GridPos.X, p.GridPos.Y, p.GridPos.H = x, y, height
		x += p.GridPos.W
		d.Panels = append(d.Panels, p)
	}
}

// folded is a part whose queries run only when somebody opens it.
func (d *Dashboard) folded(title string, height int, panels ...*Panel) {
	closed := true
	y := d.bottom()
	r := &Panel{ID: d.nextID(), Type: "row", Title: title, GridPos: GridPos{H: 1, W: columns, Y: y}, Collapsed: &closed}
	d.Panels = append(d.Panels, r)
	for i, p := range panels {
		p.ID = d.nextID()
		p.GridPos.Y, p.GridPos.H = y+1+i*height, height
		r.Panels = append(r.Panels, p)
	}
}

// bottom is where the next line begins. What is folded takes no room.
func (d *Dashboard) bottom() int {
	y := 0
	for _, p := range d.Panels {
		y = max(y, p.GridPos.Y+p.GridPos.H)
	}
	return y
}

func (d *Dashboard) nextID() int { return len(d.All()) + 1 }

// All lists the panels, those in folded rows too.
func (d *Dashboard) All() []*Panel {
	var list []*Panel
	for _, p := range d.Panels {
		list = append(list, p)
		list = append(list, p.Panels...)
	}
	return list
}
