import { encodeModel } from '../../core/onnx/protobuf/encode.ts';
import type { ValueInfoProto } from '../../core/onnx/protobuf/schema.ts';
import type { MatrixProduct } from '../../core/work.ts';
import { loadOrt } from '../models/onnxruntime.ts';

const FLOAT = 1;

const matrix = (name: string, rows: string, columns: string): ValueInfoProto => ({
  name,
  type: {
    tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: rows }, { dimParam: columns }] } },
  },
});

/** c = a b', for matrices of any size. */
const MODEL = encodeModel({
  irVersion: 8,
  opsetImport: [{ domain: '', version: 13 }],
  graph: {
    name: 'product',
    node: [
      {
        opType: 'Gemm',
        name: 'c',
        input: ['a', 'b'],
        output: ['c'],
        attribute: [{ name: 'transB', i: 1n, type: 2 }],
      },
    ],
    input: [matrix('a', 'n', 'k'), matrix('b', 'm', 'k')],
    output: [matrix('c', 'n', 'm')],
  },
});

/**
 * A product that onnxruntime computes, several times as fast as loops; and what frees it. In one thread: how it shares a
 * product among several decides the last bits.
 */
export async function openProduct(): Promise<{ readonly product: MatrixProduct; release(): Promise<void> }> {
  const { InferenceSession, Tensor } = await loadOrt();
  const session = await InferenceSession.create(MODEL, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    enableCpuMemArena: false,
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return {
    product: async (a, b, inner) => {
      if (a.length === 0 || b.length === 0) return new Float32Array(0);
      // onnxruntime takes another way for a single row, with other last bits.
      const alone = a.length === inner;
      const rows = alone ? Float32Array.from({ length: 2 * inner }, (_, at) => a[at % inner]) : a;
      const feeds = {
        a: new Tensor('float32', rows, [rows.length / inner, inner]),
        b: new Tensor('float32', b, [b.length / inner, inner]),
      };
      const { c } = await session.run(feeds);
      const values = (c.data as Float32Array).slice(0, alone ? b.length / inner : undefined);
      c.dispose();
      return values;
    },
    release: () => session.release(),
  };
}
