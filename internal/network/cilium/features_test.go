package cilium

import (
	"slices"
	"strings"
	"testing"
)

// TestConsidered says of every field for peers and every entity what becomes of it, each feature once.
func TestConsidered(t *testing.T) {
	list := Considered()
	var names []string
	var all strings.Builder
	for _, f := range list {
		if f.Name == "" || f.Treatment == "" || slices.Contains(names, f.Name) {
			t.Errorf("%+v is empty or there twice", f)
		}
		names = append(names, f.Name)
		all.WriteString(f.Name + " " + f.Treatment + "\n")
	}
	var fields []string
	for _, s := range sections {
		fields = append(fields, s.name, s.requires())
		for _, k := range peerKinds {
			if k.in(s) {
				fields = append(fields, s.peers+k.name)
			}
		}
	}
	for name := range entities {
		fields = append(fields, name)
	}
	for _, f := range fields {
		if f != "ingress" && f != "egress" && !strings.Contains(all.String(), f) {
			t.Errorf("nothing says what becomes of %s", f)
		}
	}
	list[0].Name = "changed"
	if Considered()[0].Name == "changed" {
		t.Error("a caller can change the list")
	}
}
