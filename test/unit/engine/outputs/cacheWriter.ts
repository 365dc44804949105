import { OutputCache } from '../../../../src/engine/outputs/outputCache.ts';

/** A process that fills a cache: `cacheWriter FOLDER NAME S`. Sends how many images were flushed, then goes on. */
const [, , folder, name, sourceCount] = process.argv;
const S = Number(sourceCount);
const cache = new OutputCache(folder, S);
await cache.refresh();
for (let i = 0; i < 400; i++) {
  const logits = Float32Array.from({ length: S }, (_, s) => i * 10 + s);
  const state = { bytes: 100, modified: 1.5, changed: 2.5, inode: 7, digest: undefined };
  cache.add({ path: `/images/${name}${i}`, ...state }, logits);
  if (i % 10 === 9) await cache.flush();
  if (i === 199) process.send?.(200);
}
process.disconnect?.();
