import type { Mapping } from '../mapping/mapping.ts';
import type { BestEpoch } from '../runs/trainingRecord.ts';
import type { ResolvedSettings } from '../runs/trainingSettings.ts';
import { plural, type Text } from '../text/text.ts';
import type { Optimiser } from './optimiser.ts';
import type { SeenLogits } from './seenLogits.ts';

/** Everything that the rest of a run depends on: order and augmentation follow from seed and epoch. */
export interface TrainState {
  parameters: Float32Array;
  moments: Readonly<Record<string, Float32Array>>;
  optimiserSteps: number;
  mapping: Mapping;
  /** A factor on the scores in the loss, see `fittedSharpness`. */
  sharpness: number;
  /** Epochs done. */
  epoch: number;
  /** Steps done of the next one. */
  step: number;
  /** Of the epoch in work. */
  lossSum: number;
  hits: number;
  seen: number;
  /** [N, S]: logits of the images that the epoch in work has seen, and which those are (1 or 0). */
  logits: Float32Array;
  have: Float32Array;
  /** What a layer's inputs are standardised by, see `TrainedLayer.scaling`; empty where none is trained. */
  readonly scaling: Float32Array;
  best: BestState | undefined;
  /** Epoch in which validation accuracy rose last. */
  improved: number;
  /** What is left of the learning rate, see {@link stepBack}. */
  rateShare: number;
  /** Of training. */
  seconds: number;
}

/** The best epoch so far, and what it consists of. */
export interface BestState extends BestEpoch {
  readonly parameters: Float32Array;
  readonly mapping: Mapping;
  /** Which validation images it has right: 1, 0, or {@link NOT_ASKED}, in their order. */
  readonly right: Float32Array;
}

/** An image that could not be read. */
export const NOT_ASKED = -1;

/** Before the first epoch. @param scaling of a layer */
export function startState(
  parameters: Float32Array,
  mapping: Mapping,
  { moments }: Optimiser,
  { logits, have }: SeenLogits,
  scaling: Float32Array = new Float32Array(),
): TrainState {
  return {
    parameters,
    moments,
    optimiserSteps: 0,
    mapping,
    sharpness: 1,
    epoch: 0,
    step: 0,
    lossSum: 0,
    hits: 0,
    seen: 0,
    logits,
    have,
    scaling,
    best: undefined,
    improved: 0,
    rateShare: 1,
    seconds: 0,
  };
}

/**
 * Ends an epoch with its validation: of equal accuracies the one with the lower loss is the better.
 * @returns whether it is the best so far
 */
export function endEpoch(
  state: TrainState,
  { epoch, valAccuracy, valLoss, right }: BestEpoch & Pick<BestState, 'right'>,
): boolean {
  const { best } = state;
  const risen = !best || valAccuracy > best.valAccuracy;
  const better = risen || (valAccuracy === best.valAccuracy && valLoss < best.valLoss);
  if (better) {
    const { parameters, mapping } = state;
    state.best = { epoch, valAccuracy, valLoss, parameters: parameters.slice(), mapping, right };
  }
  if (risen) state.improved = epoch;
  state.epoch = epoch;
  state.step = 0;
  state.lossSum = 0;
  state.hits = 0;
  state.seen = 0;
  state.have.fill(0);
  return better;
}

/** Why no epoch is begun any more; one that was begun is ended. */
export function endedEarly(
  { epoch, improved, step, seconds }: Pick<TrainState, 'epoch' | 'improved' | 'step' | 'seconds'>,
  {
    patience,
    budgetMinutes = Number.POSITIVE_INFINITY,
  }: Pick<ResolvedSettings, 'patience' | 'budgetMinutes'>,
): Text | undefined {
  if (epoch === 0 || step > 0) return undefined;
  const idle = epoch - improved;
  if (patience > 0 && idle >= patience)
    return plural(
      idle,
      'Validation accuracy has not improved for {0} epoch.',
      'Validation accuracy has not improved for {0} epochs.',
    );
  if (seconds < budgetMinutes * 60) return undefined;
  return plural(
    budgetMinutes,
    'The time budget of {0} minute is used up.',
    'The time budget of {0} minutes is used up.',
  );
}

/** By how much the loss of the best epoch may be exceeded. */
const WORSE = 1.03;
/** In so many epochs, in which the rate rises and a prompt that will do much good often does harm first, by any amount. */
const FIRST_EPOCHS = 2;
const LOWER_RATE = 1 / 3;

/**
 * Goes back to the parameters of the best epoch, and on with a lower rate, where an epoch has made the validation loss
 * worse: a prompt may move every pixel at each step, which one set of images needs and another is spoiled by. The first
 * epochs are not judged.
 * @returns whether it did
 */
export function stepBack(state: TrainState, valLoss: number): boolean {
  const { best, parameters, epoch } = state;
  if (!best || epoch <= FIRST_EPOCHS || valLoss <= WORSE * best.valLoss) return false;
  parameters.set(best.parameters);
  state.rateShare *= LOWER_RATE;
  return true;
}
