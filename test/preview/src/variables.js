// Dashboard variables: their values, and how they are put into a text.
//
// A replacement is never silent: a reference to a variable that does not exist is left as it is and counted, so that
// the caller can call the panel broken rather than show the answer to another question.
import { escapeRegExp } from 'lodash';
import { dataMacro } from './macros.js';

export const ALL = '$__all';

const reference = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:}]+))?(?::([^}]+))?\}/g;

/** A PromQL string literal's content: what Grafana's data source does to a variable that can hold one value. */
function escapeLiteral(value) {
  return String(value).replace(/\\/g, '\\\\').replace(/'/g, "\\\\'");
}

/** A regular expression inside a PromQL string literal. */
function escapeRegexLiteral(value) {
  return String(value).replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
}

/** The format that Grafana's Prometheus data source gives to a variable without an explicit one. */
export function promFormat(value, variable) {
  if (!variable || (!variable.multi && !variable.includeAll)) {
    return Array.isArray(value) ? value.map(escapeLiteral).join('|') : escapeLiteral(value);
  }
  if (!Array.isArray(value)) {
    return escapeRegexLiteral(value);
  }
  const escaped = value.map(escapeRegexLiteral);
  return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
}

const list = (value) => (Array.isArray(value) ? value : [value]).map(String);

const formats = {
  raw: (v) => list(v).join(','),
  csv: (v) => list(v).join(','),
  pipe: (v) => list(v).join('|'),
  glob: (v) => (Array.isArray(v) && v.length > 1 ? `{${v.join(',')}}` : list(v).join(',')),
  regex: (v) => {
    const escaped = list(v).map((x) => escapeRegExp(x));
    return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
  },
  doublequote: (v) => list(v).map((x) => `"${x.replace(/"/g, '\\"')}"`).join(','),
  singlequote: (v) => list(v).map((x) => `'${x.replace(/'/g, "\\'")}'`).join(','),
  json: (v) => JSON.stringify(v),
  percentencode: (v) => encodeURIComponent(formats.glob(v)),
  uriencode: (v) => encodeURI(formats.glob(v)),
  queryparam: (v, variable) => list(v).map((x) => `var-${encodeURIComponent(variable.name)}=${encodeURIComponent(x)}`).join('&'),
  text: (v, variable) => (variable?.isAll ? 'All' : list(variable?.text ?? v).join(' + ')),
};

/** Which of the formats show the choice "All" itself, not what it stands for. */
const namesAll = new Set(['queryparam', 'text']);

export class Variables {
  constructor() {
    this.byName = new Map();
    this.builtin = {};
  }

  set(variable) {
    this.byName.set(variable.name, variable);
  }

  list() {
    return [...this.byName.values()];
  }

  /** The value and whether it is to be formatted: an allValue is written by the dashboard's author and stays as it is. */
  resolve(variable, format) {
    if (!variable.isAll) {
      return { value: variable.value, verbatim: false };
    }
    if (namesAll.has(format)) {
      return { value: ALL, verbatim: false };
    }
    if (variable.allValue) {
      return { value: variable.allValue, verbatim: true };
    }
    return { value: variable.options, verbatim: false };
  }

  allAsQuery() {
    return this.list().map((v) => formats.queryparam(this.resolve(v, 'queryparam').value, v)).join('&');
  }

  /** Returns the text with every reference replaced; unknown ones are added to missing, if that is given. */
  replace(text, scoped, format, missing) {
    if (typeof text !== 'string' || !text) {
      return text ?? '';
    }
    return text.replace(reference, (match, plain, bracket, bracketFormat, braced, path, bracedFormat) => {
      const name = plain ?? bracket ?? braced;
      if (/^\d+$/.test(name)) {
        return match; // a capture group of label_replace
      }
      const wanted = bracedFormat ?? bracketFormat ?? format ?? 'glob';
      const found = this.lookup(name, path, scoped, wanted);
      if (found === undefined) {
        missing?.add(match);
        return match;
      }
      return found;
    });
  }

  lookup(name, path, scoped, wanted) {
    if (name === '__all_variables') {
      return this.allAsQuery();
    }
    const macro = dataMacro(name, path, scoped);
    if (macro !== undefined) {
      return this.format(macro, null, wanted === 'glob' ? 'raw' : wanted);
    }
    const own = scoped?.[name] ?? this.builtin[name];
    if (own !== undefined) {
      return String(own.value ?? own);
    }
    const variable = this.byName.get(name);
    if (!variable) {
      return undefined;
    }
    const { value, verbatim } = this.resolve(variable, wanted);
    return verbatim ? value : this.format(value, variable, wanted);
  }

  format(value, variable, wanted) {
    if (typeof wanted === 'function') {
      return wanted(value, variable);
    }
    return (formats[wanted] ?? formats.glob)(value, variable);
  }
}
