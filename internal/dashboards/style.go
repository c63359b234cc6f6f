package dashboards

import (
	"strconv"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// The colours, one meaning each. All are names that Grafana resolves by theme.
const (
	neutral = "text"
	// red, orange, yellow and blue are critical, high, medium and low; beyond findings, red is broken and orange needs somebody.
	red    = "red"
	orange = "orange"
	yellow = "yellow"
	blue   = "blue"
	// green is good, which is only said where bad is possible.
	green = "green"
	// purple is not known.
	purple = "purple"
)

const noData = "No data"

// severityColours are in the order of check.Severities.
var severityColours = []string{red, orange, yellow, blue}

// gapColours are for lines, which need telling apart and mean nothing by colour; none is one of the others.
var gapColours = map[check.Gap]string{
	check.Root: "#1F9E89", check.Network: "#D16BA5", check.Token: "#A0743B", check.Resources: "#3FB6D9", check.RBAC: "#6C7BD9", check.PodSecurity: "#8A9A2B",
}

func number(v float64) *float64 { return &v }

// steps are thresholds: a base, then pairs of a value and the colour that begins there.
func steps(base string, pairs ...any) Thresholds {
	t := Thresholds{Mode: "absolute", Steps: []Step{{Color: base}}}
	for i := 0; i+1 < len(pairs); i += 2 {
		var at float64
		switch v := pairs[i].(type) {
		case int:
			at = float64(v)
		case float64:
			at = v
		}
		colour, _ := pairs[i+1].(string)
		t.Steps = append(t.Steps, Step{Color: colour, Value: number(at)})
	}
	return t
}

// above0 is neutral at 0 and below, and has a colour from 1 on, or from what is just above 0.
func above0(colour string) Thresholds { return steps(neutral, 0.0001, colour) }

// plain has no colour.
func plain() Thresholds { return steps(neutral) }

// difference is for scores against the past: less is worse. The sign says it too.
func difference() Thresholds { return steps(orange, -0.0005, neutral, 0.0005, green) }

// increase is for counts of failures against the past: more is worse.
func increase() Thresholds { return steps(green, -0.5, neutral, 0.5, orange) }

// words shows numbers as text: pairs of text and colour for 0, 1, 2 and so on.
func words(pairs ...string) []Mapping {
	options := map[string]Shown{}
	for i := 0; i+1 < len(pairs); i += 2 {
		options[strconv.Itoa(i/2)] = Shown{Text: pairs[i], Color: pairs[i+1], Index: i / 2}
	}
	return []Mapping{{Type: "value", Options: options}}
}

// absent is what stands, without a colour, where there is no value.
func absent(text string) Mapping {
	return Mapping{Type: "special", Options: Special{Match: "null", Result: Shown{Text: text, Color: neutral}}}
}

// named gives colours to text: pairs of text and colour.
func named(pairs ...string) []Mapping {
	options := map[string]Shown{}
	for i := 0; i+1 < len(pairs); i += 2 {
		options[pairs[i]] = Shown{Text: pairs[i], Color: pairs[i+1], Index: i / 2}
	}
	return []Mapping{{Type: "value", Options: options}}
}

// severities gives their colours to the names of severities.
func severities() []Mapping {
	var pairs []string
	for i, s := range check.Severities() {
		pairs = append(pairs, s, severityColours[i])
	}
	return named(pairs...)
}

// says is a panel's description: what it counts, what 0 means, what to do.
func says(what, zero, do string) string {
	return "**What:** " + what + "\n\n**0:** " + zero + "\n\n**Do:** " + do
}
