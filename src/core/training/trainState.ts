import type { Mapping } from '../mapping/mapping.ts';
import type { BestEpoch } from '../runs/trainingRecord.ts';
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
  /** The mean of the parameters of all steps, see {@link average}; empty where none is kept. */
  readonly averaged: Float32Array;
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

/** What is beside the parameters: the scaling of a layer, and whether they are averaged. */
interface Beside {
  readonly scaling?: Float32Array | undefined;
  readonly isAveraged?: boolean | undefined;
}

/** Before the first epoch. */
export function startState(
  parameters: Float32Array,
  mapping: Mapping,
  { moments }: Optimiser,
  { logits, have }: SeenLogits,
  { scaling = new Float32Array(), isAveraged = false }: Beside = {},
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
    averaged: isAveraged ? parameters.slice() : new Float32Array(),
    scaling,
    best: undefined,
    improved: 0,
    rateShare: 1,
    seconds: 0,
  };
}

/** The parameters that validate, and are kept where they are the best. */
export function answering({ parameters, averaged }: TrainState): Float32Array {
  return averaged.length > 0 ? averaged : parameters;
}

/** Until so many steps are done, fewer of them count. */
const WARM_STEPS = 10;

/**
 * Takes the parameters of a step into their mean (an exponential moving average; Polyak and Juditsky 1992): steps that throw
 * them to and fro cancel each other.
 * @param decay in [0, 1)
 * @param steps how many are done
 */
export function average({ parameters, averaged }: TrainState, decay: number, steps: number): void {
  const own = 1 - Math.min(decay, steps / (WARM_STEPS + steps));
  for (let i = 0; i < averaged.length; i++) averaged[i] += own * (parameters[i] - averaged[i]);
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
    const { mapping } = state;
    state.best = { epoch, valAccuracy, valLoss, parameters: answering(state).slice(), mapping, right };
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

/** By how much the loss of the best epoch may be exceeded. */
const WORSE = 1.03;
const LOWER_RATE = 1 / 3;

/**
 * Goes back to the parameters of the best epoch, and on with a lower rate, where an epoch has made the validation loss
 * worse: a prompt may move every pixel at each step, which one set of images needs and another is spoiled by.
 * @returns whether it did
 */
export function stepBack(state: TrainState, valLoss: number): boolean {
  const { best, parameters, averaged } = state;
  if (!best || valLoss <= WORSE * best.valLoss) return false;
  parameters.set(best.parameters);
  if (averaged.length > 0) averaged.set(best.parameters);
  state.rateShare *= LOWER_RATE;
  return true;
}
