// Invents a past for the demo: reads the exporter's metrics and writes what they might have been over the last days, in
// OpenMetrics, for "promtool tsdb create-blocks-from openmetrics". Some of today's findings appear on the way, others
// that are gone today are there at first; the counts follow. It is made up: it shows that a panel draws, and nothing else.
//   node history.mjs METRICS_URL FILE [DAYS] [STEP_SECONDS] [job=x instance=y]
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

const [url, file, days = '8', stepSeconds = '600', ...targetLabels] = process.argv.slice(2);
const extra = Object.fromEntries(targetLabels.map((pair) => pair.split('=')));
const day = 86400;

/** One line of the text format; comments, and samples without a name of ours, give null. */
function parse(line) {
  const match = /^(kube_posture_[a-z0-9_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (!match) {
    return null;
  }
  const labels = {};
  for (const [, name, value] of (match[2] ?? '').matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value;
  }
  return { name: match[1], labels, value: Number(match[3]) };
}

/** A number from 0 to 1 that is always the same for the same text. */
function chance(text) {
  let hash = 2166136261;
  for (const c of text) {
    hash = Math.imul(hash ^ c.charCodeAt(0), 16777619);
  }
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/** When a finding appeared, and a twin that went away: most are as old as the history. */
function lives(finding, start, now) {
  const key = Object.values(finding.labels).join('/');
  const age = chance(key);
  const born = age < 0.06 ? now - chance(`${key}a`) * 3600 : age < 0.2 ? start + chance(`${key}b`) * (now - start) : 0;
  const out = [{ ...finding, born, died: Infinity }];
  if (chance(`${key}c`) < 0.15) {
    const labels = { ...finding.labels, name: `${finding.labels.name}-old` };
    out.push({ ...finding, labels, born: 0, died: start + chance(`${key}d`) * (now - start) });
  }
  return out;
}

/** Adds up how far the past differs from today, per check and per check and namespace. */
function differences(findings, t) {
  const sums = new Map();
  const add = (key, n) => sums.set(key, (sums.get(key) ?? 0) + n);
  for (const f of findings) {
    const then = f.born <= t && t < f.died ? f.value : 0;
    const today = f.died === Infinity ? f.value : 0;
    add(f.labels.check, then - today);
    add(`${f.labels.check}/${f.labels.namespace}`, then - today);
  }
  return sums;
}

const countsOf = { kube_posture_check_resources: true, kube_posture_namespace_check_resources: true };

/** A sample's value at another time: counts of failures move with the findings, counts of passes against them. */
function valueAt({ name, labels, value }, sums) {
  if (countsOf[name]) {
    const key = labels.namespace === undefined ? labels.check : `${labels.check}/${labels.namespace}`;
    const sign = { fail: 1, pass: -1 }[labels.result] ?? 0;
    return Math.max(0, value + sign * (sums.get(key) ?? 0));
  }
  const check = name.replace('kube_posture_', '');
  const key = labels.namespace === undefined ? check : `${check}/${labels.namespace}`;
  return Math.max(0, value + (sums.get(key) ?? 0));
}

function line(name, labels, value, t) {
  const pairs = Object.entries({ ...extra, ...labels }).map(([k, v]) => `${k}="${v}"`);
  return `${name}{${pairs.join(',')}} ${value} ${t}\n`;
}

async function main() {
  const response = await fetch(url);
  const samples = (await response.text()).split('\n').map(parse).filter((s) => s && !/_(bucket|sum|count)$/.test(s.name));
  const step = Number(stepSeconds);
  const now = Math.floor(Date.now() / 1000 / step) * step;
  const start = now - Number(days) * day;
  const findings = samples.filter((s) => s.name === 'kube_posture_finding').flatMap((f) => lives(f, start, now));
  const others = samples.filter((s) => s.name !== 'kube_posture_finding');
  const out = createWriteStream(file);
  for (let t = start; t <= now; t += step) {
    const sums = differences(findings, t);
    const alive = findings.filter((f) => f.born <= t && t < f.died);
    const text = [
      ...others.map((s) => line(s.name, s.labels, valueAt(s, sums), t)),
      ...alive.map((f) => line(f.name, f.labels, f.value, t)),
    ].join('');
    if (!out.write(text)) {
      await once(out, 'drain');
    }
  }
  out.end('# EOF\n');
  await once(out, 'finish');
}

await main();
