// The Prometheus HTTP API, and its answers as data frames of the shape that Grafana's Prometheus data source makes.
import { FieldType } from '@grafana/data';

/** Talks to one Prometheus; base is '' when the page's own server stands in front of it. */
export class Prometheus {
  constructor(base) {
    this.base = base.replace(/\/$/, '');
  }

  async call(path, params, method) {
    const form = new URLSearchParams(params);
    const url = `${this.base}/api/v1/${path}`;
    const response =
      method === 'POST' ? await fetch(url, { method, body: form }) : await fetch(`${url}?${form}`);
    const body = await response.json().catch(() => null);
    if (body?.status !== 'success') {
      throw new Error(body?.error ?? `${path}: HTTP ${response.status}`);
    }
    return body;
  }

  instant(query, time) {
    return this.call('query', { query, time }, 'POST');
  }

  range(query, start, end, step) {
    return this.call('query_range', { query, start, end, step }, 'POST');
  }

  async labelValues(label, match, start, end) {
    const params = { start, end, ...(match ? { 'match[]': match } : {}) };
    return (await this.call(`label/${encodeURIComponent(label)}/values`, params, 'GET')).data;
  }

  async labelNames(match, start, end) {
    const params = { start, end, ...(match ? { 'match[]': match } : {}) };
    return (await this.call('labels', params, 'GET')).data;
  }
}

/** Prometheus writes numbers as strings, infinities among them. */
function sample(text) {
  const infinity = /^([+-]?)inf$/i.exec(text);
  if (infinity) {
    return infinity[1] === '-' ? -Infinity : Infinity;
  }
  return Number(text);
}

function seriesName(labels) {
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.keys(rest).sort().map((k) => `${k}=${JSON.stringify(rest[k])}`);
  return pairs.length ? `${name}{${pairs.join(', ')}}` : name || '{}';
}

/** The legend: a template, "__auto" (left to Grafana's own naming), or the series' whole name. */
function legend(target, labels) {
  const format = target.legendFormat;
  let name = seriesName(labels);
  if (format === '__auto') {
    name = Object.keys(labels).length ? '' : name;
  } else if (format) {
    name = format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => labels[label] ?? '');
  }
  return name === '{}' ? target.expr : name;
}

/** One list of series, whatever the result's type. */
function seriesOf(data) {
  switch (data.resultType) {
    case 'matrix':
      return data.result.map((s) => ({ labels: s.metric, points: s.values ?? [] }));
    case 'vector':
      return data.result.filter((s) => s.value).map((s) => ({ labels: s.metric, points: [s.value] }));
    default:
      return [{ labels: {}, points: [data.result] }];
  }
}

/** Frames of one answer, one per series; an empty answer is one empty frame, as in Grafana. */
export function toFrames(target, data, stepMs) {
  const frames = seriesOf(data).map(({ labels, points }) => {
    const name = legend(target, labels);
    return {
      refId: target.refId,
      meta: {},
      length: points.length,
      fields: [
        { name: 'Time', type: FieldType.time, config: { interval: stepMs }, values: points.map((p) => p[0] * 1000) },
        {
          name: labels.__name__ ?? 'Value',
          type: FieldType.number,
          labels,
          config: name ? { displayNameFromDS: name } : {},
          values: points.map((p) => sample(p[1])),
        },
      ],
    };
  });
  return frames.length ? frames : [{ refId: target.refId, meta: {}, fields: [], length: 0 }];
}

/** What the data source does to the frames of all targets whose format is "table": one frame per target. */
export function toTables(byRefId) {
  const refIds = Object.keys(byRefId);
  const all = Object.values(byRefId).flat();
  if (all.length === 0 || (all.length === 1 && all[0].length === 0)) {
    return all;
  }
  return refIds.map((refId) => tableOf(byRefId[refId], refId, refIds.length > 1 ? `Value #${refId}` : 'Value'));
}

function tableOf(frames, refId, valueName) {
  const names = [];
  for (const frame of frames) {
    for (const label of Object.keys(frame.fields[1]?.labels ?? {}).sort()) {
      if (!names.includes(label)) {
        names.push(label);
      }
    }
  }
  const time = { name: 'Time', type: FieldType.time, config: {}, values: [] };
  const value = { name: valueName, type: FieldType.number, config: {}, values: [] };
  const labels = names.map((name) => ({ name, type: FieldType.string, config: { filterable: true }, values: [] }));
  for (const frame of frames) {
    for (let row = 0; row < frame.length; row++) {
      time.values.push(frame.fields[0].values[row]);
      value.values.push(frame.fields[1].values[row]);
      labels.forEach((field) => field.values.push(frame.fields[1].labels?.[field.name] ?? ''));
    }
  }
  return { refId, meta: {}, fields: [time, ...labels, value], length: time.values.length };
}
