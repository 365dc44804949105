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
  /** Accuracy in [0, 1] on other images; null where it is unknown. */
  readonly accuracy: (outputs: PlainOutputs) => number | null;
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
    accuracy: ({ truths }) => share(truths, () => commonest),
  };
  yield {
    kind: 'zero-shot',
    name: baselineName('zero-shot'),
    accuracy: (outputs) => mapped(context.semantic, outputs),
  };
  const bayesian = await refreshedMapping('blm+', train, context);
  yield {
    kind: 'mapping-only',
    name: baselineName('mapping-only'),
    accuracy: (outputs) => mapped(bayesian, outputs),
  };
  yield linear('linear-mapping', train, (outputs) => outputs);
  const { features } = train;
  if (!features) {
    yield {
      kind: 'linear-probe',
      name: baselineName('linear-probe'),
      accuracy: () => null,
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
      accuracy: (outputs) => {
        const seen = view(outputs);
        return seen ? mapped(mapping, seen) : null;
      },
    };
  } catch (error) {
    return { kind, name, accuracy: () => null, problem: toSemapError(error).text };
  }
}

function mapped(mapping: Mapping, { logits, truths, targetCount }: LabelledOutputs): number | null {
  const scores = new MappingScorer(mapping).score(logits, truths.length);
  return share(truths, (i) => decidedTarget(scores, i * targetCount, targetCount));
}

function share(truths: ArrayLike<number>, predict: (i: number) => number): number | null {
  let hits = 0;
  for (let i = 0; i < truths.length; i++) if (predict(i) === truths[i]) hits++;
  return truths.length === 0 ? null : hits / truths.length;
}
