import type { ChangedImage } from './comparison.ts';

/** Which images changed: by which of two sides is right, or whether both are wrong, or the truth is not known. */
export type ChangeKind = 'first' | 'second' | 'neither' | 'unknown';

/** Some of the changed images. */
export interface ChangeFilter {
  readonly kind?: ChangeKind | undefined;
  /** Labels before and after; empty where nothing is decided. */
  readonly labels?: readonly [first: string, second: string] | undefined;
}

/** What changed into what, and how often. */
export interface ChangeGroups {
  readonly kinds: Readonly<Record<ChangeKind, number>>;
  /** The most frequent pairs of labels, the most frequent first. */
  readonly pairs: readonly {
    readonly labels: readonly [first: string, second: string];
    readonly images: number;
  }[];
}

/** Target labels of both sides. */
type Labels = readonly [first: readonly string[], second: readonly string[]];

/** Pairs that are named. */
const MOST_PAIRS = 100;

function kindOf({ predicted, truths }: ChangedImage): ChangeKind {
  if (truths[0] < 0 || truths[1] < 0) return 'unknown';
  if (predicted[0] === truths[0]) return 'first';
  return predicted[1] === truths[1] ? 'second' : 'neither';
}

/** The labels that both sides predict for an image; empty where nothing is decided. */
export function changedLabels({ predicted }: ChangedImage, labels: Labels): readonly [string, string] {
  return [labels[0][predicted[0]] ?? '', labels[1][predicted[1]] ?? ''];
}

/** Counts changed images by kind and by labels. */
export function changeGroups(images: readonly ChangedImage[], labels: Labels): ChangeGroups {
  const kinds = { first: 0, second: 0, neither: 0, unknown: 0 };
  const pairs = new Map<string, { labels: readonly [string, string]; images: number }>();
  for (const image of images) {
    kinds[kindOf(image)]++;
    const changed = changedLabels(image, labels);
    const key = JSON.stringify(changed);
    const pair = pairs.get(key) ?? { labels: changed, images: 0 };
    pair.images++;
    pairs.set(key, pair);
  }
  return { kinds, pairs: [...pairs.values()].sort((a, b) => b.images - a.images).slice(0, MOST_PAIRS) };
}

/** Places of the images that pass a filter, in their order. */
export function changesThat(
  { kind, labels: wanted }: ChangeFilter,
  images: readonly ChangedImage[],
  labels: Labels,
): readonly number[] {
  return [...images.keys()].filter((i) => {
    if (kind !== undefined && kindOf(images[i]) !== kind) return false;
    const [first, second] = wanted ? changedLabels(images[i], labels) : [];
    return wanted === undefined || (first === wanted[0] && second === wanted[1]);
  });
}
