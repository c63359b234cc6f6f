package server

import (
	"bytes"
	"fmt"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// TestDelimited: what is written in parts is, byte by byte, what is written as one.
func TestDelimited(t *testing.T) {
	format := expfmt.NewFormat(expfmt.TypeProtoDelim)
	var whole, parts bytes.Buffer
	want := expfmt.NewEncoder(&whole, format)
	got := &delimited{Encoder: expfmt.NewEncoder(&parts, format), to: &parts}
	for _, n := range []int{0, 1, atOnce - 1, atOnce, atOnce + 1, 3 * atOnce, 5*atOnce + 7, 2} {
		f := &dto.MetricFamily{Name: new(fmt.Sprint("family_", n)), Help: new("What there is."), Type: dto.MetricType_GAUGE.Enum()}
		for i := range n {
			f.Metric = append(f.Metric, &dto.Metric{
				Label: []*dto.LabelPair{{Name: new("namespace"), Value: new(fmt.Sprint("n", i))}}, Gauge: &dto.Gauge{Value: new(float64(i))},
			})
		}
		for _, e := range []expfmt.Encoder{want, got} {
			if err := e.Encode(f); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(whole.Bytes(), parts.Bytes()) {
			t.Fatalf("with %d metrics: %d bytes instead of %d, or others", n, parts.Len(), whole.Len())
		}
	}
	refuses := &delimited{Encoder: want, to: broken{}}
	if err := refuses.Encode(&dto.MetricFamily{Name: new("f"), Metric: make([]*dto.Metric, atOnce+1)}); err == nil {
		t.Error("nothing can be written, and nobody is told")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, fmt.Errorf("no room") }
