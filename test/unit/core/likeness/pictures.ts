import type { ImageFacts } from '../../../../src/core/images/imageFacts.ts';
import { LikenessBuilder, type Likenesses } from '../../../../src/core/likeness/likeness.ts';
import { seededRandom } from '../../../../src/core/random.ts';

const WIDTH = 200;

/** A picture as it is compared: features, and 64 levels of its squares, -7 to 7. */
export interface Picture {
  readonly features?: Float32Array | undefined;
  readonly levels?: readonly number[] | undefined;
}

/** Pictures out of random numbers. */
export function pictureMaker(seed: number) {
  const random = seededRandom(seed);
  const noise = (size: number) => Float32Array.from({ length: WIDTH }, () => size * (random() - 0.5));
  return {
    picture: (): Picture => ({
      features: noise(10),
      levels: Array.from({ length: 64 }, () => Math.round(14 * (random() - 0.5))),
    }),
    /** The same but for a little. */
    copy: ({ features, levels }: Picture): Picture => ({
      features: features?.map((value) => value + random() - 0.5),
      levels: levels?.map((level) => (random() < 0.1 ? level + Math.sign(0.5 - level) : level)),
    }),
    random,
  };
}

export function mirrored({ features, levels = [] }: Picture): Picture {
  return { features, levels: levels.map((_, at) => levels[at - (at % 8) + 7 - (at % 8)]) };
}

export function factsOf(levels: readonly number[], spread = 40): ImageFacts {
  let shape = '';
  for (let at = 0; at < 64; at += 2)
    shape += String.fromCharCode(((levels[at] + 8) << 4) | (levels[at + 1] + 8));
  return { width: 640, height: 480, spread, detail: 5, shape };
}

export function likenesses(
  pictures: readonly Picture[],
  kind: 'features' | 'logits' = 'features',
): Likenesses {
  const built = new LikenessBuilder(pictures.length, kind, WIDTH);
  for (const [i, { features, levels }] of pictures.entries())
    built.set(i, features, levels && factsOf(levels));
  return built;
}
