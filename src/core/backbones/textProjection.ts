import { bytesOfBase64 } from '../text/base64.ts';
import { hasLabels, type LabelledSide, type LabelVectors, type TextSide } from './textSide.ts';

/** What rows of logits were made of: whoever keeps one keeps that instead. */
const embeddings = new WeakMap<Float32Array, Float32Array>();
const projections = new WeakMap<LabelVectors, TextProjection>();

/** Rows [S, D] of the labels. */
export function vectorsOf({ vectors }: LabelVectors): Float32Array<ArrayBuffer> {
  return new Float32Array(bytesOfBase64(vectors).buffer);
}

/** Makes logits over labels of the embeddings of images. */
export class TextProjection {
  /** S. */
  readonly width: number;
  readonly #vectors: Float32Array;
  readonly #side: LabelledSide;

  constructor(side: LabelledSide) {
    this.#side = side;
    this.#vectors = vectorsOf(side.labelled);
    this.width = this.#vectors.length / side.width;
  }

  /** Logits [S]. @param embedding of any length */
  logits(embedding: Float32Array, into: Float32Array = new Float32Array(this.width)): Float32Array {
    const { width: D, scale, bias } = this.#side;
    let square = 0;
    for (let d = 0; d < D; d++) square += embedding[d] * embedding[d];
    const factor = scale / Math.sqrt(square);
    for (let s = 0; s < this.width; s++) {
      let dot = 0;
      for (let d = 0, at = s * D; d < D; d++, at++) dot += embedding[d] * this.#vectors[at];
      into[s] = dot * factor + bias;
    }
    return into;
  }

  /** Logits [N, S] of embeddings [N, D]. */
  all(embeddings: Float32Array): Float32Array {
    const { width: D } = this.#side;
    const N = embeddings.length / D;
    const rows = new Float32Array(N * this.width);
    for (let n = 0; n < N; n++)
      this.logits(embeddings.subarray(n * D, (n + 1) * D), rows.subarray(n * this.width));
    return rows;
  }
}

/** What makes logits of embeddings, the same for the same labels. */
export function projectionOf(side: LabelledSide): TextProjection {
  let projection = projections.get(side.labelled);
  if (!projection) {
    projection = new TextProjection(side);
    projections.set(side.labelled, projection);
  }
  return projection;
}

/** Logits of the embedding of an image that has just been run. */
export function projected(side: LabelledSide, embedding: Float32Array): Float32Array {
  const logits = projectionOf(side).logits(embedding);
  embeddings.set(logits, embedding);
  return logits;
}

/** The embedding that a row of logits was made of by {@link projected}: that is kept, whatever the labels. */
export function embeddingOf(logits: Float32Array): Float32Array | undefined {
  return embeddings.get(logits);
}

/** Rows of logits over the labels of a backbone: those of a dual encoder are made of the embeddings that it gives. */
export function labelRows(
  { text }: { readonly text?: TextSide | undefined },
  rows: Float32Array,
): Float32Array {
  return hasLabels(text) ? projectionOf(text).all(rows) : rows;
}
