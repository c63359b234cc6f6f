// The macros that a data link may use: ${__data.fields.x}, ${__value.raw}, ${__field.labels.x}, ${__series.name}.
import { formattedValueToString, getFieldDisplayName, getFieldDisplayValuesProxy } from '@grafana/data';
import { get } from 'lodash';

/** The macro's value, or undefined where the name is none or the link has no such thing. */
export function dataMacro(name, path, scoped) {
  const context = scoped?.__dataContext?.value;
  if (!context) {
    return undefined;
  }
  switch (name) {
    case '__data':
      return fields(context, path);
    case '__value':
      return value(context, path);
    case '__field':
      return field(context, path);
    case '__series':
      return path === 'name' ? (context.frame?.name ?? getFieldDisplayName(context.field, context.frame)) : undefined;
    default:
      return undefined;
  }
}

function fields({ frame, rowIndex }, path) {
  if (rowIndex === undefined || !path?.startsWith('fields')) {
    return undefined;
  }
  const proxy = getFieldDisplayValuesProxy({ frame, rowIndex });
  const found = get(proxy, path.slice('fields'.length).replace(/^\./, ''));
  return found === undefined || found === null ? undefined : String(found);
}

function value({ field: source, rowIndex, calculatedValue }, path) {
  if (calculatedValue) {
    return String(path === 'numeric' || path === 'raw' ? calculatedValue.numeric : formattedValueToString(calculatedValue));
  }
  if (rowIndex === undefined) {
    return undefined;
  }
  const raw = source.values[rowIndex];
  return String(path === 'text' && source.display ? formattedValueToString(source.display(raw)) : raw);
}

function field({ field: source, frame }, path) {
  if (path?.startsWith('labels.')) {
    return source.labels?.[path.slice('labels.'.length)] ?? '';
  }
  return getFieldDisplayName(source, frame);
}
