import { toSemapError } from '../errors.ts';
import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import { quickLinearMapping } from '../mapping/linear.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { argmax, decidedTarget, MappingScorer } from '../mapping/scoring.ts';
import { baselineName } from '../reuse/trainedRows.ts';
import type { Baseline } from '../runs/trainingRecord.ts';
import { phrase } from '../text/text.ts';
import { type RefreshContext, refreshedMapping } from './refreshMapping.ts';

/** Labelled images as a backbone sees them without a prompt. */
export interface PlainOutputs extends LabelledOutputs {
  /** Row-major [N, D]; absent where the backbone has no penultimate features. */
  readonly features?: Float32Array | undefined;
}

/** A layer that can be kept as a head. */
export interface LearnedLayer {
  readonly kind: 'linear-mapping' | 'linear-probe';
  /** Of the logits, or of the features. */
  readonly mapping: Mapping;
}

/** Something that a prompt has to beat. */
export interface FittedBaseline extends Pick<Baseline, 'kind' | 'name' | 'problem'> {
  /** Which other images it has right, 1 or 0; null where that is unknown. */
  readonly right: (outputs: PlainOutputs) => Uint8Array | null;
  readonly layer?: LearnedLayer | undefined;
}

/** Learns every baseline from the training images, the quick ones first. */
export async function* fitBaselines(
  train: PlainOutputs,
  context: RefreshContext,
): AsyncGenerator<FittedBaseline> {
  const { targetCount: T } = train;
  const counts = new Array<number>(T).fill(0);
  for (let i = 0; i < train.truths.length; i++) counts[train.truths[i]]++;
  const commonest = argmax(counts);
  yield {
    kind: 'majority',
    name: baselineName('majority'),
    right: ({ truths }) => rightOf(truths, () => commonest),
  };
  yield {
    kind: 'zero-shot',
    name: baselineName('zero-shot'),
    right: (outputs) => mapped(context.semantic, outputs),
  };
  const bayesian = await refreshedMapping('blm+', train, context);
  yield {
    kind: 'mapping-only',
    name: baselineName('mapping-only'),
    right: (outputs) => mapped(bayesian, outputs),
  };
  yield linear('linear-mapping', train, (outputs) => outputs);
  const { features } = train;
  if (!features) {
    yield {
      kind: 'linear-probe',
      name: baselineName('linear-probe'),
      right: () => null,
      problem: phrase('This backbone has no penultimate features that can be read.'),
    };
    return;
  }
  const D = features.length / train.truths.length;
  yield linear('linear-probe', train, (outputs) =>
    outputs.features ? { ...outputs, logits: outputs.features, sourceCount: D } : undefined,
  );
}

function linear(
  kind: LearnedLayer['kind'],
  train: PlainOutputs,
  view: (outputs: PlainOutputs) => LabelledOutputs | undefined,
): FittedBaseline {
  const name = baselineName(kind);
  try {
    const mapping = quickLinearMapping(view(train)!);
    return {
      kind,
      name,
      layer: { kind, mapping },
      right: (outputs) => {
        const seen = view(outputs);
        return seen ? mapped(mapping, seen) : null;
      },
    };
  } catch (error) {
    return { kind, name, right: () => null, problem: toSemapError(error).text };
  }
}

function mapped(mapping: Mapping, { logits, truths, targetCount }: LabelledOutputs): Uint8Array {
  const scores = new MappingScorer(mapping).score(logits, truths.length);
  return rightOf(truths, (i) => decidedTarget(scores, i * targetCount, targetCount));
}

function rightOf(truths: ArrayLike<number>, predict: (i: number) => number): Uint8Array {
  return Uint8Array.from({ length: truths.length }, (_, i) => Number(predict(i) === truths[i]));
}

/** The share of images that are right; null where none was asked. */
export function accuracyOf(right: Uint8Array | Float32Array | null): number | null {
  if (!right || right.length === 0) return null;
  let hits = 0;
  for (const one of right) hits += one;
  return hits / right.length;
}
