import {
  type ExportedImage,
  type ExportedRun,
  type ExportSource,
  placedBelow,
} from '../../../../src/core/exports/exportedRun.ts';

/** An image below `/photos` that says what is given, and is a cat otherwise. */
export function imageOf(relative: string, more: Partial<ExportedImage> = {}): ExportedImage {
  const path = `/photos/${relative}`;
  const label = more.label ?? 'cat';
  return {
    path,
    ...placedBelow(path, ['/photos'], '/'),
    label,
    said: 'label',
    answer: label,
    confidence: 0.75,
    judged: more.truth !== undefined && more.given === undefined,
    ...more,
  };
}

/** A run of such images, in pieces of three. */
export function sourceOf(all: readonly ExportedImage[], more: Partial<ExportedRun> = {}): ExportSource {
  const labels = more.labels ?? ['cat', 'dog'];
  return {
    run: {
      labels,
      folders: ['/photos'],
      backbone: 'tiny',
      images: all.length,
      complete: true,
      figures: undefined,
      skipped: [],
      has: {
        splits: all.some(({ split }) => split),
        settled: false,
        caution: false,
        looks: all.some(({ looks }) => looks),
      },
      head: { folders: ['/photos'], images: all.length },
      ...more,
    },
    async *images() {
      for (let from = 0; from < all.length; from += 3) yield all.slice(from, from + 3);
    },
  };
}
