import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MASKED_INPUT, maskedInputModel } from '../../core/classifiers/maskedInput.ts';
import { channelCount, type InputSpec } from '../../core/images/preprocessing.ts';
import type { InputPrompt } from '../../core/prompts/promptInput.ts';
import type { Ort } from '../models/onnxruntime.ts';

/** The network of a prompt's masks, ready to run: a small graph before the backbone's, always on the CPU. */
export class MaskedInput {
  readonly #ort: Ort;
  readonly #session: InferenceSession;
  readonly #image: readonly number[];

  private constructor(ort: Ort, session: InferenceSession, image: readonly number[]) {
    this.#ort = ort;
    this.#session = session;
    this.#image = image;
  }

  /** @param prompt has a network */
  static async open(ort: Ort, spec: InputSpec, prompt: InputPrompt): Promise<MaskedInput> {
    const session = await ort.InferenceSession.create(maskedInputModel(spec, prompt), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      enableCpuMemArena: false,
      logSeverityLevel: 4,
    });
    return new MaskedInput(ort, session, [
      channelCount(spec.preprocessing.channels),
      spec.height,
      spec.width,
    ]);
  }

  /** What the backbone is fed. @param images [N, C, H, W], as `fillInput` makes them */
  async run(images: Float32Array, batch: number): Promise<Tensor> {
    return (await this.#run(images, batch, MASKED_INPUT.fed))[MASKED_INPUT.fed];
  }

  /** The mask [C, H, W] of one image. */
  async mask(image: Float32Array): Promise<Float32Array> {
    const result = await this.#run(image, 1, MASKED_INPUT.mask);
    return (result[MASKED_INPUT.mask].data as Float32Array).slice();
  }

  close(): Promise<void> {
    return this.#session.release();
  }

  #run(images: Float32Array, batch: number, output: string): Promise<InferenceSession.OnnxValueMapType> {
    const feed = new this.#ort.Tensor('float32', images, [batch, ...this.#image]);
    return this.#session.run({ [MASKED_INPUT.images]: feed }, [output]);
  }
}
