import type { RemoteFile } from '../downloads/environment.ts';
import {
  DTYPE_OF_SUFFIX,
  type ModelKind,
  type ModelVariant,
  variantOfFiles,
} from '../downloads/modelInstall.ts';
import { SemapError } from '../errors.ts';
import { listed, phrase } from '../text/text.ts';
import { knownEncoder } from './catalogue.ts';

/** One way to have a text encoder: a model file and what it needs beside it. */
export interface EncoderVariant extends ModelVariant {
  /** `text_model` is the text tower of an image-text model; `model` a sentence encoder, or both towers in one. */
  readonly model: 'text_model' | 'model';
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
      // Beside the other files where somebody put all of them into one folder.
      const name = `${model}${suffix}.onnx`;
      const file = byPath.get(`onnx/${name}`) ?? byPath.get(name);
      if (!file) continue;
      variants.push({ model, ...variantOfFiles(file, dtype, files, common) });
    }
  }
  if (variants.length === 0) missing.push('onnx/text_model.onnx or onnx/model.onnx');
  if (missing.length > 0) {
    throw new SemapError(
      'not-found',
      phrase('{0} is not a text encoder for Transformers.js. Missing: {1}.', where, listed(missing)),
      {
        hint: phrase(
          'Choose a folder or repository with config.json, tokenizer.json, tokenizer_config.json and onnx/*.onnx.',
        ),
      },
    );
  }
  return variants;
}

/** Text encoders, for the machinery that installs models. */
export const encoderKind: ModelKind<EncoderVariant> = {
  name: 'encoder',
  candidates: candidateFiles(),
  known: knownEncoder,
  findVariants,
};
