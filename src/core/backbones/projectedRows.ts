import type { GraphBuilder } from '../onnx/builder.ts';
import { vectorsOf } from './textProjection.ts';
import type { LabelledSide } from './textSide.ts';

/** The columns [D, S] of the labels of a dual encoder, times its scale. */
export function labelColumns(side: LabelledSide): { readonly values: Float32Array; readonly labels: number } {
  const rows = vectorsOf(side.labelled);
  const { width: D, scale } = side;
  const labels = rows.length / D;
  const values = new Float32Array(rows.length);
  for (let s = 0; s < labels; s++)
    for (let d = 0; d < D; d++) values[d * labels + s] = scale * rows[s * D + d];
  return { values, labels };
}

/** Logits [N, S] of embeddings [N, D] as nodes of a graph, as `TextProjection` has them. */
export function projectedRows(b: GraphBuilder, embeddings: string, side: LabelledSide): string {
  const { values, labels } = labelColumns(side);
  const length = b.op('Sqrt', [b.sum(b.mul(embeddings, embeddings), [1])]);
  const unit = b.div(embeddings, length);
  const scaled = b.op('MatMul', [unit, b.floats(values, [side.width, labels])]);
  return side.bias === 0 ? scaled : b.add(scaled, b.scalarOf(side.bias));
}
