import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readNpy, writeNpy } from '../../../src/cli/npy.ts';
import { SemapError } from '../../../src/core/errors.ts';
import { softmax } from '../../../src/core/mapping/scoring.ts';
import { writeGraph } from '../../../src/core/onnx/writeGraph.ts';
import { draft } from '../core/onnx/cases/draft.ts';
import { Random } from '../core/onnx/random.ts';
import { meanColour, model, node } from '../engine/classifierModel.ts';
import { colourSidecar, colours, ppm } from '../engine/colours.ts';
import { testFolder } from '../folders.ts';
import { runWith, words } from './runCommand.ts';

const folder = testFolder();
const inFolder = (name: string) => path.join(folder, name);

const run = runWith(() => ['--cache-folder', folder]);

/** logits = W mean over space of x, so that d loss / dx is W' (softmax - one-hot) / area everywhere. */
async function writeModel(name: string, op?: string): Promise<string> {
  const d = draft(new Random(5), [2, 3, 2, 2]);
  const value = op === undefined ? d.x : d.op(op, [d.x], {}, { domain: 'example.org' });
  const flat = d.op('Flatten', [d.op('GlobalAveragePool', [value])], { axis: 1 });
  const weight = d.constant('float32', [3, 2], [1, 0, 0, 2, -1, 1]);
  await writeFile(inFolder(name), writeGraph(d.graph(d.op('MatMul', [flat, weight]))));
  return inFolder(name);
}

describe('.npy files', () => {
  it('are read as they were written', () => {
    const array = { dims: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 7) };
    assert.deepEqual(readNpy(writeNpy(array), 'x.npy'), array);
    const vector = { dims: [1], data: Float32Array.of(4) };
    assert.deepEqual(readNpy(writeNpy(vector), 'x.npy'), vector);
  });

  it('put their data at a multiple of 64 bytes', () => {
    assert.equal((writeNpy({ dims: [3], data: new Float32Array(3) }).length - 12) % 64, 0);
  });

  it('are refused when cut short or of another kind', () => {
    const bytes = writeNpy({ dims: [4], data: new Float32Array(4) });
    assert.throws(() => readNpy(bytes.subarray(0, bytes.length - 1), 'x.npy'), SemapError);
    assert.throws(() => readNpy(bytes.subarray(1), 'x.npy'), /x.npy is not a .npy file/);
    const complex = new TextDecoder('latin1').decode(bytes).replace('<f4', '<c8');
    assert.throws(() => readNpy(Buffer.from(complex, 'latin1'), 'x.npy'), /real numbers .*<c8/);
  });

  it('are read in the order of bytes and axes that they are written in', () => {
    const numbers = Float32Array.of(0, 1, 2, 3, 4, 5);
    const written = Buffer.from(writeNpy({ dims: [3, 2], data: numbers }));
    const header = written.toString('latin1');
    const fortran = Buffer.from(header.replace('False', 'True '), 'latin1');
    assert.deepEqual([...readNpy(fortran, 'x.npy').data], [0, 3, 1, 4, 2, 5]);
    const big = Buffer.from(header.replace('<f4', '>f4'), 'latin1');
    big.subarray(-24).swap32();
    assert.deepEqual(readNpy(big, 'x.npy').data, numbers);
  });
});

describe('semap backbones gradient', () => {
  it('writes gradient and logits', async () => {
    const model = await writeModel('net.onnx');
    const data = new Random(8).floats(24);
    await writeFile(inFolder('x.npy'), writeNpy({ dims: [2, 3, 2, 2], data }));
    const files = words`--input ${inFolder('x.npy')} --out ${inFolder('g.npy')} --logits ${inFolder('l.npy')}`;
    const { code, err } = await run`backbones gradient ${model} ${files} --targets 1,0`;
    assert.equal(code, 0, err);
    const logits = readNpy(await readFile(inFolder('l.npy')), 'l.npy');
    const gradient = readNpy(await readFile(inFolder('g.npy')), 'g.npy');
    assert.deepEqual(logits.dims, [2, 2]);
    assert.deepEqual(gradient.dims, [2, 3, 2, 2]);
    const rows = [
      [1, 0],
      [0, 2],
      [-1, 1],
    ];
    for (const [row, target] of [1, 0].entries()) {
      const [a, b] = logits.data.subarray(2 * row, 2 * row + 2);
      const p = 1 / (1 + Math.exp(b - a));
      const error = [p - (target === 0 ? 1 : 0), 1 - p - (target === 1 ? 1 : 0)];
      rows.forEach((weights, channel) => {
        const expected = (weights[0] * error[0] + weights[1] * error[1]) / 4 / 2;
        const part = gradient.data.subarray(12 * row + 4 * channel, 12 * row + 4 * channel + 4);
        const near = part.every((value) => Math.abs(value - expected) < 1e-6);
        assert.ok(near, `${part} is not ${expected}`);
      });
    }
  });

  it('says what is wrong with its arguments', async () => {
    const model = await writeModel('net.onnx');
    await writeFile(inFolder('x.npy'), writeNpy({ dims: [2, 3, 2, 2], data: new Float32Array(24) }));
    const base = words`backbones gradient ${model} --input ${inFolder('x.npy')} --out ${inFolder('g.npy')}`;
    assert.match((await run`${base}`).err, /needs --targets/);
    assert.match((await run`${base} --targets 1`).err, /one class per input: 2 inputs, 1 given/);
    assert.match((await run`${base} --targets 1,x`).err, /must be class indices/);
    const outside = await run`${base} --targets 1,2`;
    assert.equal(outside.code, 1);
    assert.match(outside.err, /Target 2 is not one of the model's 2 classes/);
  });
});

describe('semap backbones check', () => {
  it('says whether prompts can be trained, also of a model without a description', async () => {
    const { code, out } = await run`backbones check ${await writeModel('net.onnx')} --json`;
    const { promptable, blockers, error } = JSON.parse(out);
    assert.deepEqual({ code, promptable, blockers }, { code: 0, promptable: true, blockers: [] });
    assert.equal(error.reason, 'needs-description');
  });

  it('says what is no classifier of images as adding it does', async () => {
    const inputs = ['a', 'b'].map((name) => ({ name, dims: ['N', 3] }));
    await writeFile(inFolder('table.onnx'), model({ inputs, nodes: [node('Add', ['a', 'b'], ['scores'])] }));
    const checked = await run`backbones check ${inFolder('table.onnx')}`;
    const added = await run`backbones add ${inFolder('table.onnx')} --dry-run`;
    assert.equal(checked.code, 1);
    assert.match(checked.err, /table\.onnx takes 2 inputs \(a and b\), not one image/);
    assert.equal(checked.err, added.err);
  });

  it('names the operators in the way, also of a model that onnxruntime does not load', async () => {
    const { code, out } = await run`backbones check ${await writeModel('own.onnx', 'Wobble')} --json`;
    const { promptable, blockers } = JSON.parse(out);
    assert.deepEqual({ code, promptable }, { code: 1, promptable: false });
    const told = blockers.map(({ op, node }: { op: string; node: string }) => [op, node]);
    assert.deepEqual(told, [['example.org.Wobble', 'Wobble_v0_0']]);
  });

  it('says which settings make it agree with what another program computed, and what the scores are of', async () => {
    const sidecar = { ...colourSidecar, preprocessing: { ...colourSidecar.preprocessing, channels: 'bgr' } };
    await writeFile(inFolder('mean.onnx'), meanColour());
    await writeFile(inFolder('mean.backbone.json'), JSON.stringify(sidecar));
    const images: string[] = [];
    const rows: number[] = [];
    for (const [name, color] of Object.entries(colours)) {
      images.push('--image', inFolder(`${name}.ppm`));
      await writeFile(inFolder(`${name}.ppm`), ppm(color));
      // Red and green of the first of 64 pixels are 0.
      rows.push(...softmax(color.map((value, c) => (value * (c < 2 ? 63 : 64)) / 64 / 255)));
    }
    const data = Float32Array.from(rows);
    await writeFile(inFolder('theirs.npy'), writeNpy({ dims: [3, 3], data }));
    const asked = words`backbones check ${inFolder('mean.onnx')} --reference ${inFolder('theirs.npy')} ${images}`;
    const other = await run`${asked}`;
    assert.equal(other.code, 1, other.err);
    assert.match(other.out, /is the softmax of the output "scores"/);
    assert.match(other.out, /differs from the reference as the backbone is described: .*33\.3%/);
    assert.match(other.out, /They agree with other settings.*\n +colors +RGB \(described: BGR\)\n/);
    assert.match(other.out, /"channels":"rgb"\}\nOr, .*describe .*mean\.onnx .* --channels rgb --remember\n/);
    // The file beside the model goes first.
    const unheard = await run`backbones describe ${inFolder('mean.onnx')} --channels rgb --remember`;
    assert.match(unheard.err, /says otherwise/);
    const same = await run`${asked} --channels rgb --json`;
    assert.equal(same.code, 0, same.err + same.out);
    assert.equal(JSON.parse(same.out).same, true);

    const fewer = await run`${asked.slice(0, -2)}`;
    assert.match(fewer.err, /has 3 rows, and there are 2 images/);
    assert.match(
      (await run`backbones check ${inFolder('mean.onnx')} ${images}`).err,
      /goes with --reference/,
    );
  });
});
