package main

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kube-posture/kube-posture-exporter/internal/app"
	"github.com/kube-posture/kube-posture-exporter/internal/whocan"
)

// The commands beside serve. They read once, answer and end, so that they share few flags with it and have a parser each.
const (
	whoCan     = "who-can"
	report     = "report"
	rbacReview = "rbac-review"
	explain    = "explain"
	network    = "network"
	help       = "help"
	showBuild  = "version"
)

const whoCanUsage = `usage: {{.App.Name}} VERB RESOURCE[/SUBRESOURCE] [<flags>]
       {{.App.Name}} VERB /PATH [<flags>]

Lists the users, groups and ServiceAccounts to whom the API server's RBAC allows it, with the bindings and roles that do.

RESOURCE is as kubectl takes it: pods, po, deployments.apps, or '*' for every one. Without -n the question is whether it is allowed in
every namespace at once; with it, RoleBindings of that namespace count as well.

Flags:
{{.App.Flags|Rows|FormatTwoColumns}}
Examples:
  {{.App.Name}} get secrets --demo                                      in the recorded cluster
  {{.App.Name}} create pods/exec -n shop --kubeconfig="$HOME/.kube/config"
  {{.App.Name}} get /metrics --snapshot=cluster.yaml -o json
`

const reportUsage = `usage: {{.App.Name}} rbac-review [<flags>]

Writes the review of privileged access: every binding that lets somebody do everything, or something through which they could get
more, and every stale one, each with what it takes to decide on it and the commands for each decision.

Flags:
{{.App.Flags|Rows|FormatTwoColumns}}
Examples:
  {{.App.Name}} rbac-review --demo > review.md
  {{.App.Name}} rbac-review --kubeconfig="$HOME/.kube/config" --cluster=production -o csv > review.csv
`

const explainUsage = `usage: {{.App.Name}} network NAMESPACE/POD [<flags>]

Says for each direction which network policies of any engine select the pod, whom they admit, whether the pod is isolated, and why; and
whether anybody enforces them.

Flags:
{{.App.Flags|Rows|FormatTwoColumns}}
Examples:
  {{.App.Name}} network production/db-0 --demo
  {{.App.Name}} network shop/web-0 --kubeconfig="$HOME/.kube/config"
`

func runWhoCan(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var (
		o      app.Options
		q      whocan.Question
		output string
		group  string
		given  bool
	)
	c := newOneShot(whoCan, whoCanUsage, stdout)
	c.cli.Arg("verb", "").StringVar(&q.Verb)
	c.cli.Arg("resource", "").StringVar(&q.Target)
	c.cli.Flag("namespace", "Ask about one namespace.").Short('n').PlaceHolder("NAME").StringVar(&q.Namespace)
	c.cli.Flag("name", "Ask about the object of this name.").PlaceHolder("NAME").StringVar(&q.Name)
	c.cli.Flag("subresource", "Ask about a subresource, as after the slash.").PlaceHolder("NAME").StringVar(&q.Subresource)
	c.cli.Flag("api-group", "API group of the resource, where its name alone leaves a choice.").PlaceHolder("GROUP").IsSetByUser(&given).StringVar(&group)
	c.cli.Flag("output", "Format: table or json.").Short('o').Default("table").PlaceHolder("table").StringVar(&output)
	c.source(&o)
	if done, err := c.parse(args); done || err != nil {
		return err
	}
	if q.Target == "" {
		return c.usage(fmt.Errorf("a verb and a resource are needed, as in %s %s get secrets", name, whoCan))
	}
	if given {
		q.APIGroup = &group
	}
	return app.RunWhoCan(ctx, o, q, output, stdout, stderr)
}

func runReport(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var (
		o     app.Options
		r     app.Review
		which string
	)
	c := newOneShot(report, reportUsage, stdout)
	c.cli.Arg("report", "").StringVar(&which)
	c.cli.Flag("output", "Format: markdown, csv or json.").Short('o').Default("markdown").PlaceHolder("markdown").StringVar(&r.Output)
	c.cli.Flag("cluster", "What to call the cluster; by default it is where it was read.").PlaceHolder("NAME").StringVar(&r.Cluster)
	c.cli.Flag("date", "Day of the report and of the reviews that it records, YYYY-MM-DD; by default today, in UTC.").PlaceHolder("DAY").StringVar(&r.Date)
	c.cli.Flag("config.file", "Configuration file (YAML); of it the owners' label and rbac.review count.").PlaceHolder("FILE").StringVar(&o.ConfigFile)
	c.source(&o)
	if done, err := c.parse(args); done || err != nil {
		return err
	}
	if which != rbacReview {
		return c.usage(fmt.Errorf("%q is not a report; %s is the only one", which, rbacReview))
	}
	return app.RunReview(ctx, o, r, stdout, stderr)
}

func runExplain(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var (
		o          app.Options
		which, pod string
	)
	c := newOneShot(explain, explainUsage, stdout)
	c.cli.Arg("what", "").StringVar(&which)
	c.cli.Arg("pod", "").StringVar(&pod)
	c.cli.Flag("config.file", "Configuration file (YAML); of it network.enforcer counts.").PlaceHolder("FILE").StringVar(&o.ConfigFile)
	c.source(&o)
	if done, err := c.parse(args); done || err != nil {
		return err
	}
	if which != network {
		return c.usage(fmt.Errorf("%q is not explained; %s is the only thing that is", which, network))
	}
	return app.RunExplainNetwork(ctx, o, pod, stdout, stderr)
}

// oneShot parses the arguments of one command.
type oneShot struct {
	cli  *kingpin.Application
	name string
	done bool
}

func newOneShot(which, usage string, stdout io.Writer) *oneShot {
	c := &oneShot{name: name + " " + which}
	c.cli = kingpin.New(c.name, "").Terminate(func(int) { c.done = true })
	c.cli.UsageWriter(stdout).UsageTemplate(usage).UsageFuncs(map[string]any{"Rows": rows})
	c.cli.HelpFlag.Short('h').Help("Show this text.")
	return c
}

// source defines the flags that every command has.
func (c *oneShot) source(o *app.Options) {
	c.cli.Flag("kubeconfig", "Read the cluster of this file's current context; without it, the one that it runs in.").PlaceHolder("FILE").StringVar(&o.Kubeconfig)
	c.cli.Flag("snapshot", "Read manifests: a YAML or JSON file, or a folder of them; repeatable.").PlaceHolder("PATH").StringsVar(&o.Snapshots)
	c.cli.Flag("demo", "Read the built-in recording of a real cluster.").BoolVar(&o.Demo)
	c.cli.Flag("log.level", "Least severe messages to log: debug, info, warn or error.").Default("warn").PlaceHolder("warn").StringVar(&o.LogLevel)
	c.cli.Flag("log.format", "Format of the log: logfmt or json.").Default("logfmt").PlaceHolder("logfmt").StringVar(&o.LogFormat)
}

// parse says whether the arguments asked for nothing but the text that has been written. The error is an app.UsageError.
func (c *oneShot) parse(args []string) (done bool, err error) {
	_, err = c.cli.Parse(args[1:])
	if c.done {
		return true, nil
	}
	if err != nil {
		return false, c.usage(err)
	}
	return false, nil
}

func (c *oneShot) usage(err error) error {
	return app.UsageError{Err: fmt.Errorf("%w; see %s --help", err, c.name)}
}
