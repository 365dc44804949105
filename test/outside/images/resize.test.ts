import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import {
  FILTERS,
  type InputSpec,
  type Preprocessing,
  type RgbImage,
} from '../../../src/core/images/preprocessing.ts';
import { resize, resizeFloats } from '../../../src/core/images/resample.ts';
import type { Resampling } from '../../../src/core/images/resampleWeights.ts';
import { fillInput, inputBytes, inputView } from '../../../src/core/images/tensor.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { inputSpec } from '../../unit/inputSpec.ts';
import { DEBIAN_PYTHON, lacking } from '../programs.ts';

/*
 * Pixels beside those that Pillow and OpenCV make, whose pipelines backbones were trained with. Rows of torch are in
 * test/unit/core/images/resizedRows.ts.
 */

const skip = lacking({
  programs: [],
  packages: ['python3-pil', 'python3-numpy', 'python3-opencv'],
  python: ['cv2, PIL.Image'],
  isLarge: true,
});

const SCRIPT = `
import base64, json, sys
import cv2, numpy as np
from PIL import Image, ImageOps
PILLOW = dict(nearest=0, lanczos=1, bilinear=2, bicubic=3, box=4, hamming=5)
OPENCV = dict(nearest=cv2.INTER_NEAREST, bilinear=cv2.INTER_LINEAR, bicubic=cv2.INTER_CUBIC, box=cv2.INTER_AREA, lanczos=cv2.INTER_LANCZOS4)
def made(ask):
    h, w = ask['height'], ask['width']
    pixels = np.frombuffer(base64.b64decode(ask['data']), np.uint8).reshape(h, w, 3)
    size, name = (ask['toWidth'], ask['toHeight']), ask['filter']
    if ask['by'] == 'resize': return np.array(Image.fromarray(pixels).resize(size, PILLOW[name]))
    edge = min(h, w)
    left, top = (w - edge) // 2, (h - edge) // 2
    if ask['by'] == 'crop':
        square = Image.fromarray(pixels).crop((left, top, left + edge, top + edge))
        return np.array(square.resize(size, PILLOW[name]))
    if ask['by'] == 'contain':
        small = ImageOps.contain(Image.fromarray(pixels), size, PILLOW[name])
        whole = Image.new('RGB', size, (10, 20, 30))
        whole.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
        return np.array(whole)
    if ask['by'] == 'cut':
        pixels = pixels[top:top + edge, left:left + edge]
    return cv2.resize(pixels.astype(np.float32) if ask['floats'] else pixels, size, interpolation=OPENCV[name])
answers = [made(ask) for ask in json.load(sys.stdin)]
json.dump([base64.b64encode(np.ascontiguousarray(a).tobytes()).decode() for a in answers], sys.stdout)
`;

interface Ask {
  readonly by: 'resize' | 'crop' | 'contain' | 'cut' | 'opencv';
  readonly image: RgbImage;
  readonly toWidth: number;
  readonly toHeight: number;
  readonly filter: Resampling['filter'];
  readonly floats?: boolean;
}

function ask(asks: readonly Ask[]): (Uint8Array | Float32Array)[] {
  const input = JSON.stringify(
    asks.map(({ image, ...rest }) => ({
      ...rest,
      floats: rest.floats ?? false,
      width: image.width,
      height: image.height,
      data: Buffer.from(image.data).toString('base64'),
    })),
  );
  const answers = JSON.parse(
    execFileSync(DEBIAN_PYTHON, ['-c', SCRIPT], { input, encoding: 'utf8', maxBuffer: 2 ** 28 }),
  ) as string[];
  return answers.map((answer, i) => {
    const bytes = Uint8Array.from(Buffer.from(answer, 'base64'));
    return asks[i].floats ? new Float32Array(bytes.buffer) : bytes;
  });
}

/** Smooth, with noise and hard edges. */
function picture(width: number, height: number): RgbImage {
  const random = seededRandom(width * 1000 + height);
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return (x >> 4) % 3 === 0 ? 255 * random() : 128 + 120 * Math.sin(x / 9 + y / 7 + (i % 3));
  });
  return { width, height, data };
}

const PICTURES = [picture(131, 97), picture(60, 90), picture(9, 7)];
const SIZES = [
  [48, 32],
  [64, 64],
  [200, 260],
] as const;

/** @returns the share of values that differ, and by how much at most */
function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): { share: number; most: number } {
  assert.equal(actual.length, expected.length);
  let [count, most] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const by = Math.abs(actual[i] - expected[i]);
    if (by > 0.01) count++;
    most = Math.max(most, by);
  }
  return { share: count / expected.length, most };
}

const PILLOW = PICTURES.flatMap((image) =>
  SIZES.flatMap(([toWidth, toHeight]) =>
    FILTERS.map((filter): Ask => ({ by: 'resize', image, toWidth, toHeight, filter })),
  ),
);
const OPENCV = PICTURES.flatMap((image) =>
  SIZES.flatMap(([toWidth, toHeight]) =>
    FILTERS.filter((filter) => filter !== 'hamming').flatMap((filter) =>
      // Where one edge grows and the other shrinks, INTER_AREA is something else.
      filter === 'box' && image.width < toWidth !== image.height < toHeight
        ? []
        : [false, true].map((floats): Ask => ({ by: 'opencv', image, toWidth, toHeight, filter, floats })),
    ),
  ),
);
const KINDS: readonly (readonly [Ask['by'], Partial<Preprocessing>])[] = [
  ['crop', { cropFirst: 1, resample: 'lanczos' }],
  ['contain', { fit: 'letterbox', padColor: [10, 20, 30], resample: 'bicubic' }],
  ['cut', { cropFirst: 1, resample: 'bilinear', antialias: false }],
];
const PLACED = KINDS.flatMap(([by, { resample }]) =>
  PICTURES.slice(0, 2).map((image): Ask => ({ by, image, toWidth: 48, toHeight: 48, filter: resample! })),
);

describe('Pixels are those that others make', { skip }, () => {
  /** Python is started once for all. */
  const all = [...PILLOW, ...OPENCV, ...PLACED];
  const answers = skip ? [] : ask(all);
  const answered = (asks: readonly Ask[]) => asks.map((one) => [one, answers[all.indexOf(one)]] as const);

  test('Pillow, every filter: exactly', () => {
    for (const [{ image, toWidth, toHeight, filter }, expected] of answered(PILLOW)) {
      const { data } = resize(image, { width: toWidth, height: toHeight }, { filter });
      assert.deepEqual(difference(data, expected), { share: 0, most: 0 }, `${filter} to ${toWidth}`);
    }
  });

  test('OpenCV, without antialiasing: exactly in floats, and but for its coarse weights in bytes', () => {
    for (const [{ image, toWidth, toHeight, filter, floats }, expected] of answered(OPENCV)) {
      const to = { width: toWidth, height: toHeight };
      const how = { filter, antialias: false } as const;
      const { data } = floats ? resizeFloats(image, to, how) : resize(image, to, how);
      const { share, most } = difference(data, expected);
      const name = `${filter} ${floats} to ${toWidth}: ${share} by ${most}`;
      if (floats || filter === 'nearest') assert.ok(most < 0.01, name);
      else assert.ok(most <= 1 && share < 0.35, name);
    }
  });

  test('what is cut first and what fits inside: as a cut and a pasted picture, and a cut array', () => {
    for (const [{ by, image }, expected] of answered(PLACED)) {
      const [, preprocessing] = KINDS.find((kind) => kind[0] === by)!;
      const spec: InputSpec = {
        ...inputSpec(48, { rescaleFactor: 1, ...preprocessing }),
        type: 'uint8',
        layout: 'nhwc',
      };
      const into = inputView(spec, new ArrayBuffer(inputBytes(spec)));
      fillInput(image, spec, into);
      const { most } = difference(into, expected);
      assert.ok(most <= (by === 'cut' ? 1 : 0), `${by}: ${most}`);
    }
  });
});
