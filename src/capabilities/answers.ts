import { type CautiousAnswers, SAID } from '../core/caution/cautiousAnswers.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import type { SplitName } from '../core/folders/layout.ts';
import { inNaturalOrder } from '../core/text/naturalOrder.ts';
import { GIVEN } from '../core/truths/imageTruths.ts';
import type { SettleResult } from '../protocol/settling.ts';

/** What is said of an image, as programs are told: its label alone, or what stands in its place beside the answer. */
export interface SaidOf {
  readonly label: string;
  readonly said?: 'kind' | 'none' | 'not sure';
  readonly answer?: string;
  /** WordNet sense key of a kind. */
  readonly sense?: string;
  readonly confidence: number;
}

/** What is said of each image of a run, by its path. */
export class SaidAnswers {
  readonly cautious: CautiousAnswers;
  readonly #places: ReadonlyMap<string, number>;

  /** @param paths of the images, in the order of the answers */
  constructor(cautious: CautiousAnswers, paths: readonly string[]) {
    this.cautious = cautious;
    this.#places = new Map(paths.map((path, i) => [path, i]));
  }

  /** @param label the answer as it would be without caution */
  of(path: string, label: string, confidence: number): SaidOf {
    const place = this.#places.get(path);
    const { said, kind, kinds, confidences } = this.cautious;
    if (place === undefined || said[place] === SAID.label) return { label, confidence };
    if (said[place] !== SAID.kind) {
      return { label: '', said: said[place] === SAID.none ? 'none' : 'not sure', answer: label, confidence };
    }
    const { label: name, sense } = kinds[kind[place]];
    return { label: name, said: 'kind', answer: label, sense, confidence: confidences[place] };
  }
}

/** An image in the output: what is said of it, and what else was or could be. */
export interface Answered {
  readonly path: string;
  readonly said: SaidOf;
  /** What the mapping alone says; undefined where that is the same. */
  readonly plain: { readonly label: string; readonly confidence: number } | undefined;
  /** What a person said, null for none of the labels; undefined for nothing. */
  readonly given: string | null | undefined;
  readonly truth: string | undefined;
  readonly split: SplitName | undefined;
}

/** By their paths, as people order names with numbers in them. */
export function inOrder(predictions: readonly Prediction[]): readonly Prediction[] {
  return predictions.toSorted((a, b) => inNaturalOrder(a.path, b.path));
}

/** What is said of images in the end: what persons said, else the settled answers, else the plain ones. */
export function answersOf(
  predictions: readonly Prediction[],
  labels: readonly string[],
  together: SettleResult | undefined,
): readonly Answered[] {
  const { paths = [], cautious } = together ?? {};
  const said = cautious && new SaidAnswers(cautious, paths);
  const places = new Map(paths.map((file, place) => [file, place]));
  const nameOf = (target: number) => labels[target] ?? '';
  return predictions.map(({ path: file, target: alone, confidence: aloneSure, truth, split }) => {
    const place = places.get(file);
    if (!together || place === undefined) {
      const label = nameOf(alone);
      return {
        path: file,
        said: { label, confidence: aloneSure },
        plain: undefined,
        given: undefined,
        truth: labels[truth],
        split,
      };
    }
    const target = together.targets[place];
    const confidence = together.confidences[place];
    const given = givenLabel(together.given[place], labels);
    const answer = { label: nameOf(target), confidence };
    return {
      path: file,
      // What a person said is sure.
      said: given === undefined ? (said?.of(file, answer.label, confidence) ?? answer) : answer,
      plain:
        together.plainTargets[place] === target
          ? undefined
          : { label: nameOf(together.plainTargets[place]), confidence: together.plainConfidences[place] },
      given,
      truth: labels[together.truths[place]],
      split,
    };
  });
}

/** What a person said of an image: a label; null where it is none of them, undefined for nothing. */
function givenLabel(given: number, labels: readonly string[]): string | null | undefined {
  return given === GIVEN.nothing ? undefined : (labels[given] ?? null);
}
