package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// billOfMaterials lists the modules that the linker put into a binary, as CycloneDX. It is read off the binary, not off go.mod.
func billOfMaterials(path, architecture string, o *options) ([]byte, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return nil, err
	}
	bill := cdx.NewBOM()
	main := component(&debug.Module{Path: info.Main.Path, Version: "v" + o.version})
	main.Type = cdx.ComponentTypeApplication
	bill.Metadata = &cdx.Metadata{
		Timestamp: o.created.Format(time.RFC3339), Component: &main,
		Properties: &[]cdx.Property{{Name: "go:version", Value: info.GoVersion}, {Name: "go:platform", Value: "linux/" + architecture}},
	}
	parts := []cdx.Component{component(&debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")})}
	for _, m := range info.Deps {
		if m.Replace != nil {
			return nil, fmt.Errorf("%s is replaced by %s: what is shipped comes from go.mod", m.Path, m.Replace.Path)
		}
		parts = append(parts, component(m))
	}
	bill.Components = &parts
	var out bytes.Buffer
	err = cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bill)
	return out.Bytes(), err
}

func component(m *debug.Module) cdx.Component {
	url := "pkg:golang/" + m.Path + "@" + m.Version
	c := cdx.Component{Type: cdx.ComponentTypeLibrary, BOMRef: url, Name: m.Path, Version: m.Version, PackageURL: url}
	if m.Sum != "" {
		// go.sum's h1 is a hash of a list of hashes, not of a file, so it is no field of CycloneDX's own.
		c.Properties = &[]cdx.Property{{Name: "go:sum", Value: m.Sum}}
	}
	return c
}
