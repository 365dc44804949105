import type * as Transformers from '@huggingface/transformers';
import type { PreTrainedModel, PreTrainedTokenizer, Tensor } from '@huggingface/transformers';
import { cancelled, SemapError } from '../../core/errors.ts';
import { listed, phrase } from '../../core/text/text.ts';
import { loadOrt, ortMessage } from '../models/onnxruntime.ts';
import { type EncoderFolder, inspectEncoder, type Pooling } from './encoderFolder.ts';

export interface EncodeOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A logit is scale * cosine + bias. */
export interface LogitScale {
  readonly scale: number;
  readonly bias: number;
}

/** Texts per run: large enough to use the cores, small enough that a run ends soon. */
const BATCH = 8;

/**
 * A text encoder in memory. Owns an ONNX session: dispose it.
 */
export class TextEncoder {
  readonly facts: EncoderFolder;
  readonly #tokenizer: PreTrainedTokenizer;
  readonly #model: PreTrainedModel;
  #dimension = 0;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(facts: EncoderFolder, tokenizer: PreTrainedTokenizer, model: PreTrainedModel) {
    this.facts = facts;
    this.#tokenizer = tokenizer;
    this.#model = model;
  }

  /**
   * Loads the encoder of a folder in the layout of Transformers.js, from that folder alone.
   * @param threads for inference; 0 = all cores
   * @throws {SemapError} not-found, lfs-pointer, download-damaged, not-onnx, unsupported-model
   */
  static async open(folder: string, threads = 0): Promise<TextEncoder> {
    const facts = await inspectEncoder(folder);
    const transformers = await loadTransformers();
    let tokenizer: PreTrainedTokenizer;
    try {
      tokenizer = await transformers.AutoTokenizer.from_pretrained(facts.folder, { local_files_only: true });
    } catch (error) {
      throw new SemapError(
        'download-damaged',
        phrase('Cannot use the tokenizer in {0}: {1}', facts.folder, messageOf(error)),
        { hint: phrase('Install the encoder again, or choose another.'), cause: error },
      );
    }
    try {
      const model = await modelClass(transformers, facts).from_pretrained(facts.folder, {
        local_files_only: true,
        model_file_name: facts.variant.model,
        subfolder: facts.variant.modelPath.includes('/') ? 'onnx' : '',
        dtype: facts.variant.dtype,
        device: 'cpu',
        session_options: { intraOpNumThreads: threads, enableCpuMemArena: false },
      });
      return new TextEncoder(facts, tokenizer, model);
    } catch (error) {
      throw loadFailure(facts, error);
    }
  }

  /** D; 0 before the first text. */
  get dimension(): number {
    return this.#dimension;
  }

  /** What the tokenizer makes of one text, special tokens included. */
  tokenIds(text: string): number[] {
    const { input_ids } = this.#tokenizer([text], this.#padding()) as { input_ids: Tensor };
    return [...(input_ids.data as BigInt64Array)].map(Number);
  }

  /**
   * Embeds texts in batches, giving the event loop a turn between them. A text's embedding does not depend on its
   * company. Not normalised.
   * @returns row-major [texts, D]
   * @throws {SemapError} cancelled, unsupported-model
   */
  encode(texts: readonly string[], options: EncodeOptions = {}): Promise<Float32Array> {
    // One run at a time: two would only share the cores and double the memory.
    const mine = this.#turn.then(() => this.#encode(texts, options));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /**
   * How a graph of both towers makes logits of cosines; undefined where it does not tell.
   * @throws {SemapError} unsupported-model
   */
  logitScale(): Promise<LogitScale | undefined> {
    const mine = this.#turn.then(() => this.#logitScale());
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** Waits for the run at hand, then frees the session. */
  async dispose(): Promise<void> {
    await this.#turn;
    await this.#model.dispose();
  }

  async #logitScale(): Promise<LogitScale | undefined> {
    const outputs = await this.#outputs(SCALE_TEXTS);
    const [logits, images, texts] = ['logits_per_image', 'image_embeds', 'text_embeds'].map(
      (name) => outputs[name],
    );
    if (!logits || !images || !texts || logits.dims.join() !== `1,${SCALE_TEXTS.length}`) return undefined;
    return scaleOf(floats(logits), floats(images), floats(texts));
  }

  async #encode(texts: readonly string[], { signal, onProgress }: EncodeOptions): Promise<Float32Array> {
    // Texts of like length go together: less padding.
    const order = texts.map((_, i) => i).sort((a, b) => texts[a].length - texts[b].length);
    // An 8-bit model scales its activations by the whole batch's range: alone, a text always gets the same embedding.
    const size = /8$/.test(this.facts.variant.dtype) ? 1 : BATCH;
    let embeddings = new Float32Array(0);
    for (let start = 0; start < order.length; start += size) {
      if (signal?.aborted) throw cancelled();
      const rows = order.slice(start, start + size);
      const batch = await this.#run(rows.map((row) => texts[row]));
      const dimension = batch.length / rows.length;
      if (embeddings.length === 0) embeddings = new Float32Array(texts.length * dimension);
      this.#dimension = dimension;
      rows.forEach((row, i) => {
        embeddings.set(batch.subarray(i * dimension, (i + 1) * dimension), row * dimension);
      });
      onProgress?.(start + rows.length, order.length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return embeddings;
  }

  async #outputs(texts: readonly string[]): Promise<Record<string, Tensor | undefined>> {
    return (await this.#ran([...texts])).outputs;
  }

  /** What a graph gives for texts, and what it was given. */
  async #ran(texts: string[]): Promise<{
    readonly inputs: Record<string, Tensor>;
    readonly outputs: Record<string, Tensor | undefined>;
  }> {
    const { facts } = this;
    const transformers = await loadTransformers();
    const inputs = this.#tokenizer(texts, this.#padding()) as Record<string, Tensor>;
    if (facts.kind === 'text-tower' && facts.variant.model === 'model') {
      // Both towers in one graph: it wants an image too, whose embedding nobody reads.
      const side = facts.imageSize;
      inputs['pixel_values'] = new transformers.Tensor('float32', waves(3 * side * side), [1, 3, side, side]);
    }
    let outputs: Record<string, Tensor | undefined>;
    try {
      outputs = await this.#model(inputs);
    } catch (error) {
      throw new SemapError(
        'unsupported-model',
        phrase('{0} cannot run on the output of its tokenizer: {1}', facts.name, messageOf(error)),
        {
          hint: phrase('The model and the tokenizer may not match. Install the encoder again.'),
          cause: error,
        },
      );
    }
    return { inputs, outputs };
  }

  /** @returns row-major [texts, D] */
  async #run(texts: string[]): Promise<Float32Array> {
    const { facts } = this;
    const { inputs, outputs } = await this.#ran(texts);
    const whole = outputs['text_embeds'] ?? outputs['sentence_embedding'];
    const pooled =
      facts.kind === 'text-tower' ? (whole ?? outputs['pooler_output']) : outputs['sentence_embedding'];
    if (pooled && pooled.dims.length === 2 && pooled.dims[0] === texts.length) return floats(pooled);
    const tokens = outputs['last_hidden_state'] ?? outputs['token_embeddings'];
    if (facts.kind === 'sentence' && tokens && tokens.dims.length === 3) {
      return pool(tokens, inputs['attention_mask'], facts.pooling);
    }
    throw new SemapError(
      'unsupported-model',
      phrase(
        '{0} has the outputs {1}; none of them is a text embedding.',
        facts.name,
        listed(Object.keys(outputs)),
      ),
      { hint: phrase('Choose a model with a text_embeds, sentence_embedding or last_hidden_state output.') },
    );
  }

  #padding(): { padding: boolean | 'max_length'; truncation: boolean; max_length?: number } {
    // SigLIP was trained with every text padded to 64 tokens, and reads the last one.
    return this.facts.modelType.startsWith('siglip')
      ? { padding: 'max_length', truncation: true, max_length: 64 }
      : { padding: true, truncation: true };
  }
}

/** Texts of which some are nearer to any picture than others. */
const SCALE_TEXTS = [
  'a photo of a dog.',
  'a red square',
  'text',
  'the sea at night',
  'noise',
  'a map of a city',
];

/** A picture of waves: a blank one may have no direction. */
function waves(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.37));
}

/** What makes the logits of one image of its cosines with texts; undefined where the texts are too much alike to tell. */
export function scaleOf(
  logits: Float32Array,
  image: Float32Array,
  texts: Float32Array,
): LogitScale | undefined {
  const D = image.length;
  const lengthOf = (row: Float32Array) => Math.sqrt(row.reduce((sum, one) => sum + one * one, 0));
  const points = Array.from(logits, (logit, t) => {
    const text = texts.subarray(t * D, (t + 1) * D);
    const dot = text.reduce((sum, one, d) => sum + one * image[d], 0);
    return { logit, cosine: dot / (lengthOf(text) * lengthOf(image)) };
  }).sort((a, b) => a.cosine - b.cosine);
  const [low, high] = [points[0], points[points.length - 1]];
  const scale = (high.logit - low.logit) / (high.cosine - low.cosine);
  const bias = high.logit - scale * high.cosine;
  if (!(high.cosine - low.cosine > LEAST_GAP) || !(scale > 0) || !Number.isFinite(bias)) return undefined;
  // What rounding leaves is no bias.
  return {
    scale: Number(scale.toPrecision(4)),
    bias: Math.abs(bias) < scale * 1e-3 ? 0 : Number(bias.toPrecision(4)),
  };
}

const LEAST_GAP = 1e-3;

type ModelClass = typeof PreTrainedModel;

function modelClass(
  transformers: typeof Transformers,
  { kind, modelType, variant }: EncoderFolder,
): ModelClass {
  if (kind === 'text-tower' && variant.model === 'text_model') {
    return modelType.startsWith('siglip')
      ? transformers.SiglipTextModel
      : transformers.CLIPTextModelWithProjection;
  }
  return transformers.AutoModel as unknown as ModelClass;
}

/** One vector per text from its tokens' vectors [N, L, D]; padding does not count. */
function pool(tokens: Tensor, mask: Tensor | undefined, pooling: Pooling): Float32Array {
  const [texts, length, dimension] = tokens.dims as [number, number, number];
  const values = floats(tokens);
  const counts = mask ? (mask.data as BigInt64Array) : undefined;
  const result = new Float32Array(texts * dimension).fill(pooling === 'max' ? Number.NEGATIVE_INFINITY : 0);
  for (let n = 0; n < texts; n++) {
    const row = result.subarray(n * dimension, (n + 1) * dimension);
    let used = 0;
    for (let l = 0; l < length; l++) {
      if (counts && counts[n * length + l] === 0n) continue;
      const token = values.subarray((n * length + l) * dimension, (n * length + l + 1) * dimension);
      used++;
      if (pooling === 'max') for (let d = 0; d < dimension; d++) row[d] = Math.max(row[d], token[d]);
      else for (let d = 0; d < dimension; d++) row[d] += token[d];
      // With padding on the left, the first token that counts is still the CLS token.
      if (pooling === 'cls') break;
    }
    if (pooling === 'mean') for (let d = 0; d < dimension; d++) row[d] /= Math.max(1, used);
  }
  return result;
}

function floats(tensor: Tensor): Float32Array {
  const converted = tensor.type === 'float32' ? tensor : tensor.to('float32');
  return converted.data as Float32Array;
}

function loadFailure(facts: EncoderFolder, error: unknown): SemapError {
  const text = messageOf(error);
  const file = `${facts.folder}/${facts.variant.modelPath}`;
  if (/protobuf parsing failed|invalid protobuf|no graph was found/i.test(text)) {
    return new SemapError('not-onnx', phrase('{0} is damaged or not an ONNX model.', file), {
      hint: phrase('Install the encoder again.'),
      cause: error,
    });
  }
  return new SemapError('unsupported-model', phrase('Cannot load {0}: {1}', file, text), {
    hint: phrase('Install the encoder again, or choose another.'),
    cause: error,
  });
}

function messageOf(error: unknown): string {
  return ortMessage(error).replace(/[.\s]+$/, '');
}

let loaded: Promise<typeof Transformers> | undefined;

/**
 * Transformers.js, loaded on first use and set to local files only: its `env` is global and mutable, so this is the one
 * place that touches it.
 */
function loadTransformers(): Promise<typeof Transformers> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<typeof Transformers> {
  // Before onnxruntime-node comes in by the import below.
  await loadOrt();
  const transformers = await import('@huggingface/transformers');
  const { env, LogLevel } = transformers;
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.useFSCache = false;
  env.useBrowserCache = false;
  env.useWasmCache = false;
  env.logLevel = LogLevel.NONE;
  env.fetch = () =>
    Promise.reject(
      new SemapError(
        'internal',
        phrase('A text encoder tried to use the network. Encoders load only from their folder.'),
      ),
    );
  return transformers;
}
