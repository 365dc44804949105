import type { FeatureKind, FeatureSource } from '../heads/features.ts';
import { type ImageFacts, shapeLevels } from '../images/imageFacts.ts';
import { seededRandom } from '../random.ts';

/** Numbers that stand for the features of an image. */
export const SKETCH = 256;
/** Numbers of a shape: the levels of 8 x 8 squares. */
export const SHAPE = 64;
const SIDE = 8;

/** With fewer source labels, the logits of different images are alike by chance. */
const LEAST_SOURCES = 100;
/** Below this spread the shape of a picture is noise. */
const LEAST_SPREAD = 2;

/**
 * From this likeness on two images are nearly the same; see docs/BENCHMARKS.md, "Near-duplicates". Where one of them has no
 * shape, features alone must be so much alike.
 */
const ALIKE = 0.94;
const ALIKE_WITHOUT_SHAPE = 0.98;
/** A shape counts so many times as much as the features: it does not care about compression, size and light, which features do. */
const SHAPE_WEIGHT = 2;
/**
 * Shapes that are the same, and features that are not quite others: a picture made so small that a backbone sees other edges
 * in it.
 */
const SAME_SHAPES = 0.98;
const ALIKE_WITH_SAME_SHAPE = 0.7;
/** What the shapes of two images must have in common at least. */
const ALIKE_SHAPES = (ALIKE * (1 + SHAPE_WEIGHT) - 1) / SHAPE_WEIGHT;

/**
 * What images are compared by, in little memory (320 bytes each): a sketch of features or logits, whose cosines are about
 * theirs, and the shape of the picture. Features are good at crops and mirrored pictures, shapes at all else.
 */
export interface Likenesses {
  readonly count: number;
  /** Row-major [N, {@link SKETCH}]; zeros where nothing is known of an image. */
  readonly sketches: Int8Array;
  /** Row-major [N, {@link SHAPE}]; zeros where it has no shape. */
  readonly shapes: Int8Array;
}

/** Makes {@link Likenesses} of images one by one. */
export class LikenessBuilder implements Likenesses {
  readonly count: number;
  readonly sketches: Int8Array;
  readonly shapes: Int8Array;
  readonly #kind: FeatureKind;
  readonly #width: number;
  readonly #place: Uint16Array;
  readonly #sign: Int8Array;
  readonly #sums = new Float64Array(SKETCH);

  /** @param width of a row of features or logits */
  constructor(count: number, kind: FeatureKind, width: number) {
    this.count = count;
    this.sketches = new Int8Array(count * SKETCH);
    this.shapes = new Int8Array(count * SHAPE);
    this.#kind = kind;
    this.#width = width;
    const random = seededRandom(0);
    this.#place = Uint16Array.from({ length: width }, () => Math.floor(random() * SKETCH));
    this.#sign = Int8Array.from({ length: width }, () => (random() < 0.5 ? -1 : 1));
  }

  /** @param row features or logits; what is not a finite number makes it say nothing */
  set(image: number, row: ArrayLike<number> | undefined, facts: ImageFacts | undefined): void {
    if (row && (this.#kind === 'features' || this.#width >= LEAST_SOURCES)) this.#sketch(image, row);
    if (!facts || facts.spread < LEAST_SPREAD) return;
    shapeLevels(facts.shape, this.shapes.subarray(image * SHAPE, (image + 1) * SHAPE));
  }

  /** Count sketch: each number is added to, or taken from, one of the places. */
  #sketch(image: number, row: ArrayLike<number>): void {
    const sums = this.#sums.fill(0);
    let mean = 0;
    // The scores of a softmax are the same with any number added.
    if (this.#kind === 'logits') for (let i = 0; i < this.#width; i++) mean += row[i] / this.#width;
    for (let i = 0; i < this.#width; i++) sums[this.#place[i]] += this.#sign[i] * (row[i] - mean);
    let largest = 0;
    for (const sum of sums) largest = Math.max(largest, Math.abs(sum));
    if (!(largest > 0 && Number.isFinite(largest))) return;
    for (let i = 0; i < SKETCH; i++)
      this.sketches[image * SKETCH + i] = Math.round((127 * sums[i]) / largest);
  }
}

/** Compares pairs of images. */
export class Comparer {
  readonly #images: Likenesses;
  readonly #sketchLengths: Float32Array;
  readonly #shapeLengths: Float32Array;

  constructor(images: Likenesses) {
    this.#images = images;
    this.#sketchLengths = lengths(images.sketches, SKETCH);
    this.#shapeLengths = lengths(images.shapes, SHAPE);
  }

  hasSketch(image: number): boolean {
    return this.#sketchLengths[image] > 0;
  }

  hasShape(image: number): boolean {
    return this.#shapeLengths[image] > 0;
  }

  /** Whether two images are nearly the same, or one is nearly the other mirrored. */
  alike(a: number, b: number): boolean {
    if (!this.hasShape(a) || !this.hasShape(b)) {
      return this.hasSketch(a) && this.hasSketch(b) && this.features(a, b) >= ALIKE_WITHOUT_SHAPE;
    }
    const shapes = this.#shapeCosine(a, b);
    if (shapes < ALIKE_SHAPES) return false;
    // Where features say nothing, shapes alone decide.
    const features = this.hasSketch(a) && this.hasSketch(b) ? this.features(a, b) : shapes;
    if (shapes >= SAME_SHAPES && features >= ALIKE_WITH_SAME_SHAPE) return true;
    return features + SHAPE_WEIGHT * shapes >= ALIKE * (1 + SHAPE_WEIGHT);
  }

  /** Cosine of the sketches. */
  features(a: number, b: number): number {
    const { sketches } = this.#images;
    let sum = 0;
    for (let i = 0, at = a * SKETCH, to = b * SKETCH; i < SKETCH; i++)
      sum += sketches[at + i] * sketches[to + i];
    return sum / (this.#sketchLengths[a] * this.#sketchLengths[b]);
  }

  /** The larger cosine of the shapes, as they are and one mirrored. */
  #shapeCosine(a: number, b: number): number {
    const { shapes } = this.#images;
    let sum = 0;
    let mirrored = 0;
    for (let row = 0; row < SHAPE; row += SIDE) {
      const at = a * SHAPE + row;
      const to = b * SHAPE + row;
      for (let i = 0; i < SIDE; i++) {
        sum += shapes[at + i] * shapes[to + i];
        mirrored += shapes[at + i] * shapes[to + SIDE - 1 - i];
      }
    }
    return Math.max(sum, mirrored) / (this.#shapeLengths[a] * this.#shapeLengths[b]);
  }
}

/** Where a number of a mirrored shape stands in the shape. */
export function mirroredPlace(place: number): number {
  return place - (place % SIDE) + (SIDE - 1 - (place % SIDE));
}

function lengths(rows: Int8Array, width: number): Float32Array {
  return Float32Array.from({ length: rows.length / width }, (_, image) => {
    let squares = 0;
    for (let at = image * width; at < (image + 1) * width; at++) squares += rows[at] * rows[at];
    return Math.sqrt(squares);
  });
}

/** Sketches as rows of numbers. */
export function sketchRows({ count, sketches }: Likenesses): FeatureSource {
  return {
    count,
    width: SKETCH,
    kind: 'features',
    rows: (from, to) => Float32Array.from(sketches.subarray(from * SKETCH, to * SKETCH)),
  };
}

/** Sketches and shapes behind each other as rows of numbers. */
export function likenessRows({ count, sketches, shapes }: Likenesses): FeatureSource {
  const width = SKETCH + SHAPE;
  return {
    count,
    width,
    kind: 'features',
    rows: (from, to) => {
      const rows = new Float32Array((to - from) * width);
      for (let image = from; image < to; image++) {
        rows.set(sketches.subarray(image * SKETCH, (image + 1) * SKETCH), (image - from) * width);
        rows.set(shapes.subarray(image * SHAPE, (image + 1) * SHAPE), (image - from) * width + SKETCH);
      }
      return rows;
    },
  };
}
