package logging_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/klog/v2"

	"github.com/kube-posture/kube-posture-exporter/internal/logging"
)

// captureStderr runs f and returns what it wrote to standard error.
func captureStderr(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	saved := os.Stderr
	os.Stderr = w
	defer func() { os.Stderr = saved }()
	f()
	w.Close()
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// speak says something through every door that klog has.
func speak() {
	klog.Info("printf info")
	klog.Warningf("printf %s\nsecond line", "warning")
	klog.Error("printf ] error")
	klog.V(2).Info("printf V2")
	klog.InfoS("structured", "pod", klog.KRef("shop", "web-0"))
	klog.ErrorS(errors.New("broken"), "structured error")
	klog.V(4).InfoS("structured V4")
	klog.V(6).InfoS("structured V6")
	logger := klog.LoggerWithValues(klog.FromContext(context.Background()), "reflector", "pods")
	logger.Info("contextual")
	logger.V(3).Info("contextual V3")
	logger.V(8).Info("contextual V8")
	logger.Error(errors.New("gone"), "contextual error")
	klog.Flush()
}

func TestRouteKlog(t *testing.T) {
	type event struct{ Level, Msg string }
	all := []event{
		{"info", "printf info"},
		{"warn", "printf warning\nsecond line"},
		{"error", "printf ] error"},
		{"info", "printf V2"},
		{"info", "structured"},
		{"error", "structured error"},
		{"debug", "structured V4"},
		{"info", "contextual"},
		{"debug", "contextual V3"},
		{"error", "contextual error"},
	}
	onlyDebug := map[string]bool{"printf V2": true, "structured V4": true, "contextual V3": true}
	for _, lvl := range []string{"debug", "info", "warn"} {
		t.Run(lvl, func(t *testing.T) {
			defer klog.CaptureState().Restore()
			l, buf := newLogger(t, "json", lvl)
			logging.RouteKlog(l)
			if out := captureStderr(t, speak); out != "" {
				t.Errorf("klog wrote to standard error: %q", out)
			}
			var got, want []event
			for _, e := range parseJSON(t, buf) {
				got = append(got, event{e["level"].(string), e["msg"].(string)})
				if caller, _ := e["caller"].(string); !strings.HasPrefix(caller, "klog_test.go:") {
					t.Errorf("%v: caller = %v, want this file", e["msg"], e["caller"])
				}
			}
			for _, e := range all {
				if lvl == "debug" || !onlyDebug[e.Msg] && (lvl == "info" || e.Level != "info") {
					want = append(want, e)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRouteKlogKeepsValues(t *testing.T) {
	defer klog.CaptureState().Restore()
	var buf bytes.Buffer
	l, err := logging.New(&buf, "logfmt", "info")
	if err != nil {
		t.Fatal(err)
	}
	logging.RouteKlog(l)
	klog.ErrorS(errors.New("broken"), "cannot list", "pod", klog.KRef("shop", "web-0"))
	klog.LoggerWithName(klog.Background(), "reflector").Info("listing", "resource", "pods")
	for _, want := range []string{
		` level=error msg="cannot list" err=broken pod.name=web-0 pod.namespace=shop` + "\n",
		` level=info msg=listing logger=reflector resource=pods` + "\n",
	} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("%q is not in %q", want, buf.String())
		}
	}
}
