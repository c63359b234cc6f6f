// Command controlplane is etcd, kube-apiserver and kube-controller-manager in
// one binary, so that the tests of the exporter judge a real Kubernetes API.
// It must never be shipped, nor grow behavior of its own: each subcommand is
// the stock program with its stock flags. Package testcluster builds and runs
// it; nothing imports it.
package main

import (
	"fmt"
	"os"
	"strings"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics on /metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // kubernetes_build_info
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

const usage = "usage: controlplane etcd|kube-apiserver|kube-controller-manager [flags of that program]"

func main() {
	os.Exit(run())
}

// run hands over to the program named by the first argument and returns its
// exit code. The stock programs read os.Args themselves, so the subcommand is
// shifted out before they start; the name of the program stays in os.Args[0].
func run() int {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, usage)
		return 2
	}
	os.Args = os.Args[1:]
	switch program := os.Args[0]; program {
	case "etcd":
		etcdmain.Main(os.Args) // ends the process itself when it fails
		return 0
	case "kube-apiserver":
		return cli.Run(apiserver.NewAPIServerCommand())
	case "kube-controller-manager":
		return cli.Run(controllermanager.NewControllerManagerCommand())
	case "help", "-h", "--help":
		fmt.Println(usage)
		return 0
	default:
		fmt.Fprintf(os.Stderr, "controlplane: no program %q in here; %s\n", program, strings.TrimPrefix(usage, "usage: "))
		return 2
	}
}
