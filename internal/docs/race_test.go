//go:build race

package docs

// raceFlags make the go command that a test runs use what was compiled for the test itself.
var raceFlags = []string{"-race"}
