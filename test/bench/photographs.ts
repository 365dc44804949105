import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';

/** Of 255: so that a file of 12 megapixels has 2.3 to 2.6 MB; without noise it would have a fifth of that. */
const NOISE = 6;

/** Large photographs, made of small ones with noise, in the class folders that those are in. JPEG, 4:2:0, quality 90. */
export async function makePhotographs(
  sources: readonly string[],
  folder: string,
  width: number,
  height: number,
): Promise<void> {
  const noise = noiseOf(1 << 20);
  for (const [at, source] of sources.entries()) {
    const { data } = await sharp(source)
      .resize(width, height, { fit: 'cover', kernel: 'cubic' })
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    for (let i = 0, n = at * 7919; i < data.length; i++, n++) {
      const value = data[i] + noise[n & (noise.length - 1)];
      data[i] = Math.max(0, Math.min(255, value));
    }
    const name = path.join(folder, path.basename(path.dirname(source)), path.basename(source));
    await mkdir(path.dirname(name), { recursive: true });
    await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(name);
  }
}

/** Values around 0 of a fixed seed, nearly normal; their number is a power of two. */
function noiseOf(count: number): Int8Array {
  const values = new Int8Array(count);
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  for (let i = 0; i < count; i++) values[i] = Math.round(NOISE * 1.73 * (next() + next() + next() + next()));
  return values;
}
