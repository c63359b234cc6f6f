// From a panel's JSON to frames that can be drawn: queries, transformations, field config, and a verdict.
import { FieldType, applyFieldOverrides, dateTime, rangeUtil } from '@grafana/data';
import { checkOverrides, completeFieldConfig, registryFor } from './fieldconfig.js';
import { toFrames, toTables } from './prometheus.js';
import { promFormat } from './variables.js';
import { transform } from './transform.js';

const maxPoints = 11000; // more in one series, and Prometheus refuses the query

/** The panel's own time range, where it sets one. */
export function panelRange(panel, range) {
  if (!panel.timeFrom) {
    return range;
  }
  return rangeUtil.convertRawToRange({ from: `now-${panel.timeFrom}`, to: 'now' });
}

function steps(panel, target, range, width, scrapeInterval) {
  const span = range.to.valueOf() - range.from.valueOf();
  const ownMin = target.interval || panel.interval;
  const low = ownMin && !ownMin.includes('$') ? ownMin.replace('>', '') : scrapeInterval;
  const { intervalMs } = rangeUtil.calculateInterval(range, panel.maxDataPoints || width, low);
  const safe = Math.ceil(span / maxPoints / 1000) * 1000;
  const stepMs = Math.max(intervalMs, safe, 1000);
  const minMs = rangeUtil.intervalToMs(low);
  return { stepMs, rateMs: Math.max(stepMs + minMs, 4 * minMs), span };
}

const seconds = (ms) => `${Math.max(1, Math.round(ms / 1000))}s`;

function builtins({ stepMs, rateMs, span }, range) {
  return {
    __interval: { value: seconds(stepMs) },
    __interval_ms: { value: stepMs },
    __rate_interval: { value: seconds(rateMs) },
    __rate_interval_ms: { value: rateMs },
    __range: { value: seconds(span) },
    __range_s: { value: Math.round(span / 1000) },
    __range_ms: { value: span },
    __from: { value: range.from.valueOf() },
    __to: { value: range.to.valueOf() },
  };
}

/** Runs one target; its error is kept with it, so that a panel says which of its queries failed. */
async function runTarget(panel, target, range, context) {
  const timing = steps(panel, target, range, context.width, context.scrapeInterval);
  const missing = new Set();
  const expr = context.variables.replace(target.expr, builtins(timing, range), promFormat, missing);
  const query = { refId: target.refId, expr, step: seconds(timing.stepMs), series: 0, error: '' };
  const result = { query, frames: [], notes: [], table: target.format === 'table' };
  if (missing.size) {
    query.error = `unknown variable ${[...missing].join(', ')}`;
    return result;
  }
  const step = timing.stepMs / 1000;
  const aligned = (t) => Math.floor(t.valueOf() / timing.stepMs) * step;
  const started = performance.now();
  try {
    const answers = [];
    const named = { ...target, expr, legendFormat: context.variables.replace(target.legendFormat) };
    if (!target.instant || target.range) {
      answers.push(await context.prometheus.range(expr, aligned(range.from), aligned(range.to), step));
    }
    if (target.instant) {
      answers.push(await context.prometheus.instant(expr, range.to.valueOf() / 1000));
    }
    for (const answer of answers) {
      const frames = toFrames(named, answer.data, timing.stepMs);
      query.series += frames.filter((f) => f.length > 0).length;
      result.frames.push(...frames);
      result.notes.push(...[...(answer.warnings ?? []), ...(answer.infos ?? [])].map((n) => `${target.refId}: ${n}`));
    }
  } catch (error) {
    query.error = error.message;
  }
  query.ms = Math.round(performance.now() - started);
  return result;
}

function gather(results) {
  const tables = {};
  const rest = [];
  for (const { table, query, frames } of results) {
    if (table) {
      tables[query.refId] = frames;
    } else {
      rest.push(...frames);
    }
  }
  return [...rest, ...toTables(tables)];
}

/** Is there anything to show: a value in a field other than the time? */
function hasData(frames) {
  return frames.some((frame) =>
    frame.fields.some((field) => field.type !== FieldType.time && field.values.some((v) => v !== null && v !== undefined))
  );
}

function notANumber(frames) {
  const fields = frames.flatMap((f) => f.fields.filter((field) => field.type === FieldType.number && field.values.length));
  return fields.length > 0 && fields.every((field) => field.values.every((v) => Number.isNaN(v)));
}

/** Everything a panel needs to be drawn, and its state: ok, nodata or error. */
export async function loadPanel(panel, context) {
  const range = panelRange(panel, context.range);
  const empty = { state: 'ok', message: '', frames: [], queries: [], warnings: [], range };
  if (panel.type === 'text' || panel.type === 'row') {
    return textState(panel, context, empty);
  }
  const targets = (panel.targets ?? []).filter((t) => !t.hide);
  if (targets.length === 0) {
    return { ...empty, state: 'error', message: 'the panel has no query' };
  }
  const results = await Promise.all(targets.map((target) => runTarget(panel, target, range, context)));
  const queries = results.map((r) => r.query);
  const warnings = results.flatMap((r) => r.notes);
  const failed = queries.filter((q) => q.error);
  if (failed.length) {
    const message = failed.map((q) => `${q.refId}: ${q.error}`).join('; ');
    return { ...empty, state: 'error', message, queries, warnings };
  }
  try {
    return await shape(panel, gather(results), context, { ...empty, queries, warnings });
  } catch (error) {
    return { ...empty, state: 'error', message: error.message, queries, warnings };
  }
}

function textState(panel, context, empty) {
  const missing = new Set();
  context.variables.replace(`${panel.title ?? ''} ${panel.options?.content ?? ''}`, builtinNames, undefined, missing);
  return missing.size
    ? { ...empty, state: 'error', message: `unknown variable ${[...missing].join(', ')}` }
    : empty;
}

const builtinNames = { __from: { value: '' }, __to: { value: '' } };

async function shape(panel, raw, context, outcome) {
  const missing = new Set();
  const scope = context.linkScope(outcome.range);
  const replace = (text, scoped, format) => context.variables.replace(text, { ...scope, ...scoped }, format, missing);
  const fieldConfig = completeFieldConfig(panel);
  const stepsDone = await transform(panel.transformations ?? [], raw, replace);
  const frames = applyFieldOverrides({
    data: stepsDone.frames,
    fieldConfig,
    fieldConfigRegistry: registryFor(fieldConfig),
    replaceVariables: replace,
    theme: context.theme,
    timeZone: context.timeZone,
  });
  const emptyRefs = outcome.queries.filter((q) => q.series === 0).map((q) => q.refId);
  const warnings = [...outcome.warnings, ...stepsDone.warnings, ...checkOverrides(fieldConfig, stepsDone.frames, emptyRefs)];
  if (notANumber(frames)) {
    warnings.push('every value is NaN');
  }
  const links = checkLinks(frames);
  warnings.push(...[...missing].map((m) => `link or name uses ${m}, which is not known`));
  const state = hasData(frames) ? 'ok' : 'nodata';
  if (state === 'ok' && emptyRefs.length) {
    warnings.push(`no series from ${emptyRefs.join(', ')}`);
  }
  return { ...outcome, state, frames, fieldConfig, warnings, replace, links };
}

/** Builds each field's links for its first row, so that a broken one is noticed, and returns them. */
function checkLinks(frames) {
  const found = new Set();
  for (const frame of frames) {
    for (const field of frame.fields) {
      if (frame.length > 0 && field.config.links?.length) {
        field.getLinks({ valueRowIndex: 0 }).forEach((link) => found.add(link.href));
      }
    }
  }
  return [...found].slice(0, 5);
}

/** The names that only links use. */
export function linkScope(raw) {
  return (range) => ({
    __url_time_range: { value: `from=${encodeURIComponent(raw.from)}&to=${encodeURIComponent(raw.to)}` },
    __from: { value: dateTime(range.from).valueOf() },
    __to: { value: dateTime(range.to).valueOf() },
  });
}
