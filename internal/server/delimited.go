package server

import (
	"io"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// delimited writes protobuf as the encoder within it does, but long families in parts: as one, the longest of the largest clusters takes as
// much memory as a scrape has left. Messages that follow each other are one message, which has the elements of all of their lists.
//
// It escapes no names, so the encoder must not either.
type delimited struct {
	expfmt.Encoder
	to   io.Writer
	part []byte
}

// atOnce is how many metrics are encoded as one.
const atOnce = 1024

// Encode implements expfmt.Encoder.
func (d *delimited) Encode(f *dto.MetricFamily) error {
	if len(f.Metric) <= atOnce {
		return d.Encoder.Encode(f)
	}
	parts := []*dto.MetricFamily{{Name: f.Name, Help: f.Help, Type: f.Type, Unit: f.Unit}}
	for some := range slices.Chunk(f.Metric, atOnce) {
		parts = append(parts, &dto.MetricFamily{Metric: some})
	}
	size := 0
	for _, part := range parts {
		size += proto.Size(part)
	}
	if _, err := d.to.Write(protowire.AppendVarint(d.part[:0], uint64(size))); err != nil {
		return err
	}
	for _, part := range parts {
		var err error
		if d.part, err = (proto.MarshalOptions{}).MarshalAppend(d.part[:0], part); err != nil {
			return err
		}
		if _, err := d.to.Write(d.part); err != nil {
			return err
		}
	}
	return nil
}
