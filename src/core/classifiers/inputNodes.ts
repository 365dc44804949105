import { type InputSpec, pixelSpec } from '../images/preprocessing.ts';
import type { ClassifierForm } from './classifierOptions.ts';
import { pixels } from './pictureNodes.ts';
import type { Pictures, Pixels } from './pictures.ts';
import type { Sketch } from './sketch.ts';

/** Inputs of several backbones: pixels that two of them share are made once. */
export class InputNodes {
  readonly #sketch: Sketch;
  readonly #form: ClassifierForm;
  readonly #pictures: Pictures;
  readonly #made = new Map<string, Pixels>();

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
    const effect = prompt && new Float32Array(prompt.effect);
    const inner = this.#pixels(this.#own(spec, frame));
    const { rescaleFactor, mean, std, channels } = preprocessing;
    const colours = channels === 'bgr' ? [2, 1, 0] : [0, 1, 2];
    const factors = colours.map((c) => rescaleFactor / std[c]);
    const shifts = colours.map((c) => -mean[c] / std[c]);
    const isAsItIs =
      factors.every((factor) => factor === 1) && shifts.every((shift) => shift === 0) && !prompt;
    // Prompts are kept channels first.
    let own = this.#as(inner, prompt ? 'nchw' : layout);
    const axis = own.layout === 'nchw' ? 1 : 3;
    if (channels === 'bgr') own = { ...own, value: s.gather(own.value, colours, axis) };
    if (isAsItIs && type === 'uint8' && own.type === 'uint8') return own.value;
    let value = own.type === 'float32' ? own.value : s.cast(own.value, 'float32');
    if (!isAsItIs) {
      if (frame > 0) value = s.op('Pad', [value, s.ints(0, 0, frame, frame, 0, 0, frame, frame)]);
      const perChannel = own.layout === 'nchw' ? [3, 1, 1] : [3];
      value = s.op('Mul', [value, s.floats(factors, perChannel)]);
      const plane = height * width;
      const added = effect
        ? s.floats(
            Float32Array.from(effect, (_, at) => {
              const k = Math.floor(at / plane);
              return 255 * effect[colours[k] * plane + (at % plane)] * factors[k] + shifts[k];
            }),
            [3, height, width],
          )
        : s.floats(shifts, perChannel);
      value = s.op('Add', [value, added]);
    }
    if (own.layout !== layout) value = s.op('Transpose', [value], { perm: [0, 2, 3, 1] });
    if (type === 'float32') return value;
    if (type === 'float16') return s.cast(value, 'float16');
    const [low, high] = type === 'uint8' ? [0, 255] : [-128, 127];
    const whole = s.op('Clip', [s.op('Round', [value]), s.float(low), s.float(high)]);
    return s.cast(whole, type);
  }

  /** A prompt is added to whole numbers. */
  #own(spec: InputSpec, frame: number): InputSpec {
    const own = pixelSpec(spec, frame);
    if (spec.prompt) return own;
    return { ...own, preprocessing: { ...own.preprocessing, rounded: spec.preprocessing.rounded } };
  }

  #pixels(spec: InputSpec): Pixels {
    const { preprocessing, height, width } = spec;
    const key = JSON.stringify([preprocessing, height, width]);
    const made = this.#made.get(key) ?? pixels(this.#sketch, this.#form, this.#pictures, spec);
    this.#made.set(key, made);
    return made;
  }

  #as(made: Pixels, layout: Pixels['layout']): Pixels {
    if (made.layout === layout) return made;
    const perm = layout === 'nchw' ? [0, 3, 1, 2] : [0, 2, 3, 1];
    return { ...made, layout, value: this.#sketch.op('Transpose', [made.value], { perm }) };
  }
}
