import type { RemoteFile } from './environment.ts';

/** Precision of a model file, in the words of Transformers.js (`dtype`). */
export const MODEL_DTYPES = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;
export type ModelDtype = (typeof MODEL_DTYPES)[number];

/** File name endings that Transformers.js gives each dtype. */
export const DTYPE_OF_SUFFIX: Readonly<Record<string, ModelDtype>> = {
  '': 'fp32',
  _fp16: 'fp16',
  _quantized: 'q8',
  _int8: 'int8',
  _uint8: 'uint8',
  _q4: 'q4',
  _q4f16: 'q4f16',
  _bnb4: 'bnb4',
};

/** One way to have a model: its ONNX file and what it needs beside it. */
export interface ModelVariant {
  readonly dtype: ModelDtype;
  /** Relative path of the model file: `onnx/model_fp16.onnx`. */
  readonly modelPath: string;
  readonly files: readonly RemoteFile[];
  /** Sum over `files`. */
  readonly bytes: number;
}

/** A model file with its weights beside it, where they are too large for one protobuf, and what else it needs. */
export function variantOfFiles(
  model: RemoteFile,
  dtype: ModelDtype,
  all: readonly RemoteFile[],
  others: readonly RemoteFile[],
): ModelVariant {
  const weights = all.filter(
    ({ path }) =>
      path === `${model.path}_data` ||
      path === `${model.path}.data` ||
      path.startsWith(`${model.path}_data_`),
  );
  const files = [...others, model, ...weights];
  return { dtype, modelPath: model.path, files, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

/** The first variant of a wanted dtype; undefined when there is none. */
export function variantOf<V extends ModelVariant>(variants: readonly V[], dtype: ModelDtype): V | undefined {
  return variants.find((variant) => variant.dtype === dtype);
}

/** Folder name of an installed model: `Xenova--clip-vit-base-patch32--fp32`. */
export function modelFolderName(repo: string, dtype: ModelDtype, otherwise: string): string {
  const plain = repo
    .split('/')
    .map((part) => part.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, ''))
    .filter((part) => part !== '')
    .join('--');
  return `${plain === '' ? otherwise : plain}--${dtype}`;
}
