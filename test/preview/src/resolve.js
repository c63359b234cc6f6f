// Works out every variable's value, in the order in which the dashboard names them: a later query may use an earlier value.
import { ALL, Variables, promFormat } from './variables.js';

/** Returns the variables and a list of what went wrong with them. */
export async function resolveVariables(dashboard, prometheus, range, overrides) {
  const variables = new Variables();
  const problems = [];
  for (const source of dashboard.templating?.list ?? []) {
    try {
      variables.set(await resolveOne(source, variables, prometheus, range, overrides[source.name]));
    } catch (error) {
      problems.push({ name: source.name, message: error.message });
      variables.set({ ...base(source), value: '', text: '', options: [] });
    }
  }
  for (const name of Object.keys(overrides)) {
    if (!variables.byName.has(name)) {
      problems.push({ name, message: 'the dashboard has no such variable' });
    }
  }
  return { variables, problems };
}

function base(source) {
  return {
    name: source.name,
    label: source.label || source.name,
    type: source.type,
    hide: source.hide ?? 0,
    multi: Boolean(source.multi),
    includeAll: Boolean(source.includeAll),
    allValue: source.allValue || '',
    isAll: false,
  };
}

async function resolveOne(source, variables, prometheus, range, override) {
  const variable = base(source);
  variable.options = await optionsOf(source, variables, prometheus, range);
  const fixed = source.type === 'textbox' || source.type === 'constant';
  const wanted = override ?? (fixed ? variable.options[0] : source.current?.value);
  return choose(variable, wanted, source.current?.text, override !== undefined);
}

function choose(variable, wanted, text, given) {
  const values = (Array.isArray(wanted) ? wanted : String(wanted ?? '').split(given && variable.multi ? ',' : '\0')).filter(
    (v) => v !== ''
  );
  if (variable.includeAll && (values.includes(ALL) || values.some((v) => v.toLowerCase() === 'all'))) {
    return { ...variable, isAll: true, value: ALL, text: 'All' };
  }
  const known = given || variable.type === 'textbox' ? values : values.filter((v) => variable.options.includes(v));
  if (known.length) {
    return { ...variable, value: variable.multi ? known : known[0], text: variable.multi ? known : known[0] };
  }
  if (variable.type === 'datasource') {
    return { ...variable, value: 'prometheus', text: 'Prometheus' };
  }
  if (variable.includeAll) {
    return { ...variable, isAll: true, value: ALL, text: 'All' };
  }
  const first = variable.options[0] ?? '';
  return { ...variable, value: variable.multi && first ? [first] : first, text: first };
}

async function optionsOf(source, variables, prometheus, range) {
  switch (source.type) {
    case 'query':
      return sorted(filtered(await query(source, variables, prometheus, range), source.regex), source.sort);
    case 'custom':
      return custom(source.query);
    case 'interval':
      return custom(source.query);
    case 'textbox':
    case 'constant':
      return [source.query ?? ''];
    case 'datasource':
      return ['prometheus'];
    default:
      throw new Error(`variables of type ${source.type} are not known to the preview`);
  }
}

/** "a,b : c" holds the values a and c; the second is shown as b. */
function custom(text) {
  return (text ?? '').split(',').map((part) => part.trim()).filter(Boolean).map((part) => {
    const pair = /^(.+)\s:\s(.+)$/.exec(part);
    return pair ? pair[2].trim() : part;
  });
}

async function query(source, variables, prometheus, range) {
  const text = typeof source.query === 'string' ? source.query : (source.query?.query ?? source.definition ?? '');
  const missing = new Set();
  const replaced = variables.replace(text, {}, promFormat, missing);
  if (missing.size) {
    throw new Error(`unknown variable ${[...missing].join(', ')}`);
  }
  const start = range.from.valueOf() / 1000;
  const end = range.to.valueOf() / 1000;
  const values = /^label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\)\s*$/s.exec(replaced.trim());
  if (values) {
    return prometheus.labelValues(values[2], values[1]?.trim(), start, end);
  }
  const metrics = /^metrics\((.*)\)\s*$/.exec(replaced);
  if (metrics) {
    return (await prometheus.labelValues('__name__', '', start, end)).filter((m) => new RegExp(metrics[1]).test(m));
  }
  const names = /^label_names\((.*)\)\s*$/.exec(replaced);
  if (names) {
    return prometheus.labelNames(names[1].trim(), start, end);
  }
  const result = /^query_result\((.+)\)\s*$/s.exec(replaced);
  if (result) {
    const { data } = await prometheus.instant(result[1], end);
    return data.result.map((s) => {
      const { __name__: name = '', ...labels } = s.metric;
      const pairs = Object.keys(labels).sort().map((k) => `${k}="${labels[k]}"`);
      return `${name}{${pairs.join(',')}} ${s.value[1]} ${Math.round(s.value[0] * 1000)}`;
    });
  }
  throw new Error(`this kind of variable query is not known to the preview: ${text}`);
}

function filtered(values, regex) {
  if (!regex) {
    return [...new Set(values)];
  }
  const parts = /^\/(.*)\/([a-z]*)$/s.exec(regex);
  const expression = parts ? new RegExp(parts[1], parts[2].replace('g', '')) : new RegExp(`^${regex}$`);
  const kept = values.map((v) => expression.exec(v)).filter(Boolean);
  return [...new Set(kept.map((m) => m.groups?.value ?? m[1] ?? m[0] ?? m.input))];
}

function sorted(values, sort) {
  const direction = sort % 2 === 0 ? -1 : 1;
  if (!sort) {
    return values;
  }
  const numeric = sort === 3 || sort === 4;
  return [...values].sort((a, b) => direction * a.localeCompare(b, undefined, { numeric, sensitivity: sort > 4 ? 'base' : 'variant' }));
}
