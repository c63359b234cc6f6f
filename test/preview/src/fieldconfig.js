// The registry of field options that applyFieldOverrides reads. In Grafana each panel plugin brings its own; here one is
// made for the panel at hand: the standard options, and every custom option that the panel names.
import {
  FieldConfigOptionsRegistry, booleanOverrideProcessor, dataLinksOverrideProcessor, displayNameOverrideProcessor,
  fieldMatchers, getFieldDisplayName, identityOverrideProcessor, numberOverrideProcessor, stringOverrideProcessor,
  thresholdsOverrideProcessor, unitOverrideProcessor, valueMappingsOverrideProcessor, FieldType,
} from '@grafana/data';

const everywhere = () => true;
const numbers = (field) => field.type === FieldType.number;

const standard = {
  displayName: [displayNameOverrideProcessor, everywhere],
  unit: [unitOverrideProcessor, everywhere],
  min: [numberOverrideProcessor, numbers],
  max: [numberOverrideProcessor, numbers],
  fieldMinMax: [booleanOverrideProcessor, numbers],
  decimals: [numberOverrideProcessor, numbers],
  noValue: [stringOverrideProcessor, everywhere],
  color: [identityOverrideProcessor, everywhere],
  thresholds: [thresholdsOverrideProcessor, everywhere],
  mappings: [valueMappingsOverrideProcessor, everywhere],
  links: [dataLinksOverrideProcessor, everywhere],
  actions: [identityOverrideProcessor, everywhere],
  filterable: [booleanOverrideProcessor, everywhere],
  description: [stringOverrideProcessor, everywhere],
};

/** What a panel type's own plugin fills in where the dashboard is silent. */
const customDefaults = {
  timeseries: {
    drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 1, fillOpacity: 0, gradientMode: 'none',
    showPoints: 'auto', pointSize: 5, spanNulls: false, stacking: { mode: 'none', group: 'A' }, axisPlacement: 'auto',
    scaleDistribution: { type: 'linear' }, thresholdsStyle: { mode: 'off' }, hideFrom: { viz: false, legend: false, tooltip: false },
    barAlignment: 0, barWidthFactor: 0.6, axisColorMode: 'text', axisBorderShow: false, axisCenteredZero: false,
  },
  table: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false, footer: { reducers: [] } },
};

function item(id, path, process, shouldApply, isCustom) {
  return { id, path, name: id, isCustom, process, shouldApply, settings: {}, editor: () => null, override: () => null };
}

function customPaths(fieldConfig) {
  const paths = new Set(Object.keys(fieldConfig.defaults.custom ?? {}));
  for (const override of fieldConfig.overrides) {
    for (const property of override.properties) {
      if (property.id.startsWith('custom.')) {
        paths.add(property.id.slice('custom.'.length));
      }
    }
  }
  return paths;
}

/** The panel's field config with its plugin's defaults below it. */
export function completeFieldConfig(panel) {
  const given = panel.fieldConfig ?? {};
  const defaults = given.defaults ?? {};
  const custom = { ...customDefaults[panel.type], ...defaults.custom };
  const plain = { mode: 'absolute', steps: [{ color: 'green', value: null }, { color: 'red', value: 80 }] };
  return {
    defaults: {
      thresholds: plain,
      color: panel.type === 'timeseries' ? { mode: 'palette-classic' } : { mode: 'thresholds' },
      ...defaults,
      custom,
    },
    overrides: given.overrides ?? [],
  };
}

export function registryFor(fieldConfig) {
  const items = Object.entries(standard).map(([id, [process, applies]]) => item(id, id, process, applies, false));
  for (const path of customPaths(fieldConfig)) {
    items.push(item(`custom.${path}`, path, identityOverrideProcessor, everywhere, true));
  }
  return new FieldConfigOptionsRegistry(() => items);
}

/** What Grafana would pass over without a word: overrides of unknown kind, and names that no field has. emptyRefs are the
 * targets that found no series: that their fields are missing is no fault. */
export function checkOverrides(fieldConfig, frames, emptyRefs) {
  const warnings = [];
  for (const { matcher, properties } of fieldConfig.overrides) {
    const info = fieldMatchers.getIfExists(matcher.id);
    if (!info) {
      warnings.push(`override: unknown matcher ${matcher.id}`);
      continue;
    }
    const matches = info.get(matcher.options);
    const silent = matcher.id === 'byFrameRefID' && emptyRefs.includes(matcher.options);
    const hit = silent || frames.some((frame) => frame.fields.some((field) => matches(field, frame, frames)));
    if (!hit && frames.some((frame) => frame.length > 0)) {
      const names = frames.flatMap((frame) => frame.fields.map((field) => getFieldDisplayName(field, frame, frames)));
      const known = [...new Set(names)].slice(0, 12).join(', ');
      warnings.push(`override ${matcher.id} ${JSON.stringify(matcher.options)} matches none of: ${known}`);
    }
    for (const property of properties) {
      if (!property.id.startsWith('custom.') && !standard[property.id]) {
        warnings.push(`override: unknown property ${property.id}`);
      }
    }
  }
  return warnings;
}
