package live_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/rest"
)

// call is one request to the API server. In its path and its body, HOLDER stands for the user of
// the walk.
type call struct {
	method, path, body string
	header             map[string]string
}

// anyAnswer reports whether the answer comes from another server, such as a kubelet: then any but a
// refusal will do.
func (c call) anyAnswer() bool {
	return c.header["Upgrade"] != "" || strings.Contains(c.path, "/proxy/")
}

// do makes a request and returns the answer's code and body.
func (s *stage) do(config *rest.Config, c call) (int, string) {
	s.t.Helper()
	config = rest.CopyConfig(config)
	config.NextProtos = []string{"http/1.1"} // HTTP/2 has no upgrades
	client := must[*http.Client](s.t)(rest.HTTPClientFor(config))
	defer client.CloseIdleConnections()
	named := strings.NewReplacer("HOLDER", s.holder)
	request := must[*http.Request](s.t)(http.NewRequest(c.method, config.Host+named.Replace(c.path), strings.NewReader(named.Replace(c.body))))
	request.Header.Set("Content-Type", "application/json")
	if c.method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
		if strings.Contains(c.path, "/ephemeralcontainers") || strings.Contains(c.path, "/pods/") {
			request.Header.Set("Content-Type", "application/strategic-merge-patch+json")
		}
	}
	for name, value := range c.header {
		request.Header.Set(name, value)
	}
	response := must[*http.Response](s.t)(client.Do(request))
	defer response.Body.Close()
	if response.StatusCode == http.StatusSwitchingProtocols {
		return response.StatusCode, ""
	}
	return response.StatusCode, string(must[[]byte](s.t)(io.ReadAll(response.Body)))
}

// admin makes a request as the administrator, which must succeed.
func (s *stage) admin(c call) string {
	s.t.Helper()
	code, body := s.do(s.cluster.Config(), c)
	if code >= http.StatusMultipleChoices {
		s.t.Fatalf("%s %s: %d: %s", c.method, c.path, code, body)
	}
	return body
}

// asks makes the administrator ask for an object that must hold the text.
func asks(path, text string) func(*stage, string) error {
	return func(s *stage, _ string) error {
		code, body := s.do(s.cluster.Config(), call{"GET", path, "", nil})
		if want := strings.ReplaceAll(text, "HOLDER", s.holder); code != http.StatusOK || !strings.Contains(body, want) {
			return fmt.Errorf("%s is answered %d without %s: %s", path, code, want, body)
		}
		return nil
	}
}

// answers: the step itself is answered with the text.
func answers(text string) func(*stage, string) error {
	return func(_ *stage, answer string) error {
		if !strings.Contains(answer, text) {
			return fmt.Errorf("the answer does not have %s", text)
		}
		return nil
	}
}

// prepares makes a function of requests that the administrator makes.
func prepares(calls ...call) func(*stage) {
	return func(s *stage) {
		for _, c := range calls {
			s.admin(c)
		}
	}
}

// steps is a step that is always the same.
func steps(method, path, body string) func(*stage) call {
	return func(*stage) call { return call{method, path, body, nil} }
}

// becomes: the access is that of the user.
func (s *stage) becomes(config *rest.Config, user string) error {
	code, body := s.do(config, call{"POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
		`{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}`, nil})
	if code != http.StatusCreated || !strings.Contains(body, `"username":"`+user+`"`) {
		return fmt.Errorf("it is not %s: %d: %s", user, code, body)
	}
	return nil
}

// withToken is the access that the token gives.
func (s *stage) withToken(token string) *rest.Config {
	config := s.cluster.Config()
	config.CertData, config.KeyData = nil, nil
	config.BearerToken = token
	return config
}

// tokenIn takes the token out of the answer to a TokenRequest.
func tokenIn(answer string) (string, error) {
	var request struct{ Status struct{ Token string } }
	err := json.Unmarshal([]byte(answer), &request)
	return request.Status.Token, err
}

// listener is an HTTPS server that remembers what it was sent.
type listener struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func listen(t *testing.T) *listener {
	t.Helper()
	l := new(listener)
	l.Server = httptest.NewTLSServer(http.HandlerFunc(l.serve))
	t.Cleanup(l.Close)
	return l
}

// serve admits what an admission webhook is asked, and answers everything else with an empty
// object.
func (l *listener) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what was cut off is not seen
	l.mu.Lock()
	l.seen = append(l.seen, r.Method+" "+r.URL.String()+" "+r.Header.Get("X-Remote-User")+" "+string(body))
	l.mu.Unlock()
	var review struct{ Request struct{ UID string } }
	w.Header().Set("Content-Type", "application/json")
	if json.Unmarshal(body, &review) == nil && review.Request.UID != "" {
		fmt.Fprintf(w, `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":%q,"allowed":true}}`, review.Request.UID)
		return
	}
	fmt.Fprint(w, "{}")
}

func (l *listener) port() int { return l.Listener.Addr().(*net.TCPAddr).Port }

// bundle is the authority of the listener's certificate as a caBundle.
func (l *listener) bundle() string {
	encoded, _ := json.Marshal(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.Certificate().Raw})) // bytes can be encoded
	return string(encoded)
}

// was returns nil when the listener was sent something with all the texts.
func (l *listener) was(texts ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
next:
	for _, seen := range l.seen {
		for _, text := range texts {
			if !strings.Contains(seen, text) {
				continue next
			}
		}
		return nil
	}
	return fmt.Errorf("nothing with %q was sent, but %d requests: %.2000q", texts, len(l.seen), l.seen)
}
