import type { HeadKind } from '../alignments/alignment.ts';
import type { Problem } from '../errors.ts';
import type { MappingMethod } from '../mapping/methods.ts';
import type { PromptSettings, TrainMapping } from '../runs/trainingSettings.ts';
import type { Text } from '../text/text.ts';

/*
 * One frame for everything that reuses a frozen backbone: zero-shot, learned mappings, heads and prompts differ in what
 * they learn from and in what they change. Training, ranking, comparing and finding speak of reuses in these words, and
 * show them in one table.
 */

/** What a reuse learns from: nothing but names, the images of the folder without labels, or labeled images. */
export type LearnsFrom = 'names' | 'images' | 'labels';

/** What a reuse changes: which source labels speak for a target, what is computed of the outputs, or the image itself. */
export type Changes = 'mapping' | 'head' | 'prompt';

/** How outputs become scores. A head `mixture` is what settling makes of a folder. */
export type ReuseScores = MappingMethod | HeadKind | TrainMapping;

/** A way of reusing a backbone. */
export interface ReuseWay {
  /** What becomes of the image first; absent = nothing. */
  readonly prompt?: PromptSettings | undefined;
  /** Steps of training see the images so often; absent without a prompt. */
  readonly epochs?: number | undefined;
  readonly scores: ReuseScores;
  /** The images of the folder answer together. */
  readonly settled?: true | undefined;
}

/** A backbone as results name it. */
export interface ReusedBackbone {
  readonly name: string;
  /** Absolute path of its ONNX file. */
  readonly path: string;
  readonly sha256: string;
}

/** A share in [0, 1] and on what it was found. */
export interface ReuseFigure {
  readonly value: number;
  /** 95% interval. */
  readonly low: number;
  readonly high: number;
  /** Images it is about. */
  readonly images: number;
  /**
   * `held-out`: images that neither taught nor chose anything; `unused-labels`: images that others were chosen by, of a way
   * that their labels neither taught nor chose; `corrected`: images that others in turn were chosen by, less what choosing
   * the best of many adds; `validation`: images that took part in choosing; `expected`: judged without labels.
   */
  readonly by: 'held-out' | 'unused-labels' | 'corrected' | 'validation' | 'expected';
}

/** What a reuse takes. */
export interface ReuseCost {
  /** Labeled images that it learns from; 0 = none. */
  readonly labels: number;
  /** Seconds to learn or train, on this machine, outputs of plain images being there; 0 = nothing to learn; null until it was tried. */
  readonly seconds: number | null;
  /** With all threads of this machine, decoding left out; null until it was measured. */
  readonly imagesPerSecond: number | null;
  /** Of everything that classifies: backbones, prompts, heads. */
  readonly bytes: number;
}

/** One line of a results table. */
export interface ReuseResult {
  /** The same for the same way, backbones and labels, within one table. */
  readonly id: string;
  readonly way: ReuseWay;
  /** Several answer together. */
  readonly backbones: readonly ReusedBackbone[];
  /** Null where nothing tells: {@link problem} may say why. */
  readonly figure: ReuseFigure | null;
  readonly cost: ReuseCost;
  readonly problem?: Problem | undefined;
  /** What a person should know of it. */
  readonly note?: Text | undefined;
}
