// Transformations, carried out by @grafana/data's own code.
import { standardTransformers, standardTransformersRegistry, transformDataFrame } from '@grafana/data';

/** Grafana fills this registry in its app, which is not published. */
export function registerTransformers() {
  standardTransformersRegistry.setInit(() =>
    Object.values(standardTransformers)
      .filter((transformer, i, all) => all.findIndex((other) => other.id === transformer.id) === i)
      .map((transformer) => ({
        id: transformer.id,
        name: transformer.name,
        transformation: () => Promise.resolve(transformer),
        editor: () => null,
      }))
  );
}

function last(observable) {
  return new Promise((resolve, reject) => {
    let value;
    observable.subscribe({ next: (v) => (value = v), error: reject, complete: () => resolve(value) });
  });
}

/** An organize step that renames a column which is not there renames nothing, and Grafana does not say so. "Value" and
 * "Value #A" are left out: which of them there is depends on how many tables there are to join. */
function checkOrganize(step, frames) {
  const filled = frames.filter((frame) => frame.length > 0);
  if (step.id !== 'organize' || filled.length === 0) {
    return [];
  }
  const names = new Set(filled.flatMap((f) => f.fields.flatMap((field) => [field.name, field.config.displayNameFromDS, field.state?.displayName])));
  return Object.keys(step.options?.renameByName ?? {})
    .filter((name) => step.options.renameByName[name] && !names.has(name) && !/^Value( #\w+)?$/.test(name))
    .map((name) => `organize renames "${name}", which no field is called`);
}

/** Returns the frames after all steps, and what is suspect about the steps. */
export async function transform(steps, frames, replace) {
  const warnings = [];
  let current = frames;
  for (const step of steps) {
    if (step.disabled) {
      continue;
    }
    if (!standardTransformersRegistry.getIfExists(step.id)) {
      throw new Error(`transformation ${step.id} is not known`);
    }
    warnings.push(...checkOrganize(step, current));
    current = await last(transformDataFrame([step], current, { interpolate: replace }));
  }
  return { frames: current, warnings };
}
