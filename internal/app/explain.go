package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/go-kit/log"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/explain"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

func explainNetwork(ctx context.Context, o Options, pod string, stdout io.Writer, logger log.Logger) error {
	namespace, name, ok := strings.Cut(pod, "/")
	if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return UsageError{fmt.Errorf("%q is not a pod: write NAMESPACE/POD, as in shop/web-0", pod)}
	}
	judging, err := newJudging(&o, logger)
	if err != nil {
		return err
	}
	kinds := []model.Kind{model.Pods, model.Namespaces, model.Nodes, model.DaemonSets, model.NetworkPolicies}
	for _, k := range informers.Table() {
		if k.Optional {
			kinds = append(kinds, k.Kind)
		}
	}
	read, err := o.readOnce(ctx, logger, kinds)
	if err != nil {
		return err
	}
	settings := posture.NewSettings(judging.checks, translate(judging.reload.Current()))
	answer, err := posture.ExplainNetwork(read.snapshot, namespace, name, settings)
	if err != nil {
		return fmt.Errorf("%s: %w", read.from.what, err)
	}
	return whole(stdout, func(w io.Writer) error { return explain.Network(answer, w) })
}
