import type { AlignmentDocument } from './alignment.ts';

/**
 * What of an alignment decides predictions and truths of its backbone's outputs, as a text to compare. A changed hint,
 * or the name of a sense, changes no score.
 */
export function decidingText({ targets, aggregation, method }: AlignmentDocument): string {
  return JSON.stringify([
    aggregation,
    method.labelled?.learned,
    targets.map(({ label, offset, sources }) => [
      label,
      offset ?? 0,
      sources.map(({ index, weight }) => [index, weight]),
    ]),
  ]);
}

/** The same with what decides the outputs themselves: two versions of an alignment with the same text answer alike. */
export function answeringText(alignment: AlignmentDocument): string {
  return JSON.stringify([alignment.backbone.sha256, alignment.prompt, decidingText(alignment)]);
}
