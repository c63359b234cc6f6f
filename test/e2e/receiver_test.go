package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// notice is one alert as Alertmanager tells of it.
type notice struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	Fingerprint string            `json:"fingerprint"`

	// receiver is the path it came to, at the time it came.
	receiver string
	at       time.Time
}

func (n *notice) String() string {
	labels := make([]string, 0, len(n.Labels))
	for k, v := range n.Labels {
		if k != "alertname" {
			labels = append(labels, k+"="+v)
		}
	}
	slices.Sort(labels)
	return fmt.Sprintf("%s %s{%s}", n.Status, n.Labels["alertname"], strings.Join(labels, ","))
}

// has says whether the alert has all the labels.
func (n *notice) has(labels map[string]string) bool {
	for k, v := range labels {
		if n.Labels[k] != v {
			return false
		}
	}
	return true
}

// receiver is the webhook at the end.
type receiver struct {
	server *httptest.Server

	mu      sync.Mutex
	notices []notice
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		var message struct {
			Alerts []notice `json:"alerts"`
		}
		if err := json.NewDecoder(request.Body).Decode(&message); err != nil {
			t.Errorf("what Alertmanager sends cannot be read: %v", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, n := range message.Alerts {
			n.receiver, n.at = request.URL.Path, time.Now()
			r.notices = append(r.notices, n)
		}
	}))
	t.Cleanup(r.server.Close)
	return r
}

// find returns the first notice of a status with the labels since a moment.
func (r *receiver) find(status string, labels map[string]string, since time.Time) *notice {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.notices {
		if n := &r.notices[i]; n.Status == status && n.at.After(since) && n.has(labels) {
			return n
		}
	}
	return nil
}

// starts are the distinct beginnings of alerts with the labels: the same alert told twice is one, a second alert for the second replica is two.
func (r *receiver) starts(labels map[string]string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for i := range r.notices {
		n := &r.notices[i]
		key := n.Fingerprint + " " + n.StartsAt.String()
		if n.Status == "firing" && n.has(labels) && !slices.Contains(list, key) {
			list = append(list, key)
		}
	}
	return list
}

// since lists what fired after a moment and whose name is one of those given.
func (r *receiver) since(moment time.Time, names []string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for i := range r.notices {
		n := &r.notices[i]
		if n.Status == "firing" && n.StartsAt.After(moment) && slices.Contains(names, n.Labels["alertname"]) && !slices.Contains(list, n.String()) {
			list = append(list, n.String())
		}
	}
	return list
}

// last is when an alert with one of the names was told of last.
func (r *receiver) last(names []string) (last time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.notices {
		if n := &r.notices[i]; slices.Contains(names, n.Labels["alertname"]) && n.at.After(last) {
			last = n.at
		}
	}
	return last
}

// pages lists what has paged somebody since a moment.
func (r *receiver) pages(since time.Time) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for i := range r.notices {
		if n := &r.notices[i]; n.Status == "firing" && n.StartsAt.After(since) && strings.HasPrefix(n.receiver, "/pager/") {
			list = append(list, n.String())
		}
	}
	return list
}
