import {
  channelPlan,
  type InputSpec,
  isGray,
  LUMA,
  LUMA_SHARES,
  type Preprocessing,
  pixelSpec,
} from '../images/preprocessing.ts';
import type { ClassifierForm } from './classifierOptions.ts';
import { masked, shapedInput, typedInput } from './maskedInput.ts';
import { pixels } from './pictureNodes.ts';
import type { Pictures, Pixels } from './pictures.ts';
import type { Sketch } from './sketch.ts';

/** Inputs of several backbones: pixels that two of them share are made once. */
export class InputNodes {
  readonly #sketch: Sketch;
  readonly #form: ClassifierForm;
  readonly #pictures: Pictures;
  readonly #made = new Map<string, Pixels>();
  #gray: Pictures | undefined;

  constructor(sketch: Sketch, form: ClassifierForm, pictures: Pictures) {
    this.#sketch = sketch;
    this.#form = form;
    this.#pictures = pictures;
  }

  /** What a backbone is fed, as `fillInput` makes it. */
  input(spec: InputSpec): string {
    const { prompt, preprocessing, height, width, layout, type } = spec;
    const s = this.#sketch;
    const frame = prompt?.frame ?? 0;
    const network = prompt?.network;
    const effect = prompt && !network ? new Float32Array(prompt.effect) : undefined;
    const { channels } = preprocessing;
    const plan = channelPlan(channels);
    const gray = isGray(channels);
    const inner = this.#pixels(this.#own(spec, frame), gray && !prompt);
    const { factors, shifts } = scalings(preprocessing);
    const isAsItIs =
      factors.every((factor) => factor === 1) && shifts.every((shift) => shift === 0) && !prompt;
    // Prompts are kept channels first.
    let own = this.#as(inner, prompt ? 'nchw' : layout);
    const axis = own.layout === 'nchw' ? 1 : 3;
    if (gray) own = this.#luma(own, !prompt && preprocessing.rounded !== false);
    // Alpha is a channel like any other whose factor is 0.
    const sources = plan.map(({ of, alpha }) => (gray || alpha ? 0 : of));
    if (sources.some((of, k) => of !== k)) own = { ...own, value: s.gather(own.value, sources, axis) };
    if (isAsItIs && type === 'uint8' && own.type === 'uint8') return shapedInput(s, own.value, spec);
    let value = own.type === 'float32' ? own.value : s.cast(own.value, 'float32');
    if (!isAsItIs) {
      if (frame > 0) value = s.op('Pad', [value, s.ints(0, 0, frame, frame, 0, 0, frame, frame)]);
      const count = plan.length;
      const perChannel = own.layout === 'nchw' ? [count, 1, 1] : [count];
      value = s.op('Mul', [value, s.floats(factors, perChannel)]);
      const plane = height * width;
      const effectOn = (k: number, at: number) =>
        gray
          ? LUMA_SHARES.reduce((sum, share, c) => sum + share * effect![c * plane + at], 0)
          : effect![sources[k] * plane + at];
      const added = effect
        ? s.floats(
            Float32Array.from({ length: count * plane }, (_, i) => {
              const k = Math.floor(i / plane);
              return 255 * effectOn(k, i % plane) * factors[k] + shifts[k];
            }),
            [count, height, width],
          )
        : s.floats(shifts, perChannel);
      value = s.op('Add', [value, added]);
    }
    if (network) value = masked(s, value, spec);
    if (own.layout === layout) return typedInput(s, value, spec);
    return typedInput(s, s.op('Transpose', [value], { perm: [0, 2, 3, 1] }), spec);
  }

  /** @param rounded to whole numbers, as whole pixels are */
  #luma(pixels: Pixels, rounded: boolean): Pixels {
    const s = this.#sketch;
    const axis = pixels.layout === 'nchw' ? 1 : 3;
    const weights = rounded ? LUMA : LUMA_SHARES;
    const value = pixels.type === 'float32' ? pixels.value : s.cast(pixels.value, 'float32');
    const weighted = s.op('Mul', [value, s.floats(weights, axis === 1 ? [3, 1, 1] : [3])]);
    const sum = s.reduce('ReduceSum', weighted, [axis]);
    if (!rounded) return { ...pixels, type: 'float32', value: sum };
    // Sums of whole numbers below 2^24 are exact.
    const shifted = s.op('Div', [s.op('Add', [sum, s.float(0x8000)]), s.float(0x1_0000)]);
    return { ...pixels, type: 'float32', value: s.op('Floor', [shifted]) };
  }

  /** A prompt is added to whole numbers. */
  #own(spec: InputSpec, frame: number): InputSpec {
    const own = pixelSpec(spec, frame);
    if (spec.prompt) return own;
    return { ...own, preprocessing: { ...own.preprocessing, rounded: spec.preprocessing.rounded } };
  }

  #pixels(spec: InputSpec, gray: boolean): Pixels {
    const { preprocessing, height, width } = spec;
    const key = JSON.stringify([preprocessing, height, width, gray]);
    const pictures = gray ? this.#grayPictures() : this.#pictures;
    const made = this.#made.get(key) ?? pixels(this.#sketch, this.#form, pictures, spec);
    this.#made.set(key, made);
    return made;
  }

  /** The pictures without their colours. */
  #grayPictures(): Pictures {
    if (!this.#gray) {
      const s = this.#sketch;
      const { value } = this.#luma({ ...this.#pictures, layout: 'nhwc', type: 'uint8' }, true);
      this.#gray = { ...this.#pictures, value: s.gather(s.cast(value, 'uint8'), [0, 0, 0], 3) };
    }
    return this.#gray;
  }

  #as(made: Pixels, layout: Pixels['layout']): Pixels {
    if (made.layout === layout) return made;
    const perm = layout === 'nchw' ? [0, 3, 1, 2] : [0, 2, 3, 1];
    return { ...made, layout, value: this.#sketch.op('Transpose', [made.value], { perm }) };
  }
}

/** Of each channel, value = pixel * factor + shift. */
function scalings({ rescaleFactor, mean, std, inverted, channels }: Preprocessing) {
  const plan = channelPlan(channels);
  const factorOf = (of: number) => rescaleFactor / std[of];
  return {
    factors: plan.map(({ of, alpha }) => (alpha ? 0 : inverted ? -factorOf(of) : factorOf(of))),
    shifts: plan.map(({ of, alpha }) => (alpha || inverted ? 255 * factorOf(of) : 0) - mean[of] / std[of]),
  };
}
