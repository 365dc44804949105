import type { PlacedImage } from '../../core/evidence/imageScorer.ts';
import type { ImageFacts } from '../../core/images/imageFacts.ts';
import { joinRows } from '../../core/mapping/joinedScorer.ts';
import type { ImageState, KnownImage } from './outputIndex.ts';

/** Images of which a store has all that is known, wherever their files are. */
export interface HeldImages {
  /** Another one when they are others. */
  readonly version: string;
  /** Images beside them that could not be read. */
  readonly unread: number;
  all(): Iterable<{ readonly image: PlacedImage; readonly state: ImageState }>;
}

/** Rows of numbers of images, under one backbone or several side by side. */
export interface OutputStore {
  /** Numbers of an image. */
  readonly width: number;
  /** The images of a job; absent where a store has what came from folders. */
  readonly held?: HeldImages | undefined;
  /** Whether nothing is here, as far as is known. */
  readonly isEmpty: boolean;
  /** Whether the row of an image that has not changed since is here. */
  has(image: ImageState): boolean;
  /** Whether a file with this path, size and time of change is here, in whatever state. */
  knows(image: ImageState): boolean;
  /** The row of an image that has not changed since. @param into to be filled with it, instead of an array of its own */
  find(image: ImageState, into?: Float32Array): Float32Array | undefined;
  /** The same of an image that was changed in nothing but its times or place; its content decides. */
  recognize(image: ImageState): Promise<Float32Array | undefined>;
  /** What is known of the picture in an image that has not changed since. */
  factsOf(image: ImageState): ImageFacts | undefined;
  digestOf(image: ImageState): string | undefined;
  /** Keeps the row of an image. */
  add(image: KnownImage, row: Float32Array): void;
  /** Keeps the row of an image that was moved. @returns whether there was one */
  carry(from: ImageState, to: ImageState): boolean;
  /** Writes what was added. Never rejects. */
  flush(): Promise<void>;
}

/** How the rows of several backbones become one. */
type Join = (rows: readonly Float32Array[], into: Float32Array) => Float32Array;

/** Rows of several backbones side by side. Each is kept by its own backbone alone: what one lacks, there is not. */
export class JoinedStore implements OutputStore {
  readonly width: number;
  readonly members: readonly OutputStore[];
  readonly #join: Join;
  readonly #rows: Float32Array[];

  constructor(members: readonly OutputStore[], join: Join = joinRows) {
    this.members = members;
    this.width = members.reduce((sum, { width }) => sum + width, 0);
    this.#join = join;
    this.#rows = members.map(({ width }) => new Float32Array(width));
  }

  get isEmpty(): boolean {
    return this.members.every(({ isEmpty }) => isEmpty);
  }

  has(image: ImageState): boolean {
    return this.members.every((one) => one.has(image));
  }

  knows(image: ImageState): boolean {
    return this.members.every((one) => one.knows(image));
  }

  find(image: ImageState, into: Float32Array = new Float32Array(this.width)): Float32Array | undefined {
    for (const [m, one] of this.members.entries()) if (!one.find(image, this.#rows[m])) return undefined;
    return this.#join(this.#rows, into);
  }

  async recognize(image: ImageState): Promise<Float32Array | undefined> {
    for (const one of this.members) if (!one.find(image) && !(await one.recognize(image))) return undefined;
    return this.find(image);
  }

  factsOf(image: ImageState): ImageFacts | undefined {
    return firstOf(this.members, (one) => one.factsOf(image));
  }

  digestOf(image: ImageState): string | undefined {
    return firstOf(this.members, (one) => one.digestOf(image));
  }

  /** Nothing is kept twice: whoever runs the backbones gives each its own row. */
  add(): void {}

  carry(from: ImageState, to: ImageState): boolean {
    return this.members.map((one) => one.carry(from, to)).every(Boolean);
  }

  async flush(): Promise<void> {
    await Promise.all(this.members.map((one) => one.flush()));
  }
}

function firstOf<T>(
  stores: readonly OutputStore[],
  what: (store: OutputStore) => T | undefined,
): T | undefined {
  for (const store of stores) {
    const found = what(store);
    if (found !== undefined) return found;
  }
  return undefined;
}
