/** In which other order outputs may stand than their labels are listed. */
export const LABEL_ORDERS = ['background-first', 'one-missing-first', 'text-order', 'number-order'] as const;
export type LabelOrder = (typeof LABEL_ORDERS)[number];

/** That labels are in another order, as labelled images show it. */
export interface LabelOrderFound {
  readonly order: LabelOrder;
  /** Shares of the labelled images that are right, in that order and as they are listed. */
  readonly accuracy: number;
  readonly listed: number;
}

/** McNemar's z: what is beyond is no chance. */
const Z = 3;

/**
 * Whether labels are shifted by one, or sorted as text where outputs are sorted as numbers or the other way round: what then
 * is right is far more than as they are listed.
 * @param rows logits of images, with their classes
 * @param answer the class that logits in the order of the labels stand for
 */
export function labelOrderOf(
  rows: readonly { readonly logits: Float32Array; readonly truth: number }[],
  labels: readonly string[],
  answer: (logits: Float32Array) => number,
): LabelOrderFound | undefined {
  if (rows.length === 0) return undefined;
  const rightWith = (outputOf: ((label: number) => number) | undefined) =>
    rows.map(({ logits, truth }) => {
      const ordered = outputOf ? Float32Array.from(logits, (_, label) => logits[outputOf(label)]) : logits;
      return answer(ordered) === truth;
    });
  const listed = rightWith(undefined);
  let found: LabelOrderFound | undefined;
  for (const order of LABEL_ORDERS) {
    const outputs = outputsOf(order, labels);
    if (!outputs) continue;
    const right = rightWith((label) => outputs[label]);
    const won = right.filter((one, i) => one && !listed[i]).length;
    const lost = right.filter((one, i) => !one && listed[i]).length;
    const accuracy = shareOf(right);
    if (won - lost <= Z * Math.sqrt(won + lost) || accuracy <= (found?.accuracy ?? 0)) continue;
    found = { order, accuracy, listed: shareOf(listed) };
  }
  return found;
}

/** For each label the output that is its own, in another order; undefined where that is the same, or says nothing. */
function outputsOf(order: LabelOrder, labels: readonly string[]): readonly number[] | undefined {
  const count = labels.length;
  const places = [...labels.keys()];
  if (order === 'background-first') return places.map((label) => (label + 1) % count);
  if (order === 'one-missing-first') return places.map((label) => (label + count - 1) % count);
  // Sorted as text, "10" comes before "2".
  const byText = places.map(String).sort().map(Number);
  const outputs: number[] = [];
  for (const [output, label] of byText.entries()) {
    if (order === 'text-order') outputs[label] = output;
    else outputs[output] = label;
  }
  return outputs.every((output, label) => output === label) ? undefined : outputs;
}

function shareOf(right: readonly boolean[]): number {
  return right.filter(Boolean).length / right.length;
}
