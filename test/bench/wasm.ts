import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type * as Native from 'onnxruntime-node';
import * as native from 'onnxruntime-node';
import { float16Value } from '../../src/core/float16.ts';
import { seededRandom } from '../../src/core/random.ts';
import { loadWasmRuntime } from '../../src/engine/models/wasmRuntime.ts';

/*
 * npm run bench:wasm [-- --backbones a,b --runs 12]
 *
 * onnxruntime as WebAssembly beside the native one, by turns in one process: the largest difference of an output of the
 * same input, and the processor time of a run of one image in one thread. Needs the test data.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const { values: options } = parseArgs({
  options: { backbones: { type: 'string' }, runs: { type: 'string', default: '12' } },
});
const runs = Number(options.runs);
const folder = path.join(data, 'backbones');
const names = options.backbones?.split(',') ?? [
  ...readdirSync(folder).flatMap((file) => (file.endsWith('.onnx') ? [file.slice(0, -5)] : [])),
  'starter',
];

const runtimes = { native: native as typeof Native, wasm: await loadWasmRuntime() };
console.log('backbone\tlargest difference\tnative ms\tWebAssembly ms\ttimes');
for (const name of names) {
  const file = path.join(name === 'starter' ? path.join(root, 'models') : folder, `${name}.onnx`);
  const settings = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 };
  const sessions = {
    native: await runtimes.native.InferenceSession.create(file, settings),
    wasm: await runtimes.wasm.InferenceSession.create(file, settings),
  };
  const [input] = sessions.native.inputMetadata;
  if (!input?.isTensor) throw new Error(`${name} takes no tensor.`);
  const shape = input.shape.map((size) => (typeof size === 'number' && size > 0 ? size : 1));
  const values = valuesOf(
    input.type,
    shape.reduce((product, size) => product * size, 1),
  );
  const feed = { [input.name]: new native.Tensor(input.type, values, shape) };
  const milliseconds = { native: [] as number[], wasm: [] as number[] };
  const answers = { native: [] as number[], wasm: [] as number[] };
  for (let run = 0; run < runs; run++) {
    for (const runtime of ['native', 'wasm'] as const) {
      const before = process.cpuUsage();
      const [output] = Object.values(await sessions[runtime].run(feed));
      const { user, system } = process.cpuUsage(before);
      milliseconds[runtime].push((user + system) / 1000);
      answers[runtime] = numbersOf(output!);
    }
  }
  const difference = Math.max(...answers.native.map((value, i) => Math.abs(value - answers.wasm[i])));
  const [least, leastWasm] = [Math.min(...milliseconds.native), Math.min(...milliseconds.wasm)];
  console.log(
    [
      name,
      difference.toExponential(1),
      least.toFixed(1),
      leastWasm.toFixed(1),
      (leastWasm / least).toFixed(1),
    ].join('\t'),
  );
  await Promise.all(Object.values(sessions).map((session) => session.release()));
}

function numbersOf({ type, data: values }: Native.Tensor): number[] {
  return Array.from(values as ArrayLike<number>, type === 'float16' ? float16Value : Number);
}

/** Noise of the kind that an input takes; half floats are written out by their bits. */
function valuesOf(type: Native.Tensor.Type, count: number): Native.Tensor.DataType {
  const random = seededRandom(0);
  switch (type) {
    case 'float32':
      return Float32Array.from({ length: count }, () => 2 * random() - 1);
    case 'uint8':
      return Uint8Array.from({ length: count }, () => 256 * random());
    case 'int8':
      return Int8Array.from({ length: count }, () => 256 * random() - 128);
    case 'float16':
      // 1.0 to 2.0: the exponent of 1, and any fraction.
      return Uint16Array.from({ length: count }, () => 0x3c00 + 1024 * random());
    default:
      throw new Error(`An input of ${type} is not measured.`);
  }
}
