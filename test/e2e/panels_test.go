package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/internal/dashboards"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// testPanels opens every gap once more and asks Prometheus what each panel of each dashboard asks it: none may be refused, and none may be
// empty but those that say why they may.
func testPanels(t *testing.T, client kubernetes.Interface, s *stack) {
	for i := range gaps {
		gaps[i].open(t, client)
	}
	await(t, "the findings to be new once more", func() error {
		n, err := s.query(fmt.Sprintf("%s{name=%q}", rules.NewFindings, "miner"), true)
		if err == nil && n == 0 {
			err = fmt.Errorf("there is none")
		}
		return err
	})
	all, err := dashboards.Make(s.parameters, catalog(t))
	noError(t, err)
	asked, empty := 0, 0
	for _, d := range all {
		vars := d.Everything()
		if d.UID == rules.Namespace {
			vars["namespace"] = "shop"
		}
		for _, q := range d.Queries() {
			expr := dashboards.Expand(q.Expr, vars)
			asked++
			if q.MayBeEmpty != "" {
				n, err := s.query(expr, q.Instant)
				noError(t, err)
				if n == 0 {
					empty++
				}
				continue
			}
			await(t, q.String()+" to have data", func() error {
				n, err := s.query(expr, q.Instant)
				if err != nil {
					t.Fatalf("%s: %v\n%s", q, err, expr)
				}
				if n == 0 {
					return fmt.Errorf("nothing answers\n%s", expr)
				}
				return nil
			})
		}
	}
	t.Logf("%d queries of %d dashboards: none is refused, %d are empty and may be", asked, len(all), empty)
	s.shoot(t)
	for i := range gaps {
		gaps[i].close(t, client)
	}
}

// query asks Prometheus and returns how many series answer.
func (s *stack) query(expr string, instant bool) (int, error) {
	now := time.Now()
	values, path := url.Values{"query": {expr}}, "/api/v1/query"
	if !instant {
		path = "/api/v1/query_range"
		values.Set("start", strconv.FormatInt(now.Add(-2*time.Minute).Unix(), 10))
		values.Set("end", strconv.FormatInt(now.Unix(), 10))
		values.Set("step", "5")
	}
	response, err := http.PostForm(s.prometheus.url()+path, values)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var answer struct {
		Error string
		Data  struct{ Result []json.RawMessage }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return 0, err
	}
	if answer.Error != "" {
		return 0, fmt.Errorf("%s", answer.Error)
	}
	return len(answer.Data.Result), nil
}

// shoot runs the command in SHOOT, which finds Prometheus' address in PROMETHEUS_URL, while every gap is open.
func (s *stack) shoot(t *testing.T) {
	t.Helper()
	command := os.Getenv("SHOOT")
	if command == "" {
		return
	}
	run := exec.Command("bash", "-c", command)
	run.Env = append(os.Environ(), "PROMETHEUS_URL="+s.prometheus.url())
	output, err := run.CombinedOutput()
	t.Logf("%s\n%s", command, output)
	noError(t, err)
}
