// Command kubectl is the stock kubectl of the Kubernetes version that the
// tests run, built from its module so that no download decides which one it
// is. It must never grow behavior of its own, nor be shipped. Package runbooks
// runs it; nothing imports it.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

func main() { os.Exit(cli.Run(cmd.NewDefaultKubectlCommand())) }
