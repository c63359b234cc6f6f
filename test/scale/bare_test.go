package scale

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientinformers "k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

const (
	// bareKubeconfig makes the test's binary the bare reflector instead.
	bareKubeconfig = "SCALE_BARE_KUBECONFIG"
	// bareSynced is the line that the bare reflector writes when it has everything.
	bareSynced = "synced"
)

func TestMain(m *testing.M) {
	kubeconfig := os.Getenv(bareKubeconfig)
	if kubeconfig == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	if err := bare(ctx, kubeconfig); err != nil {
		fmt.Fprintln(os.Stderr, "bare reflector:", err)
		os.Exit(1)
	}
	stop()
}

// bare lists and watches what the exporter does with nothing but client-go: its shared informers, no transform, whole objects kept.
func bare(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // no limit
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	partial, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	typed := clientinformers.NewSharedInformerFactory(client, 0)
	metas := metadatainformer.NewFilteredSharedInformerFactory(partial, 0, metav1.NamespaceAll, nil)
	var synced []cache.InformerSynced
	for _, k := range informers.Table() {
		switch {
		case k.Optional:
		case k.MetadataOnly:
			synced = append(synced, metas.ForResource(k.GroupVersionResource()).Informer().HasSynced)
		default:
			informer, err := typed.ForResource(k.GroupVersionResource())
			if err != nil {
				return err
			}
			synced = append(synced, informer.Informer().HasSynced)
		}
	}
	typed.Start(ctx.Done())
	metas.Start(ctx.Done())
	if err := awaitSync(ctx, synced); err != nil {
		return err
	}
	fmt.Println(bareSynced)
	<-ctx.Done()
	return nil
}

// awaitSync looks as often as the exporter is asked: cache.WaitForCacheSync looks every 100 ms, which would flatter the exporter.
func awaitSync(ctx context.Context, synced []cache.InformerSynced) error {
	ticker := time.NewTicker(readyEvery)
	defer ticker.Stop()
	for slices.ContainsFunc(synced, func(has cache.InformerSynced) bool { return !has() }) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}
