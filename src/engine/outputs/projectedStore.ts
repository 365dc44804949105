import { embeddingOf, projectionOf, type TextProjection } from '../../core/backbones/textProjection.ts';
import type { LabelledSide } from '../../core/backbones/textSide.ts';
import type { ImageFacts } from '../../core/images/imageFacts.ts';
import type { ImageState, KnownImage } from './outputIndex.ts';
import type { OutputStore } from './outputStore.ts';

/** The embeddings that are kept of images, seen as logits over the labels of an alignment. */
export class ProjectedStore implements OutputStore {
  readonly width: number;
  readonly held: OutputStore['held'];
  readonly #kept: OutputStore;
  readonly #projection: TextProjection;
  readonly #row: Float32Array;

  /** @param kept rows [D] */
  constructor(kept: OutputStore, side: LabelledSide) {
    this.#kept = kept;
    this.#projection = projectionOf(side);
    this.width = this.#projection.width;
    this.#row = new Float32Array(kept.width);
    this.held = kept.held;
  }

  get isEmpty(): boolean {
    return this.#kept.isEmpty;
  }

  has(image: ImageState): boolean {
    return this.#kept.has(image);
  }

  knows(image: ImageState): boolean {
    return this.#kept.knows(image);
  }

  find(image: ImageState, into?: Float32Array): Float32Array | undefined {
    const row = this.#kept.find(image, this.#row);
    return row && this.#projection.logits(row, into);
  }

  async recognize(image: ImageState): Promise<Float32Array | undefined> {
    const row = await this.#kept.recognize(image);
    return row && this.#projection.logits(row);
  }

  factsOf(image: ImageState): ImageFacts | undefined {
    return this.#kept.factsOf(image);
  }

  digestOf(image: ImageState): string | undefined {
    return this.#kept.digestOf(image);
  }

  add(image: KnownImage, row: Float32Array): void {
    const embedding = embeddingOf(row);
    if (embedding) this.#kept.add(image, embedding);
  }

  carry(from: ImageState, to: ImageState): boolean {
    return this.#kept.carry(from, to);
  }

  flush(): Promise<void> {
    return this.#kept.flush();
  }
}
