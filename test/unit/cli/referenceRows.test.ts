import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { writeNpy } from '../../../src/cli/npy.ts';
import { readReference } from '../../../src/cli/referenceRows.ts';
import { SemapError } from '../../../src/core/errors.ts';
import { seededRandom } from '../../../src/core/random.ts';

const text = (value: string) => new TextEncoder().encode(value);
const array = (dims: number[], ...data: number[]) => writeNpy({ dims, data: Float32Array.from(data) });

/** A ZIP archive as `numpy.savez_compressed` writes it, without checksums. */
function npz(members: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(members)) {
    const packed = deflateRawSync(bytes);
    const head = Buffer.alloc(30 + name.length);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(name.length, 26);
    head.write(name, 30);
    const entry = Buffer.alloc(46 + name.length);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(bytes.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    entry.write(name, 46);
    local.push(head, packed);
    central.push(entry);
    at += head.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...local, ...central, end]));
}

describe('rows of a reference', () => {
  it('are read from NumPy, one row an image whatever its other axes', () => {
    const two = readReference(array([2, 3, 1, 1], 1, 2, 3, 4, 5, 6), 'out.npy');
    assert.deepEqual([two.count, [...two.values]], [2, [1, 2, 3, 4, 5, 6]]);
    assert.equal(readReference(array([3], 1, 2, 3), 'out.npy').count, 1);
    assert.equal(readReference(array([1, 2, 2], 1, 2, 3, 4), 'image.npy').count, 1);
  });

  it('are read from the one array of an archive, or the one called outputs', () => {
    const out = array([1, 2], 1, 2);
    assert.deepEqual([...readReference(npz({ 'arr_0.npy': out }), 'a.npz').values], [1, 2]);
    const both = npz({ 'inputs.npy': array([1], 9), 'outputs.npy': out });
    assert.deepEqual([...readReference(both, 'a.npz').values], [1, 2]);
    assert.throws(() => readReference(npz({ 'a.npy': out, 'b.npy': out }), 'a.npz'), /2 arrays/);
    assert.throws(() => readReference(text('PK'), 'a.npz'), /not a \.npz/);
  });

  it('are read from tables, with a heading and names of images where there are some', () => {
    assert.deepEqual([...readReference(text('1,2\r\n3,4\r\n'), 'a.csv').values], [1, 2, 3, 4]);
    const named = readReference(text('file,cat,dog\ncats/1.jpg,0.5,0.5\n2.jpg,1,0\n'), 'a.csv');
    assert.deepEqual(named.names, ['cats/1.jpg', '2.jpg']);
    assert.deepEqual([...named.values], [0.5, 0.5, 1, 0]);
    assert.deepEqual([...readReference(text('1 2\n3 4\n'), 'a.txt').values], [1, 2, 3, 4]);
  });

  it('are read from JSON: rows, rows by name, or one row', () => {
    assert.equal(readReference(text('[[1,2],[3,4]]'), 'a.json').count, 2);
    assert.equal(readReference(text('[1,2]'), 'a.json').count, 1);
    assert.deepEqual(readReference(text('{"a.jpg":[1,2]}'), 'a.json').names, ['a.jpg']);
  });

  it('that are none are refused by what is wrong', () => {
    for (const [content, name, problem] of [
      ['[[1,2],[3]]', 'a.json', /Row 2 of a\.json has 1 numbers, and the first one 2/],
      ['[[1,null]]', 'a.json', /Row 1 of a\.json has something that is no number/],
      ['{', 'a.json', /not valid JSON/],
      ['7', 'a.json', /no list of numbers/],
      ['', 'a.csv', /a\.csv is empty/],
      ['1,x\n2,y\n', 'a.csv', /no number/],
      ['1', 'a.pkl', /no \.npy, \.npz/],
    ] as const)
      assert.throws(() => readReference(text(content), name), problem, name);
    assert.throws(() => readReference(array([1, 2], 1, Number.NaN), 'a.npy'), /Row 1 of a\.npy.*not finite/);
  });

  it('of any bytes are rows, or refused', () => {
    const random = seededRandom(3);
    const whole = npz({ 'outputs.npy': array([2, 2], 1, 2, 3, 4) });
    for (let turn = 0; turn < 300; turn++) {
      const bytes = whole.slice(0, 1 + Math.floor(random() * whole.length));
      for (let n = 0; n < 4; n++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      for (const name of ['a.npz', 'a.npy', 'a.csv', 'a.json']) {
        try {
          const { count, values } = readReference(bytes, name);
          assert.equal(values.length % count, 0);
        } catch (error) {
          assert.ok(error instanceof SemapError, `${name}: ${error}`);
        }
      }
    }
  });
});
