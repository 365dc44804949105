import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { pillowFiles } from './pillowFiles.ts';

/** A repeatable source of whole numbers below `n`. */
function randomNumbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

type Mutation = (bytes: Buffer, random: (n: number) => number) => Buffer;

const MUTATIONS: Record<string, Mutation> = {
  'cut short': (bytes, random) => bytes.subarray(0, random(bytes.length)),
  'with some bytes changed': (bytes, random) => {
    for (let i = random(4); i >= 0; i--) bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  'with its header changed': (bytes, random) => {
    for (let i = random(3); i >= 0; i--)
      bytes[random(Math.min(80, bytes.length))] = [0, 127, 128, 255][random(4)];
    return bytes;
  },
  'with bytes missing': (bytes, random) => {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(40))]);
  },
  'with bytes put in': (bytes, random) => {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(random(60), random(256)), bytes.subarray(at)]);
  },
};

// More rounds by hand: SEMAP_FUZZ_ROUNDS=100.
const rounds = Number(process.env['SEMAP_FUZZ_ROUNDS'] ?? 1);

for (const [how, mutate] of Object.entries(MUTATIONS)) {
  test(`a file ${how} gives a whole picture or an expected error`, async () => {
    const random = randomNumbers(1);
    for (let round = 0; round < rounds; round++) {
      for (const { name, bytes } of pillowFiles) {
        const hostile = mutate(Buffer.from(bytes), random);
        try {
          const image = await decodeImage(hostile);
          assert.equal(image.data.length, image.width * image.height * 3, name);
        } catch (error) {
          assert.ok(error instanceof SemapError, `${name}: ${error}`);
          assert.notEqual(error.reason, 'internal');
        }
      }
    }
  });
}
