package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log"

	"github.com/kube-posture/kube-posture-exporter/internal/logging"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
	"github.com/kube-posture/kube-posture-exporter/internal/review"
	"github.com/kube-posture/kube-posture-exporter/internal/whocan"
)

// Review says which report to write.
type Review struct {
	// Date is YYYY-MM-DD, empty for today in UTC.
	Date string
	// Cluster is what the report calls the cluster, empty for where it was read.
	Cluster string
	// Output is markdown, csv or json.
	Output string
}

// RunWhoCan reads the source of the options once and writes to stdout who can, as a table or as json. It returns a UsageError when the
// question or the output is not one that there is. Of the options only the source and the log count. Like Run it sets up klog.
func RunWhoCan(ctx context.Context, o Options, q whocan.Question, output string, stdout, stderr io.Writer) error {
	logger, err := o.commandLogger(stderr)
	if err != nil {
		return err
	}
	logging.RouteKlog(logger)
	return whoCan(ctx, o, q, output, stdout, logger)
}

// RunReview reads the source of the options once and writes the review of privileged access to stdout. It returns a UsageError when the
// date or the output is not one. Of the options only the source, the configuration and the log count. Like Run it sets up klog.
func RunReview(ctx context.Context, o Options, r Review, stdout, stderr io.Writer) error {
	logger, err := o.commandLogger(stderr)
	if err != nil {
		return err
	}
	logging.RouteKlog(logger)
	return writeReview(ctx, o, r, stdout, logger)
}

// RunExplainNetwork reads the source of the options once and writes to stdout what the network policies make of a pod, which is named as
// NAMESPACE/POD. It returns a UsageError when it is not. Of the options only the source, the configuration and the log count. Like Run it
// sets up klog.
func RunExplainNetwork(ctx context.Context, o Options, pod string, stdout, stderr io.Writer) error {
	logger, err := o.commandLogger(stderr)
	if err != nil {
		return err
	}
	logging.RouteKlog(logger)
	return explainNetwork(ctx, o, pod, stdout, logger)
}

func (o *Options) commandLogger(stderr io.Writer) (log.Logger, error) {
	for _, validate := range []func() error{o.validateLog, o.validateSource} {
		if err := validate(); err != nil {
			return nil, UsageError{err}
		}
	}
	return logging.New(stderr, o.LogFormat, o.LogLevel)
}

func whoCan(ctx context.Context, o Options, q whocan.Question, output string, stdout io.Writer, logger log.Logger) error {
	write, err := oneOf("output", output, map[string]func(*whocan.Answer, io.Writer) error{
		"table": (*whocan.Answer).WriteTable, "json": (*whocan.Answer).WriteJSON,
	})
	if err != nil {
		return err
	}
	read, err := o.readOnce(ctx, logger, append(slices.Clone(powerKinds), model.Namespaces))
	if err != nil {
		return err
	}
	s := read.snapshot
	query, err := whocan.NewKnown(s.Roles, s.Namespaces).Parse(q)
	if err != nil {
		return UsageError{err}
	}
	answer := whocan.Ask(rbac.Input{Roles: s.Roles, Bindings: s.Bindings}, query)
	answer.Notes = append(answer.Notes, read.notes...)
	return whole(stdout, func(w io.Writer) error { return write(answer, w) })
}

func writeReview(ctx context.Context, o Options, r Review, stdout io.Writer, logger log.Logger) error {
	write, err := oneOf("output", r.Output, map[string]func(*review.Report, io.Writer) error{
		"markdown": (*review.Report).WriteMarkdown, "csv": (*review.Report).WriteCSV, "json": (*review.Report).WriteJSON,
	})
	if err != nil {
		return err
	}
	date := time.Now().UTC().Truncate(24 * time.Hour)
	if r.Date != "" {
		if date, err = time.Parse(time.DateOnly, r.Date); err != nil {
			return UsageError{fmt.Errorf("--date=%s: it must be a day as 2027-03-31", r.Date)}
		}
	}
	judging, err := newJudging(&o, logger)
	if err != nil {
		return err
	}
	read, err := o.readOnce(ctx, logger, append(slices.Clone(powerKinds), model.Namespaces, model.ServiceAccounts, model.Pods))
	if err != nil {
		return err
	}
	cluster := r.Cluster
	if cluster == "" {
		cluster = read.from.what
	}
	config := judging.reload.Current()
	report := review.Build(review.Input{
		Snapshot: read.snapshot, Cluster: cluster, Date: date, OwnerLabel: config.Ownership.NamespaceLabel, Notes: read.notes,
		Rule: rbac.ReviewRule{Annotation: config.RBAC.Review.Annotation, Period: config.RBAC.Review.Period},
	})
	return whole(stdout, func(w io.Writer) error { return write(report, w) })
}

// oneOf returns what a flag's value stands for.
func oneOf[T any](flag, value string, known map[string]T) (T, error) {
	chosen, ok := known[value]
	if !ok {
		var names []string
		for name := range known {
			names = append(names, name)
		}
		slices.Sort(names)
		last := len(names) - 1
		return chosen, UsageError{fmt.Errorf("--%s=%s: it must be %s or %s", flag, value, strings.Join(names[:last], ", "), names[last])}
	}
	return chosen, nil
}

// whole writes everything or nothing, so that half an answer is never taken for one.
func whole(stdout io.Writer, write func(io.Writer) error) error {
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	if _, err := stdout.Write(text.Bytes()); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}
