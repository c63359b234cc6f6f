package dashboards

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

func TestDashboardsAreComplete(t *testing.T) {
	var uids []string
	for _, d := range made(t) {
		uids = append(uids, d.UID)
		if d.Title == "" || d.Description == "" || d.SchemaVersion != 42 || d.Refresh != "1m" || !slices.Contains(d.Tags, tag) {
			t.Errorf("%s lacks a title, a description, the schema, the refresh or the tag", d.UID)
		}
		if len(d.Links) != 1 || !d.Links[0].AsDropdown || !d.Links[0].IncludeVars || !d.Links[0].KeepTime {
			t.Errorf("%s has no navigation that keeps choices and time", d.UID)
		}
		if v := d.Templating.List; v[0].Name != "datasource" || v[1].Name != "cluster" || !v[1].Multi || !v[1].IncludeAll || *v[1].AllValue != ".*" {
			t.Errorf("%s: the first variables are the data source and the clusters, all of which match no label as well", d.UID)
		}
		if d.Annotations.List[0].Hide || len(d.Annotations.List) != 2 {
			t.Errorf("%s has no annotation to switch", d.UID)
		}
	}
	want := []string{rules.Overview, rules.Namespace, rules.Findings, rules.RBAC, rules.Network, rules.Resources, rules.Exporter}
	if !slices.Equal(uids, want) {
		t.Errorf("the dashboards are %q, want %q", uids, want)
	}
	if n := len(made(t).ByUID(rules.Overview).All()); n > 15 {
		t.Errorf("the overview has %d panels, want at most 15", n)
	}
}

func TestPanelsAreComplete(t *testing.T) {
	for _, d := range made(t) {
		ids, titles := map[int]bool{}, map[string]bool{}
		for _, p := range d.All() {
			at := d.UID + ": " + p.Title
			if p.ID <= 0 || ids[p.ID] || p.Title == "" || titles[p.Title] {
				t.Errorf("%s: no title, or the id %d or the title is there twice", at, p.ID)
			}
			ids[p.ID], titles[p.Title] = true, true
			if p.Type == "row" {
				continue
			}
			for _, part := range []string{"**What:** ", "\n\n**0:** ", "\n\n**Do:** "} {
				_, rest, ok := strings.Cut(p.Description, part)
				if !ok || len(rest) < 5 || strings.HasPrefix(rest, "\n") {
					t.Errorf("%s: the description does not say %q", at, part)
				}
			}
			f := p.FieldConfig.Defaults
			if f.Unit == "" || !strings.HasPrefix(f.NoValue, noData) || len(f.Thresholds.Steps) == 0 || f.Color.Mode == "" {
				t.Errorf("%s: no unit, noValue, thresholds or colour", at)
			}
			if p.Datasource == nil || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
				t.Errorf("%s: no data source or no query", at)
			}
			refs := map[string]bool{}
			for _, target := range p.Targets {
				if refs[target.RefID] || target.Datasource.UID != "${datasource}" || target.Expr == "" || target.Instant == target.Range {
					t.Errorf("%s: query %s is there twice, asks elsewhere, asks nothing, or both for a moment and for a range", at, target.RefID)
				}
				refs[target.RefID] = true
				if instant := p.Type != "timeseries"; target.Instant != instant {
					t.Errorf("%s: the last value of a range may be long gone, and is not now's", at)
				}
			}
			for _, o := range p.FieldConfig.Overrides {
				for _, set := range o.Properties {
					if s, ok := set.Value.(string); set.ID == "noValue" && (!ok || regexp.MustCompile(`\d`).MatchString(s)) {
						t.Errorf("%s: %q stands where nothing is known", at, s)
					}
				}
			}
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	for _, d := range made(t) {
		parts := [][]*Panel{d.Panels}
		for _, p := range d.Panels {
			parts = append(parts, p.Panels)
		}
		for _, panels := range parts {
			taken := map[[2]int]string{}
			for _, p := range panels {
				g := p.GridPos
				if g.W < 1 || g.H < 1 || g.X < 0 || g.Y < 0 || g.X+g.W > columns {
					t.Errorf("%s: %s is off the grid: %+v", d.UID, p.Title, g)
				}
				for x := g.X; x < g.X+g.W; x++ {
					for y := g.Y; y < g.Y+g.H; y++ {
						if other, ok := taken[[2]int{x, y}]; ok {
							t.Fatalf("%s: %s and %s overlap", d.UID, p.Title, other)
						}
						taken[[2]int{x, y}] = p.Title
					}
				}
			}
			// A line that is not full looks as if something were missing.
			for at, title := range taken {
				for x := range columns {
					if _, ok := taken[[2]int{x, at[1]}]; !ok {
						t.Fatalf("%s: the line of %s has a hole", d.UID, title)
					}
				}
			}
		}
	}
}

// builtIn are variables that Grafana has by itself.
var builtIn = regexp.MustCompile(`^__(all|range|rate_interval|interval|url_time_range|data)$`)

// TestVariables: each that is used is there, and each that is there is used.
func TestVariables(t *testing.T) {
	for _, d := range made(t) {
		content, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		defined := map[string]bool{}
		for _, v := range d.Templating.List {
			if defined[v.Name] {
				t.Errorf("%s has the variable %s twice", d.UID, v.Name)
			}
			defined[v.Name] = true
		}
		for _, name := range Variables(string(content)) {
			if !defined[name] && !builtIn.MatchString(name) {
				t.Errorf("%s uses $%s, which is not a variable", d.UID, name)
			}
		}
		used := map[string]bool{"datasource": true}
		for _, q := range d.Queries() {
			if q.Type != "variable" && q.Type != "annotation" {
				for _, name := range Variables(q.Expr) {
					used[name] = true
				}
			}
		}
		for name := range defined {
			if !used[name] {
				t.Errorf("%s has the variable %s, which no panel uses", d.UID, name)
			}
		}
	}
}

// variableOf says whether a dashboard has a variable.
func (d *Dashboard) variableOf(name string) bool {
	return slices.ContainsFunc(d.Templating.List, func(v Variable) bool { return v.Name == name })
}

// dataLinks lists the links of a panel.
func dataLinks(p *Panel) []DataLink {
	if p.FieldConfig == nil {
		return nil
	}
	list := slices.Clone(p.FieldConfig.Defaults.Links)
	for _, o := range p.FieldConfig.Overrides {
		for _, set := range o.Properties {
			if more, ok := set.Value.([]DataLink); ok {
				list = append(list, more...)
			}
		}
	}
	return list
}

// TestLinksLeadSomewhere: to a dashboard that exists, with variables that it has, and with the choices and the time.
func TestLinksLeadSomewhere(t *testing.T) {
	all := made(t)
	seen := 0
	for _, d := range all {
		for _, p := range d.All() {
			for _, l := range dataLinks(p) {
				rest, ok := strings.CutPrefix(l.URL, "/d/")
				if !ok {
					continue
				}
				seen++
				uid, query, _ := strings.Cut(rest, "?")
				target := all.ByUID(uid)
				if target == nil {
					t.Errorf("%s: %s leads to %s, which does not exist", d.UID, p.Title, uid)
					continue
				}
				for _, part := range []string{"${datasource:queryparam}", "${cluster:queryparam}", "${__url_time_range}"} {
					if !strings.Contains(query, part) {
						t.Errorf("%s: a link of %s forgets %s", d.UID, p.Title, part)
					}
				}
				for _, pair := range strings.Split(query, "&") {
					if name, ok := strings.CutPrefix(pair, "var-"); ok {
						if name, _, _ = strings.Cut(name, "="); !target.variableOf(name) {
							t.Errorf("%s: %s passes %s, which %s does not have", d.UID, p.Title, name, uid)
						}
					}
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("found only %d links", seen)
	}
}

// TestAlertsLeadSomewhere: every alert's dashboard exists and has the variables that the link sets.
func TestAlertsLeadSomewhere(t *testing.T) {
	all := made(t)
	for _, a := range madeRules(t).Alerts {
		d := all.ByUID(a.Dashboard)
		if d == nil {
			t.Errorf("%s leads to %s, which does not exist", a.Name, a.Dashboard)
			continue
		}
		query, err := url.ParseQuery("var-cluster=x&" + a.Query)
		if err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
		for key := range query {
			if name, ok := strings.CutPrefix(key, "var-"); !ok || !d.variableOf(name) {
				t.Errorf("%s passes %s, which %s does not have", a.Name, key, d.UID)
			}
		}
	}
}

// TestJSONIsWhatGrafanaReads looks at the few fields that the types here could not get wrong in Go and could in JSON.
func TestJSONIsWhatGrafanaReads(t *testing.T) {
	for _, d := range made(t) {
		content, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]any
		if err := json.Unmarshal(content, &raw); err != nil {
			t.Fatal(err)
		}
		if raw["id"] != nil || raw["uid"] != d.UID || strings.Contains(string(content), `: null`) && !nullsAreKnown(string(content)) {
			t.Errorf("%s: an id, another uid, or a null where Grafana expects a value", d.UID)
		}
		if strings.Contains(string(content), "MayBeEmpty") || strings.Contains(string(content), `"Series"`) {
			t.Errorf("%s tells what is only for tests", d.UID)
		}
	}
}

// nullsAreKnown: only the id, the first step of thresholds, and the "All" of a variable without one are null.
func nullsAreKnown(content string) bool {
	for _, m := range regexp.MustCompile(`"(\w+)": null`).FindAllStringSubmatch(content, -1) {
		if !slices.Contains([]string{"id", "value", "allValue", "calcs"}, m[1]) {
			return false
		}
	}
	return true
}

// TestTablesSortByWhatHasNoGaps: Grafana compares numbers by subtraction, and a missing one leaves the order to chance.
func TestTablesSortByWhatHasNoGaps(t *testing.T) {
	for _, d := range made(t) {
		for _, p := range d.All() {
			for _, tr := range p.Transformations {
				by, ok := tr.Options.(SortBy)
				if !ok {
					continue
				}
				if name := by.Sort[0].Field; strings.HasPrefix(name, "Value") && name != "Value" && name != "Value #A" {
					t.Errorf("%s: %s sorts by %s", d.UID, p.Title, name)
				}
			}
		}
	}
}
