package server

import (
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// MetricsOptions are how scrapes are answered.
type MetricsOptions struct {
	// Gatherer is asked once for each answer.
	Gatherer prometheus.TransactionalGatherer
	// Registry is where scrapes and their errors are counted.
	Registry prometheus.Registerer
	Log      promhttp.Logger
	// MaxRequests is how many scrapes are answered at the same time; 0 is no limit.
	MaxRequests int
}

// zip is as far as compressing the metrics pays: each level above takes longer and gains little.
const zip = 6

// Metrics answers scrapes. Those that wait for an answer, and those that read one, count as being answered.
func Metrics(o MetricsOptions) (http.Handler, error) {
	scrape := promhttp.HandlerForTransactional(o.Gatherer, promhttp.HandlerOpts{
		ErrorLog: o.Log, EnableOpenMetrics: true,
		// One object that makes an impossible series must not blind the rest: it is logged, and counted in the registry.
		ErrorHandling: promhttp.ContinueOnError, Registry: o.Registry,
		// Its gzip is the standard library's, which takes three times as long for more bytes.
		DisableCompression: true,
	})
	compress, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(zip), gzhttp.EnableZstd(false), gzhttp.ContentTypeFilter(gzhttp.CompressAllContentTypeFilter))
	if err != nil {
		return nil, fmt.Errorf("compress the metrics: %w", err)
	}
	return promhttp.InstrumentMetricHandler(o.Registry, Limit(o.MaxRequests, Together(compress(scrape)))), nil
}
