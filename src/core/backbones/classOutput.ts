import { phrase } from '../text/text.ts';
import { type GraphFacts, type GraphValue, unsupported } from './backboneDescription.ts';

/**
 * S when `dims` are those of a class vector for `batch` images: [N, S], also with trailing or inner ones such as
 * [N, S, 1, 1]; undefined otherwise.
 */
export function classCount(dims: readonly number[], batch: number): number | undefined {
  const rest = dims[0] === batch ? dims.slice(1) : batch === 1 ? dims : undefined;
  const wide = rest?.filter((d) => d !== 1);
  return wide?.length === 1 && wide[0] > 1 ? wide[0] : undefined;
}

/** Whether an output's declared shape may be a class vector: unknown dimensions get the benefit of the doubt. */
function mayBeClassVector({ shape, type }: GraphValue): boolean {
  if (type !== 'float32' && type !== 'float16' && type !== 'float64') return false;
  if (shape.length < 1 || shape.length > 4) return false;
  const rest = shape.length === 1 ? shape : shape.slice(1);
  return rest.filter((d) => typeof d === 'number' && d > 1).length <= 1 && !rest.every((d) => d === 1);
}

/** @throws {SemapError} `unsupported-model` when no output, or more than one, can be the class scores. */
export function readClassOutput(facts: GraphFacts, name: string): GraphValue {
  const candidates = facts.outputs.filter(mayBeClassVector);
  if (candidates.length === 1) return candidates[0];
  for (const names of [/logit/i, /logit|prob|softmax/i]) {
    const named = candidates.filter((output) => names.test(output.name));
    if (named.length === 1) return named[0];
  }
  const outputs = facts.outputs.map((o) => `${o.name} [${o.shape.join(', ')}]`).join('; ');
  throw unsupported(
    candidates.length === 0
      ? phrase('The output of {0} is not a class vector: {1}.', name, outputs)
      : phrase('{0} has several outputs that could be class scores: {1}.', name, outputs),
  );
}
