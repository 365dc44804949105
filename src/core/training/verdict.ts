import { percent } from '../text/numbers.ts';
/** An accuracy that a run is compared with. */
export interface Rival {
  readonly kind: string;
  readonly name: string;
  /** In [0, 1]; null where unknown. */
  readonly accuracy: number | null;
}

/**
 * Whether a trained prompt is worth it, in plain words.
 * @param images how many the accuracies were measured on
 * @param where "validation" or "test"
 */
export function verdictOf(
  accuracy: number,
  rivals: readonly Rival[],
  images: number,
  where: 'validation' | 'test',
  trained: 'prompt' | 'mapping',
): string {
  const of = (kind: string) => rivals.find((rival) => rival.kind === kind && rival.accuracy !== null);
  const mapping = of('mapping-only');
  const subject = trained === 'prompt' ? 'The prompt' : 'The mapping';
  const sentences: string[] = [];
  if (trained === 'prompt' && mapping) {
    const gain = accuracy - mapping.accuracy!;
    if (gain <= 0) {
      sentences.push(
        `The prompt does not beat the mapping alone (${percent(accuracy)} against ${percent(mapping.accuracy!)}): use the mapping.`,
      );
    } else if (gain < margin(accuracy, images)) {
      sentences.push(
        `The prompt reaches ${percent(accuracy)}, the mapping alone ${percent(mapping.accuracy!)}: no more than chance may do with ${images} images.`,
      );
    } else {
      sentences.push(
        `The prompt reaches ${percent(accuracy)}, ${points(gain)} more than the mapping alone (${percent(mapping.accuracy!)}).`,
      );
    }
  } else sentences.push(`${subject} reaches ${percent(accuracy)}.`);
  const others = rivals
    .filter(({ kind, accuracy: theirs }) => kind.startsWith('linear') && theirs !== null)
    .sort((a, b) => b.accuracy! - a.accuracy!);
  const [best] = others;
  const mentioned = trained === 'prompt' ? Math.max(accuracy, mapping?.accuracy ?? 0) : accuracy;
  if (best && best.accuracy! > mentioned) {
    sentences.push(
      `${best.name} is better still with ${percent(best.accuracy!)}${best.kind === 'linear-probe' ? ', where a new last layer is acceptable' : ''}.`,
    );
  } else if (best && rivals.every(({ accuracy: theirs }) => theirs === null || theirs < accuracy)) {
    sentences.push('It is ahead of every baseline.');
  }
  const basis = where === 'test' ? 'test images that were not touched before' : 'validation images';
  sentences.push(
    `Measured on ${images} ${basis}${where === 'validation' ? ', which also chose the epoch: expect a little less elsewhere' : ''}.`,
  );
  return sentences.join(' ');
}

/** Half of a 95% interval of a share of `images`. */
function margin(share: number, images: number): number {
  return 1.96 * Math.sqrt((share * (1 - share)) / Math.max(1, images));
}

function points(share: number): string {
  return `${(100 * share).toFixed(1)} points`;
}
