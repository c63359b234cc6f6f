package snapshot

import (
	"strings"
	"testing"
	"time"
)

// TestHostileQuantities checks that quantities whose arithmetic takes minutes
// make their object undecodable, at once, however they are hidden, and that
// look-alikes in other fields do not.
func TestHostileQuantities(t *testing.T) {
	limit := func(json string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","labels":{"commit":"12e45678"}},"spec":{"containers":[{"name":"c","image":"12e4567890","resources":{"limits":{` + json + `}}}]}}`
	}
	for name, c := range map[string]struct {
		content string
		refused bool
	}{
		"look-alikes":       {limit(`"cpu":"100m","memory":"1Ei"`), false},
		"long but harmless": {limit(`"cpu":"1e0000000001"`), false},
		"exa":               {limit(`"cpu":"12E"`), false},
		"tiny":              {limit(`"cpu":"1e-2147483648"`), true},
		"huge":              {limit(`"cpu":"1e2147483647"`), true},
		"beyond int":        {limit(`"cpu":"1e99999999999999999999"`), true},
		"number":            {limit(`"cpu":1e-2147483648`), true},
		"escaped":           {limit(`"cpu":"1\u0065-2147483648"`), true},
		"escaped digits":    {limit(`"cpu":"1e-21474836\u0034\u0038"`), true},
		"duplicate field":   {limit(`"cpu":"1e-2147483648","cpu":"1"`), false},
		"digits":            {limit(`"cpu":"` + strings.Repeat("1", 100000) + `"`), true},
		"inline volume":     {`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"volumes":[{"name":"v","emptyDir":{"sizeLimit":"1e-2147483648"}}]}}`, true},
		"YAML":              {"apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  overhead: {cpu: '1e-2147483648'}\n", true},
		"other version":     {`{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"x"},"spec":{"overhead":{"cpu":"1e-2147483648"}}}]}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			p := parseText(t, c.content)
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			if len(p.entries) != 1 {
				t.Fatalf("%d objects, problems %v", len(p.entries), p.problems)
			}
			if _, refused := p.entries[0].obj.(*Undecodable); refused != c.refused {
				t.Errorf("refused: %v, want %v; problems %v", refused, c.refused, p.problems)
			}
		})
	}
}
