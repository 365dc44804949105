import type { RemoteFile } from '../downloads/environment.ts';
import { SemapError } from '../errors.ts';

/** Precision of a model file, in the words of Transformers.js (`dtype`). */
export const ENCODER_DTYPES = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;
export type EncoderDtype = (typeof ENCODER_DTYPES)[number];

/** File name endings that Transformers.js gives each dtype. */
const DTYPE_OF_SUFFIX: Readonly<Record<string, EncoderDtype>> = {
  '': 'fp32',
  _fp16: 'fp16',
  _quantized: 'q8',
  _int8: 'int8',
  _uint8: 'uint8',
  _q4: 'q4',
  _q4f16: 'q4f16',
  _bnb4: 'bnb4',
};

/** One way to have a text encoder: a model file and what it needs beside it. */
export interface EncoderVariant {
  /** `text_model` is the text tower of an image-text model; `model` a sentence encoder, or both towers in one. */
  readonly model: 'text_model' | 'model';
  readonly dtype: EncoderDtype;
  /** Relative path of the model file: `onnx/text_model_fp16.onnx`. */
  readonly modelPath: string;
  readonly files: readonly RemoteFile[];
  /** Sum over `files`. */
  readonly bytes: number;
}

const REQUIRED = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
/** How a sentence encoder pools its tokens. */
export const POOLING_FILE = '1_Pooling/config.json';
const OPTIONAL = [POOLING_FILE];

/** Every file an encoder may consist of: what to ask for where a repository cannot be listed. */
export function candidateFiles(): string[] {
  const models = ['text_model', 'model'].flatMap((model) =>
    Object.keys(DTYPE_OF_SUFFIX).map((suffix) => `onnx/${model}${suffix}.onnx`),
  );
  return [...REQUIRED, ...OPTIONAL, ...models];
}

/**
 * The encoders in a list of files, text towers before whole models, smaller dtypes later.
 * @throws {SemapError} not-found naming what is missing
 */
export function findVariants(files: readonly RemoteFile[], where: string): EncoderVariant[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const missing = REQUIRED.filter((path) => !byPath.has(path));
  const common = [...REQUIRED, ...OPTIONAL].flatMap((path) => byPath.get(path) ?? []);
  const variants: EncoderVariant[] = [];
  for (const model of ['text_model', 'model'] as const) {
    for (const [suffix, dtype] of Object.entries(DTYPE_OF_SUFFIX)) {
      const modelPath = `onnx/${model}${suffix}.onnx`;
      const file = byPath.get(modelPath);
      if (!file) continue;
      // Weights too large for one protobuf lie beside it.
      const external = files.filter(
        ({ path }) => path === `${modelPath}_data` || path.startsWith(`${modelPath}_data_`),
      );
      const all = [...common, file, ...external];
      variants.push({
        model,
        dtype,
        modelPath,
        files: all,
        bytes: all.reduce((sum, { size }) => sum + size, 0),
      });
    }
  }
  if (variants.length === 0) missing.push('onnx/text_model.onnx or onnx/model.onnx');
  if (missing.length > 0) {
    throw new SemapError(
      'not-found',
      `${where} is no text encoder for Transformers.js: ${missing.join(', ')} is missing.`,
      {
        hint: 'Choose a folder or repository with config.json, tokenizer.json, tokenizer_config.json and onnx/*.onnx.',
      },
    );
  }
  return variants;
}

/** The variant of a wanted dtype, the text tower before a whole model; undefined when there is none. */
export function variantOf(
  variants: readonly EncoderVariant[],
  dtype: EncoderDtype,
): EncoderVariant | undefined {
  return variants.find((variant) => variant.dtype === dtype);
}

/** Folder name of an installed encoder: `Xenova--clip-vit-base-patch32--fp32`. */
export function encoderFolderName(repo: string, dtype: EncoderDtype): string {
  const plain = repo
    .split('/')
    .map((part) => part.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, ''))
    .filter((part) => part !== '')
    .join('--');
  return `${plain === '' ? 'encoder' : plain}--${dtype}`;
}
