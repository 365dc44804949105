/** How a click or a key selects. */
export type SelectHow =
  /** This image alone. */
  | 'only'
  /** This one too, or not any more. */
  | 'toggle'
  /** All from the one that was selected first to this one. */
  | 'to'
  /** Those too. */
  | 'also-to';

/** Which images are selected, as lists of files have it; images that a filter hides stay selected until it is cleared. */
export class TileSelection {
  #selected = new Set<number>();
  /** Where a range begins. */
  #anchor: number | undefined;

  has(image: number): boolean {
    return this.#selected.has(image);
  }

  /** Of `images`, those that are selected, in their order. */
  of(images: readonly number[]): number[] {
    // One image is the usual case, and there may be 100,000 others.
    if (this.#selected.size === 1) return [...this.#selected].filter((image) => images.includes(image));
    return this.#selected.size === 0 ? [] : images.filter((image) => this.#selected.has(image));
  }

  /** @param images in the order in which they are shown */
  select(image: number, how: SelectHow, images: readonly number[]): void {
    if (how === 'toggle') {
      if (!this.#selected.delete(image)) this.#selected.add(image);
      this.#anchor = image;
      return;
    }
    const from = how === 'only' || this.#anchor === undefined ? -1 : images.indexOf(this.#anchor);
    if (how !== 'also-to') this.#selected = new Set();
    if (from < 0) {
      this.#selected.add(image);
      this.#anchor = image;
      return;
    }
    const to = images.indexOf(image);
    for (let at = Math.min(from, to); at <= Math.max(from, to); at++) this.#selected.add(images[at]);
  }

  /** These and no others. */
  set(images: Iterable<number>): void {
    this.#selected = new Set(images);
    this.#anchor = undefined;
  }
}

/** The image after the last of some, in the order in which they are shown; undefined where that is the last of all. */
export function imageAfter(images: readonly number[], some: readonly number[]): number | undefined {
  const last = some.length === 0 ? -1 : images.indexOf(some[some.length - 1]);
  return last < 0 ? undefined : images[last + 1];
}

/** Where each image is shown. */
export function placesOf(images: readonly number[]): ReadonlyMap<number, number> {
  return new Map(images.map((image, position) => [image, position]));
}

/** Where an image is shown now, or else the next one of those it stood among, or the one before. */
export function nearest(
  before: readonly number[],
  image: number,
  places: ReadonlyMap<number, number>,
): number | undefined {
  const own = places.get(image);
  if (own !== undefined) return own;
  const from = before.indexOf(image);
  for (let at = from + 1; at < before.length; at++) {
    const place = places.get(before[at]);
    if (place !== undefined) return place;
  }
  for (let at = from - 1; at >= 0; at--) {
    const place = places.get(before[at]);
    if (place !== undefined) return place;
  }
  return undefined;
}

interface Keys {
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

/** How a click with these keys selects. */
export function howOf({ shiftKey, ctrlKey, metaKey }: Keys): SelectHow {
  const command = ctrlKey || metaKey;
  if (shiftKey) return command ? 'also-to' : 'to';
  return command ? 'toggle' : 'only';
}
