#!/usr/bin/env bash
# Starts the exporter on its recorded cluster, a Prometheus with the shipped rules, and the preview of the dashboards.
# Everything ends with this script, and its data with it. Usage:
#   PROMETHEUS=/path/to/prometheus test/preview/demo.sh [--history]
# With --history, eight days of an invented past are loaded first, for the panels that compare with it (history.mjs); that
# takes a minute and promtool, which is looked for next to Prometheus.
# Ports: EXPORTER_PORT (9911), PROMETHEUS_PORT (9090), PREVIEW_PORT (3001). DASHBOARDS is the folder to show.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
prometheus=${PROMETHEUS:-prometheus}
exporter_port=${EXPORTER_PORT:-9911}
prometheus_port=${PROMETHEUS_PORT:-9090}
preview_port=${PREVIEW_PORT:-3001}

command -v "$prometheus" >/dev/null || { echo "no Prometheus: set PROMETHEUS to its binary" >&2; exit 2; }

data=$(mktemp -d)
pids=()
stop() {
  trap - EXIT INT TERM
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait || true
  rm -rf "$data"
}
trap stop EXIT
trap 'exit 0' INT TERM

for port in "$exporter_port" "$prometheus_port" "$preview_port"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "port $port is in use" >&2
    exit 2
  fi
done

# wait_for URL NAME: until it answers, or for a minute.
wait_for() {
  for _ in $(seq 300); do
    curl -fsS -o /dev/null "$1" 2>/dev/null && return
    kill -0 "${pids[-1]}" 2>/dev/null || { echo "$2 ended; its log:" >&2; tail -5 "$data/$2.log" >&2; exit 1; }
    sleep 0.2
  done
  echo "$2 does not answer at $1" >&2
  exit 1
}

(cd "$root" && go build -o "$data/exporter" ./cmd/kube-posture-exporter)
"$data/exporter" --demo --web.listen-address="127.0.0.1:$exporter_port" >"$data/exporter.log" 2>&1 &
pids+=($!)
wait_for "http://127.0.0.1:$exporter_port/metrics" exporter

# The shipped rules, but evaluated every 15 seconds: nobody wants to wait five minutes for the first trend.
sed -E 's/^( +interval:).*/\1 15s/' "$root/alerts/kube-posture-recording.yaml" >"$data/recording.yaml"

# A past that was written beside a running Prometheus may overlap with what it scrapes.
cat >"$data/prometheus.yaml" <<YAML
global: {scrape_interval: 5s, evaluation_interval: 15s}
storage: {tsdb: {out_of_order_time_window: 3h}}
rule_files:
  - $data/recording.yaml
  - $root/alerts/kube-posture-alerts.yaml
scrape_configs:
  - job_name: kube-posture-exporter
    honor_labels: true
    static_configs: [{targets: ["127.0.0.1:$exporter_port"]}]
YAML
echo "storage: {tsdb: {out_of_order_time_window: 3h}}" >"$data/still.yaml"

# start_prometheus CONFIG: returns once it answers. The samples of the past are ten minutes apart, hence the look back.
start_prometheus() {
  "$prometheus" --config.file="$1" --storage.tsdb.path="$data/tsdb" --query.lookback-delta="$lookback" \
    --web.listen-address="127.0.0.1:$prometheus_port" >"$data/prometheus.log" 2>&1 &
  pids+=($!)
  wait_for "http://127.0.0.1:$prometheus_port/-/ready" prometheus
}

stop_prometheus() {
  kill "${pids[-1]}" && wait "${pids[-1]}" || true
  unset 'pids[-1]'
}

# write_history: the exporter's own metrics first, then what the recording rules make of them. A rule may read another
# one's result, and promtool shows it only what an earlier run has written: one run for each level.
write_history() {
  local promtool now levels=4
  promtool=$(dirname "$(command -v "$prometheus")")/promtool
  now=$(($(date +%s) / 600 * 600))
  node "$here/history.mjs" "http://127.0.0.1:$exporter_port/metrics" "$data/history.om" 8 600 \
    job=kube-posture-exporter "instance=127.0.0.1:$exporter_port"
  "$promtool" tsdb create-blocks-from --max-block-duration=200h openmetrics "$data/history.om" "$data/tsdb" >/dev/null
  rm "$data/history.om"
  sed -E 's/^( +interval:).*/\1 10m/' "$root/alerts/kube-posture-recording.yaml" >"$data/rules.yaml"
  for level in $(seq "$levels"); do
    echo "history: rules, level $level of $levels"
    start_prometheus "$data/still.yaml"
    "$promtool" tsdb create-blocks-from --max-block-duration=200h rules --url="http://127.0.0.1:$prometheus_port" --output-dir="$data/level" \
      --start=$((now - 8 * 86400)) --end="$now" "$data/rules.yaml" >"$data/promtool.log" 2>&1 || cat "$data/promtool.log" >&2
    stop_prometheus
    cp -r "$data/level/." "$data/tsdb/"
    rm -rf "$data/level"
  done
}

lookback=5m
if [ "${1:-}" = --history ]; then
  lookback=11m
  write_history
fi
start_prometheus "$data/prometheus.yaml"

echo "exporter:   http://127.0.0.1:$exporter_port/"
echo "prometheus: http://127.0.0.1:$prometheus_port/"
if [ -f "$here/dist/index.html" ]; then
  node "$here/server.mjs" --prometheus "http://127.0.0.1:$prometheus_port" \
    --dashboards "${DASHBOARDS:-$root/dashboards}" --listen "127.0.0.1:$preview_port" &
  pids+=($!)
else
  echo "dashboards: not built; in test/preview: npm ci && npm run build"
fi
echo "Give it three minutes: graphs over a day have a point every two. Ctrl-C ends all."
status=0
wait -n || status=$?
echo "one of the programs ended with status $status; the last lines of the logs:" >&2
tail -n 3 "$data"/*.log >&2
exit 1
