package scale

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The exporter serves profiles only to those who say who they are, and then the rest as well.
const (
	profileUser = "scale"
	// profileUsers has the hash of the user's password, which is the user's name.
	profileUsers = "basic_auth_users:\n  " + profileUser + ": $2a$04$FFfJEfWUtaM3vusTDsMGiuUTfPuXKThsBJbIpjS3.S4pQido//ioq\n"
)

// profiling makes the exporter serve profiles where they are asked for, and says what its addresses begin with.
func (o *options) profiling(t *testing.T) (base string, args []string) {
	t.Helper()
	if o.profiles == "" {
		return "http://", nil
	}
	file := filepath.Join(t.TempDir(), "web.yml")
	noError(t, os.WriteFile(file, []byte(profileUsers), 0o600))
	return "http://" + profileUser + ":" + profileUser + "@", []string{"--web.config.file=" + file, "--web.enable-pprof"}
}

// profile writes profiles of the exporter to a directory: its memory when nothing has been scraped for a while, and its processor time while
// it is scraped without a pause, as text and compressed in turn.
func (p *process) profile(ctx context.Context, directory string, d time.Duration) error {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	if err := p.save(ctx, "heap?gc=1", filepath.Join(directory, "heap.pprof")); err != nil {
		return err
	}
	sampled := make(chan error, 1)
	go func() {
		sampled <- p.save(ctx, fmt.Sprintf("profile?seconds=%.0f", d.Seconds()), filepath.Join(directory, "cpu.pprof"))
	}()
	s := newScraper(p)
	defer s.client.CloseIdleConnections()
	var body bytes.Buffer
	for i := 0; ; i++ {
		select {
		case err := <-sampled:
			return err
		default:
		}
		if _, err := s.scrape(ctx, encodings()[i%2], &body); err != nil {
			return err
		}
	}
}

// save writes one of Go's profiles to a file.
func (p *process) save(ctx context.Context, which, file string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/debug/pprof/"+which, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", which, response.Status, content)
	}
	return os.WriteFile(file, content, 0o644)
}
