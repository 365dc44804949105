import type { RemoteFile } from '../downloads/environment.ts';
import type { WantedFile } from '../downloads/installPlace.ts';
import {
  DTYPE_OF_SUFFIX,
  type ModelDtype,
  type ModelKind,
  type ModelVariant,
  variantOfFiles,
} from '../downloads/modelInstall.ts';
import { SemapError } from '../errors.ts';
import { listed, phrase } from '../text/text.ts';
import { knownBackbone } from './catalogue.ts';
import { PAPER_NAMES } from './readers/reading.ts';

/** Beside a model: its labels, its preprocessing, its licence. */
const BESIDE = ['config.json', 'preprocessor_config.json', 'README.md'];

const PAPERS: readonly string[] = PAPER_NAMES;

/** What says something about the models of a folder: the usual files, a licence under its usual names, descriptions. */
export function isBeside(path: string): boolean {
  return (
    BESIDE.includes(path) ||
    PAPERS.includes(path) ||
    /^(?:readme|licen[cs]e|copying|notice)(?:[.-][\w.-]{1,40})?$/i.test(path) ||
    /^[^/]+\.backbone\.json$/i.test(path)
  );
}

/** `model`, `model_fp16`, `vision_model`, ...: names that say the precision and the part, and not which model it is. */
const GENERIC = /^(?:vision_)?model(_(?:fp16|quantized|int8|uint8|q4|q4f16|bnb4))?$/;
/** The towers of a dual encoder. */
const VISION = /^(?:onnx\/)?vision_model[^/]*\.onnx$/i;
const TEXT = /^(?:onnx\/)?text_model[^/]*\.onnx$/i;

/** Whether a file is the part of an image-text model that reads labels, which is no backbone by itself. */
export function isTextEncoder(path: string): boolean {
  return /(?:^|[/\\])text_model[^/\\]*\.onnx$/i.test(path);
}

/** What a text tower needs. */
export const TOKENIZER: readonly string[] = ['tokenizer.json', 'tokenizer_config.json'];

/** Whether an ONNX file's name (without `.onnx`) says nothing: its folder has the name then. */
function isGenericName(name: string): boolean {
  return GENERIC.test(name);
}

/** Backbones, for the machinery that installs models. */
export const backboneKind: ModelKind<ModelVariant> = {
  name: 'backbone',
  candidates: [
    ...BESIDE,
    ...TOKENIZER,
    ...['onnx/', ''].flatMap((folder) =>
      ['model', 'vision_model', 'text_model'].flatMap((name) =>
        Object.keys(DTYPE_OF_SUFFIX).map((suffix) => `${folder}${name}${suffix}.onnx`),
      ),
    ),
  ],
  isBeside,
  known: knownBackbone,
  findVariants,
};

/**
 * The classifiers in a list of files. `model*.onnx` in `onnx/`, else in the folder itself, are one model in several
 * precisions; under any other name, there may be only one.
 */
function findVariants(files: readonly RemoteFile[], where: string): readonly ModelVariant[] {
  const towers = towerVariants(files, where);
  if (towers) return towers;
  const models = files.filter(({ path }) => /^(?:onnx\/)?[^/]+\.onnx$/i.test(path));
  if (models.length === 0) {
    throw new SemapError('not-found', phrase('No ONNX file in {0}.', where), {
      hint: phrase('Choose a folder or repository with onnx/model.onnx, or export the model to ONNX.'),
    });
  }
  const generic = ['onnx/', ''].map((folder) =>
    models.filter(({ path }) => path.startsWith(folder) && isGenericName(baseOf(path.slice(folder.length)))),
  );
  const chosen = generic.find((list) => list.length > 0) ?? models;
  if (chosen === models && models.length > 1) {
    const names = listed(models.map(({ path }) => path));
    throw new SemapError(
      'not-found',
      phrase('There are {0} different models in {1}: {2}.', models.length, where, names),
      { hint: phrase('Add the ONNX file that you want by itself.') },
    );
  }
  const order = Object.values(DTYPE_OF_SUFFIX);
  const beside = files
    .filter(({ path }) => isBeside(path))
    .map((file): WantedFile => ({ ...file, isBeside: true }));
  return chosen
    .map((file) => variantOfFiles(file, dtypeOf(file.path), files, beside))
    .sort((a, b) => order.indexOf(a.dtype) - order.indexOf(b.dtype));
}

/**
 * A dual encoder in two files: an image tower in several precisions, each with the text tower of the same one or else the
 * most precise. Undefined where there is no image tower.
 */
function towerVariants(files: readonly RemoteFile[], where: string): readonly ModelVariant[] | undefined {
  const order = Object.values(DTYPE_OF_SUFFIX);
  const inOrder = (pattern: RegExp) =>
    files
      .filter(({ path }) => pattern.test(path))
      .sort((a, b) => order.indexOf(towerDtype(a.path)) - order.indexOf(towerDtype(b.path)));
  const towers = inOrder(VISION);
  if (towers.length === 0) return undefined;
  const texts = inOrder(TEXT);
  const beside = files.filter(({ path }) => isBeside(path) || TOKENIZER.includes(path));
  const missing = TOKENIZER.filter((name) => !beside.some(({ path }) => path === name));
  if (texts.length === 0) missing.push('onnx/text_model.onnx');
  if (missing.length > 0) {
    throw new SemapError(
      'not-found',
      phrase('{0} has an image encoder, but lacks what reads labels: {1}.', where, listed(missing)),
      { hint: phrase('Choose a folder or repository that has both encoders and the tokenizer.') },
    );
  }
  return towers.map((tower) => {
    const dtype = towerDtype(tower.path);
    const text = texts.find(({ path }) => towerDtype(path) === dtype) ?? texts[0];
    const read = variantOfFiles(text, dtype, files, beside);
    return variantOfFiles(tower, dtype, files, read.files);
  });
}

function towerDtype(path: string): ModelDtype {
  const suffix = /_model(_\w+)?\.onnx$/i.exec(path)?.[1] ?? '';
  return DTYPE_OF_SUFFIX[suffix] ?? 'fp32';
}

function dtypeOf(path: string): ModelDtype {
  return DTYPE_OF_SUFFIX[GENERIC.exec(baseOf(path))?.[1] ?? ''] ?? 'fp32';
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.onnx$/i, '');
}
