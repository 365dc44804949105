import { seededRandom } from '../random.ts';
import type { RgbImage } from './preprocessing.ts';

const EDGE = 160;
const THINGS = 7;

/** Two pictures with light, texture and things with edges, the same every time: what a classifier answers differently. */
export function madePictures(): readonly [RgbImage, RgbImage] {
  return [madePicture(3), madePicture(11)];
}

/** More of them, and black and white, for a classifier that answers two alike: it may be sure of both. */
export function morePictures(): readonly RgbImage[] {
  const blank = (value: number) => ({ width: 1, height: 1, data: new Uint8Array(3).fill(value) });
  return [blank(0), blank(255), ...[17, 23, 31, 41, 53, 67].map(madePicture)];
}

function madePicture(seed: number): RgbImage {
  const random = seededRandom(seed);
  const color = () => [0, 1, 2].map(() => 255 * random());
  const [above, below] = [color(), color()];
  const horizon = EDGE * (0.3 + 0.4 * random());
  const waves = Array.from({ length: 12 }, (_, i) => {
    const [turn, from] = [2 * Math.PI * random(), 2 * Math.PI * random()];
    const pace = (2 ** (i / 2) * 2 * Math.PI) / EDGE;
    return { x: pace * Math.cos(turn), y: pace * Math.sin(turn), from, strength: 40 / (1 + i) };
  });
  const things = Array.from({ length: THINGS }, () => ({
    x: EDGE * random(),
    y: EDGE * random(),
    wide: EDGE * (0.06 + 0.2 * random()),
    high: EDGE * (0.06 + 0.2 * random()),
    color: color(),
  }));
  const data = new Uint8Array(EDGE * EDGE * 3);
  for (let y = 0, at = 0; y < EDGE; y++) {
    for (let x = 0; x < EDGE; x++, at += 3) {
      let light = 30 * (0.5 - y / EDGE) + 24 * (random() - 0.5);
      for (const wave of waves) light += wave.strength * Math.sin(wave.x * x + wave.y * y + wave.from);
      let ground = y < horizon ? above : below;
      for (const thing of things) {
        const [across, down] = [(x - thing.x) / thing.wide, (y - thing.y) / thing.high];
        if (across * across + down * down > 1) continue;
        ground = thing.color;
        light -= 40 * (across + down);
      }
      for (let c = 0; c < 3; c++) data[at + c] = Math.max(0, Math.min(255, ground[c] + light));
    }
  }
  return { width: EDGE, height: EDGE, data };
}
