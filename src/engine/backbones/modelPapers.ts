import path from 'node:path';
import type { BackboneSidecar } from '../../core/backbones/backboneSidecar.ts';
import type { LabelList } from '../../core/backbones/habits.ts';
import { parseBackboneSidecar } from '../../core/backbones/parseBackboneSidecar.ts';
import { type ModelPapers, PAPER_NAMES } from '../../core/backbones/readers/reading.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { LABEL_FILE_LIMIT } from '../../core/labels/labelBytes.ts';
import { readLabelFile } from '../../core/labels/labelFile.ts';
import { sourceLabels } from '../../core/labels/labelSpaces.ts';
import { phrase } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { rootOf } from './installRecord.ts';

/** With the labels of the largest label spaces in it. */
const LARGEST_DESCRIPTION = 32 << 20;
/** One that cannot be read is not passed over: what it says would be guessed instead. Others may be of other programs. */
const OURS = 'preprocessor_config.json';

/**
 * Reads the files that programs write beside their models, there and above `onnx/`.
 * @throws {SemapError} `invalid-description` for a `preprocessor_config.json` that cannot be read
 */
export async function papersBeside(file: string): Promise<ModelPapers['files']> {
  const folders = [...new Set([rootOf(file), path.dirname(file)])];
  const files = new Map<string, string>();
  await Promise.all(
    PAPER_NAMES.map(async (name) => {
      for (const folder of folders) {
        const at = path.join(folder, name);
        const content =
          name === OURS
            ? await readDescription(at).then((value) => value && JSON.stringify(value))
            : await readRegularFile(at, { limit: LARGEST_DESCRIPTION }).catch(() => undefined);
        if (content === undefined) continue;
        files.set(name, String(content));
        break;
      }
    }),
  );
  return files;
}

/**
 * What a JSON file says about a model; undefined when there is none.
 * @throws {SemapError} `invalid-description` where it cannot be read
 */
async function readDescription(file: string): Promise<unknown> {
  const name = path.basename(file);
  let text: string;
  try {
    text = String(await readRegularFile(file, { limit: LARGEST_DESCRIPTION }));
  } catch (error) {
    const { reason, text: message } = toSemapError(error);
    if (reason === 'not-found') return undefined;
    throw new SemapError('invalid-description', message, {
      hint: phrase('Make {0} readable, or move it away.', name),
      cause: error,
    });
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new SemapError(
      'invalid-description',
      phrase('{0} is not valid JSON: {1}', name, (error as Error).message),
      { hint: phrase('Correct {0}.', name), cause: error },
    );
  }
}

/** What lists of labels beside models are called, the likeliest first; those named like the model go before. */
const LIST_NAMES = [
  ...'labels.txt classes.txt class_names.txt label.txt names.txt categories.txt labelmap.txt'.split(' '),
  ...'label_map.pbtxt labels.json classes.json class_names.json label_names.json categories.json'.split(' '),
  ...'id2label.json index_to_name.json idx_to_class.json class_to_idx.json class_indices.json'.split(' '),
  ...'labels_mapping.json label_map.json labels.csv classes.csv labels.yaml classes.yaml data.yaml'.split(
    ' ',
  ),
  ...'synset.txt synsets.txt synset_words.txt imagenet_classes.txt imagenet1000_clsidx_to_labels.txt'.split(
    ' ',
  ),
  ...'imagenet_labels.txt ImageNetLabels.txt imagenet1k_label_list.txt imagenet_class_index.json'.split(' '),
  ...'imagenet-simple-labels.json imagenet_classes.json'.split(' '),
];

/** The lists of labels that lie beside a model, in its folder or above `onnx/`. Those that cannot be read are none. */
export async function labelListsBeside(file: string): Promise<readonly LabelList[]> {
  const stem = path.basename(file).replace(/\.onnx$/i, '');
  const own = [
    '.labels.txt',
    '_labels.txt',
    '-labels.txt',
    '.txt',
    '.names',
    '.labels.json',
    '_labels.json',
  ].map((ending) => `${stem}${ending}`);
  const lists: LabelList[] = [];
  for (const folder of new Set([path.dirname(file), rootOf(file)])) {
    for (const name of [...own, ...LIST_NAMES]) {
      const at = path.join(folder, name);
      try {
        const bytes = await readRegularFile(at, { limit: LABEL_FILE_LIMIT });
        const names = sourceLabels(readLabelFile(bytes, { name }), name).map((label) => label.name);
        if (names.length > 1) lists.push({ labels: at, from: phrase('{0}', name), names });
      } catch {
        // Most are not there, and what is no list of labels says nothing.
      }
    }
  }
  return lists;
}

/** Where a person describes a model. */
export function sidecarFile(file: string): string {
  return `${file.replace(/\.onnx$/i, '')}.backbone.json`;
}

/** What a person says of a model beside it. @throws {SemapError} `invalid-description` */
export async function readSidecar(file: string): Promise<BackboneSidecar | undefined> {
  const sidecar = sidecarFile(file);
  const value = await readDescription(sidecar);
  return value === undefined ? undefined : parseBackboneSidecar(value, path.basename(sidecar));
}
