package deploy_test

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// patience is how long something may take that happens by itself.
const patience = 2 * time.Minute

// interval is how often a condition is looked at.
const interval = 50 * time.Millisecond

// must takes the value of a call that may not fail.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		noError(t, err)
		return value
	}
}

// noError ends the test when a call that may not fail has.
func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// await looks again and again until the condition holds, and ends the test with its last complaint when it does not in time.
func await(t *testing.T, what string, condition func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		last := condition()
		if last == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal(fmt.Errorf("waited %s for: %s\n%w", patience, what, last))
		case <-ticker.C:
		}
	}
}

func newReader(text string) *bufio.Reader { return bufio.NewReader(strings.NewReader(text)) }
