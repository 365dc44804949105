import type { SplitName } from '../folders/layout.ts';
import { type ExportedImage, type ExportSource, knownLabel } from './exportedRun.ts';

/** Which images leave: all conditions hold together, an absent one lets all pass. */
export interface ExportFilter {
  /** What is said of them is one of these; '' for nothing. */
  readonly labels?: readonly string[] | undefined;
  /** Confidence of at least, and of at most. */
  readonly least?: number | undefined;
  readonly most?: number | undefined;
  /** A person gave the label, or agreed to the answer. */
  readonly accepted?: boolean | undefined;
  /** What they are is known; and the answer is that; and it is not. */
  readonly truth?: TruthFilter | undefined;
  readonly split?: SplitName | undefined;
  /** Of images that show the same, only the first. */
  readonly withoutDuplicates?: boolean | undefined;
}

export const truthFilters = ['known', 'right', 'wrong'] as const;
type TruthFilter = (typeof truthFilters)[number];

/** Only the images of a source that pass. */
export function filtered(source: ExportSource, filter: ExportFilter): ExportSource {
  return {
    run: source.run,
    async *images() {
      const passes = passing(filter);
      for await (const some of source.images()) {
        const kept = some.filter(passes);
        if (kept.length > 0) yield kept;
      }
    },
  };
}

/** Tells of images, one after the other, whether they pass. */
function passing({
  labels,
  least = 0,
  most = 1,
  accepted,
  truth,
  split,
  withoutDuplicates,
}: ExportFilter): (image: ExportedImage) => boolean {
  const wanted = labels && new Set(labels);
  const groups = new Set<number>();
  return (image) => {
    const { label, confidence, given, looks } = image;
    const passes =
      (wanted === undefined || wanted.has(label)) &&
      confidence >= least &&
      confidence <= most &&
      (!accepted || given !== undefined) &&
      (truth === undefined || isOfTruth(image, truth)) &&
      (split === undefined || image.split === split);
    const group = looks?.group ?? -1;
    if (!passes || !withoutDuplicates || group < 0) return passes;
    const isFirst = !groups.has(group);
    groups.add(group);
    return isFirst;
  };
}

function isOfTruth(image: ExportedImage, truth: TruthFilter): boolean {
  const known = knownLabel(image);
  if (known === undefined) return false;
  return truth === 'known' || (known === image.answer) === (truth === 'right');
}
