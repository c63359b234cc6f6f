package dashboards

import "fmt"

// source is the data source that every query goes to.
func source() Datasource { return Datasource{Type: "prometheus", UID: "${datasource}"} }

func datasourceVariable() Variable {
	return Variable{
		Type: "datasource", Name: "datasource", Label: "Data source", Description: "The Prometheus that scrapes the exporter and evaluates its rules",
		Query: "prometheus", Current: struct{}{}, Options: []Choice{}, Refresh: 1,
	}
}

// choice is a variable with the values of a label. All of them together match series without the label as well.
func choice(name, label, description, series string) Variable {
	return labelled(name, label, description, series, name)
}

func labelled(name, label, description, series, of string) Variable {
	all, from, query := ".*", source(), fmt.Sprintf("label_values(%s, %s)", series, of)
	return Variable{
		Type: "query", Name: name, Label: label, Description: description, Datasource: &from, Definition: query,
		Query: VariableQuery{Type: 1, Query: query, RefID: "PrometheusVariableQueryEditor-VariableQuery"},
		Multi: true, IncludeAll: true, AllValue: &all, Current: Choice{Selected: true, Text: []string{"All"}, Value: []string{"$__all"}},
		Options: []Choice{}, Refresh: 2, Sort: 1, Series: series, Of: of,
	}
}

// single is a choice of one value, without All.
func single(v Variable) Variable {
	v.Multi, v.IncludeAll, v.AllValue, v.Current = false, false, nil, struct{}{}
	return v
}

// text is a regular expression that is typed in.
func text(name, label, description string) Variable {
	all := Choice{Selected: true, Text: ".*", Value: ".*"}
	return Variable{Type: "textbox", Name: name, Label: label, Description: description, Query: ".*", Current: all, Options: []Choice{all}}
}

// clusterVariable takes its values from what is there before anything is known about posture.
func (b *builder) clusterVariable() Variable {
	return choice("cluster", "Cluster", "All also shows what has no cluster label", b.family("build_info").Name)
}

func (b *builder) namespaceVariable() Variable {
	return choice("namespace", "Namespace", "All also shows what is in no namespace", b.raw("namespace_info"))
}

func (b *builder) teamVariable() Variable {
	return choice("team", "Team", "All also shows what nobody owns", b.raw("namespace_info"))
}

// navigation leads to the other dashboards.
func navigation() []NavLink {
	return []NavLink{{
		Type: "dashboards", Title: "Kube posture", Tags: []string{tag}, AsDropdown: true, IncludeVars: true, KeepTime: true, Icon: "external link",
		Tooltip: "The other dashboards, with the same choices and time",
	}}
}
