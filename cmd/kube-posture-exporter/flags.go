package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/kube-posture/kube-posture-exporter/internal/app"
)

const (
	name  = "kube-posture-exporter"
	serve = "serve"
)

// usage is shown for --help. The commands that read once have pages of their own.
const usage = `usage: {{.App.Name}} [serve] [<flags>]

Watches a Kubernetes cluster and serves its security posture as Prometheus metrics.

In a pod it watches the cluster that it runs in. --kubeconfig, --snapshot and --demo, of which one can be given, name something else.

Flags:
{{.App.Flags|Rows|FormatTwoColumns}}
Other commands; those that read a cluster have a --help of their own:
{{Synopses}}Examples:
  {{.App.Name}} --demo                              a recorded cluster: see http://localhost:9911
  {{.App.Name}} --kubeconfig="$HOME/.kube/config"   the cluster that kubectl talks to
  {{.App.Name}} --snapshot=manifests/               manifests in a folder, followed as they change
`

// parse turns arguments into options. done says that the arguments asked for nothing but the text that has been written to stdout. The
// error is an app.UsageError.
func parse(args []string, stdout io.Writer) (o *app.Options, done bool, err error) {
	o = &app.Options{}
	cli := kingpin.New(name, "").Version(version.Print(name)).Terminate(func(int) { done = true })
	cli.UsageWriter(stdout).UsageTemplate(usage).UsageFuncs(map[string]any{"Rows": rows, "Synopses": synopses})
	cli.HelpFlag.Short('h').Help("Show this text.")
	cli.VersionFlag.Help("Show the version.")
	// Not one of kingpin's commands: with a default among them it overlooks that the last flag has no value.
	command := cli.Arg("command", "Watch and serve.").Default(serve).String()
	define(cli, o)
	_, err = cli.Parse(args)
	if err == nil && !done && *command != serve {
		err = unknown(*command)
	}
	switch {
	case done:
		return nil, true, nil
	case err != nil && late(args) != "":
		return nil, false, app.UsageError{Err: fmt.Errorf("write %s before its flags; see %s %[1]s --help", late(args), name)}
	case err != nil:
		return nil, false, app.UsageError{Err: fmt.Errorf("%w; see %s --help", err, name)}
	}
	return o, false, nil
}

func define(cli *kingpin.Application, o *app.Options) {
	o.Web = &web.FlagConfig{
		WebListenAddresses: cli.Flag("web.listen-address", "Address to serve on, HOST:PORT or :PORT; repeatable.").
			Default(":9911").PlaceHolder(":9911").Strings(),
		WebConfigFile: cli.Flag("web.config.file", "File that sets up TLS and authentication, in the format of Prometheus's exporter-toolkit.").
			PlaceHolder("FILE").String(),
	}
	cli.Flag("web.telemetry-path", "Path of the metrics.").Default("/metrics").PlaceHolder("/metrics").StringVar(&o.TelemetryPath)
	cli.Flag("web.enable-lifecycle", "Load the configuration again on POST /-/reload. SIGHUP and a changed file always do.").BoolVar(&o.EnableLifecycle)
	cli.Flag("web.max-requests", "How many scrapes, and how many landing pages, are answered at the same time; the others get a 503. 0 is no limit.").
		Default("10").PlaceHolder("10").SetValue(&number{"web.max-requests", &o.MaxRequests})
	cli.Flag("web.authorization", "Who may read anything but health and readiness: none looks at nobody; kubernetes asks the API server, by TokenReview and SubjectAccessReview.").
		Default("none").PlaceHolder("none").StringVar(&o.Authorization)
	cli.Flag("web.authorization.audience", "Audience that a caller's token must be meant for; repeatable. Without it, the API server's own.").
		PlaceHolder("AUDIENCE").StringsVar(&o.Audiences)
	cli.Flag("web.allowed-host", "Name, or pattern such as *.example.com, under which an endpoint without TLS and authentication may be asked; repeatable. "+
		"Addresses, names without a dot and those of Services always may; * allows every name.").
		PlaceHolder("NAME").StringsVar(&o.AllowedHosts)
	cli.Flag("web.enable-pprof", "Serve profiles of the process under /debug/pprof/. It takes the API server's authorization, basic authentication or client certificates.").
		BoolVar(&o.EnablePprof)
	cli.Flag("metrics.detail", "What to serve: full, or low, which leaves out every metric with the name of an object other than a namespace.").
		Default("full").PlaceHolder("full").StringVar(&o.Detail)
	cli.Flag("config.file", "Configuration file (YAML); the defaults are in force without one.").PlaceHolder("FILE").StringVar(&o.ConfigFile)
	cli.Flag("kubeconfig", "Watch the cluster of this file's current context.").PlaceHolder("FILE").StringVar(&o.Kubeconfig)
	cli.Flag("snapshot", "Watch manifests: a YAML or JSON file, or a folder of them; repeatable.").PlaceHolder("PATH").StringsVar(&o.Snapshots)
	cli.Flag("demo", "Watch the built-in recording of a real cluster.").BoolVar(&o.Demo)
	cli.Flag("watch.stale-after", "How old what is known of a kind may be before what depends on it is absent. An API server says something once a minute. 0 is for ever.").
		Default("5m").PlaceHolder("5m").SetValue(&duration{"watch.stale-after", &o.StaleAfter})
	cli.Flag("log.level", "Least severe messages to log: debug, info, warn or error.").Default("info").PlaceHolder("info").StringVar(&o.LogLevel)
	cli.Flag("log.format", "Format of the log: logfmt or json.").Default("logfmt").PlaceHolder("logfmt").StringVar(&o.LogFormat)
}

// rows are the flags as a person types them, which is never as --no-demo.
func rows(flags []*kingpin.FlagModel) [][2]string {
	var list [][2]string
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		text := "--" + f.Name
		if f.Short != 0 {
			text = fmt.Sprintf("-%c, %s", f.Short, text)
		}
		if !f.IsBoolFlag() {
			text += "=" + strings.Trim(f.FormatPlaceHolder(), `"`)
		}
		list = append(list, [2]string{text, f.Help})
	}
	return list
}

// number is a flag's whole number. kingpin's own does not say which flag is wrong.
type number struct {
	flag string
	to   *int
}

// Set implements kingpin.Value.
func (n *number) Set(text string) (err error) {
	if *n.to, err = strconv.Atoi(text); err != nil {
		return fmt.Errorf("--%s=%s: it must be a whole number", n.flag, text)
	}
	return nil
}

// String implements kingpin.Value.
func (n *number) String() string { return strconv.Itoa(*n.to) }

// duration is a flag's time. kingpin's own does not say which flag is wrong.
type duration struct {
	flag string
	to   *time.Duration
}

// Set implements kingpin.Value.
func (d *duration) Set(text string) (err error) {
	if *d.to, err = time.ParseDuration(text); err != nil {
		return fmt.Errorf("--%s=%s: it must be a time such as 5m or 90s", d.flag, text)
	}
	return nil
}

// String implements kingpin.Value.
func (d *duration) String() string { return d.to.String() }
