import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { OutputCache } from '../../../src/engine/outputs/outputCache.ts';
import type { KnownImage } from '../../../src/engine/outputs/outputIndex.ts';
import type { Random } from '../../unit/core/onnx/random.ts';
import { damageBytes } from '../damage/bytes.ts';
import type { FuzzTarget } from '../target.ts';

const S = 5;
const IMAGES = 12;
const image = (i: number): KnownImage => ({
  path: `/images/${i}`,
  bytes: 100 + i,
  modified: 1.5,
  changed: 2.5,
  inode: i,
  digest: String(i).padStart(16, 'x'),
  facts:
    i % 3 === 0
      ? undefined
      : { width: 1 + i, height: 9, spread: i / 4, detail: 0, shape: String(i).padStart(32, 'x') },
});
const logits = (i: number) => Float32Array.from({ length: S }, (_, s) => i * 10 + s);

/** A cache of two segments, written once. */
let original: Promise<string> | undefined;

function originalCache(): Promise<string> {
  original ??= writeCache();
  return original;
}

async function writeCache(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'semap-fuzz-'));
  for (const half of [0, 1]) {
    const cache = new OutputCache(path.join(folder, 'whole'), S);
    await cache.refresh();
    for (let i = half; i < IMAGES; i += 2) cache.add(image(i), logits(i));
    await cache.close();
  }
  return folder;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** A file of the cache by its place in the list, a zero byte, and its new content. */
async function damaged(random: Random): Promise<Uint8Array> {
  const whole = path.join(await originalCache(), 'whole');
  const files = await filesBelow(whole);
  const at = random.int(0, files.length - 1);
  const [content, other] = await Promise.all(
    [at, random.int(0, files.length - 1)].map((i) => readFile(path.join(whole, files[i]))),
  );
  return Buffer.concat([Buffer.of(at), damageBytes(content, random, other)]);
}

/** A damaged cache gives what was stored or nothing, takes new rows, and gives those. */
export const caches: FuzzTarget = {
  name: 'caches',
  megabytes: 200,
  make: damaged,
  async check(input) {
    const base = await originalCache();
    const folder = path.join(base, 'damaged');
    await rm(folder, { recursive: true, force: true });
    await cp(path.join(base, 'whole'), folder, { recursive: true });
    const files = await filesBelow(folder);
    if (input.length > 0)
      await writeFile(path.join(folder, files[input[0] % files.length]), input.subarray(1));
    const cache = new OutputCache(folder, S);
    await cache.refresh();
    for (let i = 0; i < IMAGES; i++) {
      const found = cache.find(image(i));
      if (found) assert.deepEqual(found, logits(i), `image ${i} has the logits of something else`);
      const facts = cache.factsOf(image(i));
      if (facts) assert.deepEqual(facts, image(i).facts);
    }
    for (let i = 0; i < IMAGES; i++) cache.add(image(i), logits(i));
    await cache.close();
    assert.equal(cache.writeProblem, undefined);
    const again = new OutputCache(folder, S);
    await again.refresh();
    for (let i = 0; i < IMAGES; i++) assert.deepEqual(again.find(image(i)), logits(i));
    await again.close();
  },
  dispose: async () => original && rm(await original, { recursive: true, force: true }),
};
