import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import type { LabelSpace } from '../../core/labels/labelSpace.ts';
import {
  imagenet1k,
  imagenet1kBackground,
  labelSpaceOf,
  parseLabels,
} from '../../core/labels/labelSpaces.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';

const LARGEST_LABELS_FILE = 16 << 20;

/** The label spaces that a sidecar may name, and those it spells out or keeps in a file. */
export class LabelSpaces {
  readonly #folder: string;
  readonly #wordnet: () => Promise<WordNet>;
  readonly #read = new Map<string, LabelSpace>();

  /** @param modelsFolder holds `label-spaces/imagenet-1k.txt` */
  constructor(modelsFolder: string, wordnet: () => Promise<WordNet>) {
    this.#folder = path.join(modelsFolder, 'label-spaces');
    this.#wordnet = wordnet;
  }

  /**
   * @param labels a built-in name, the absolute path of a labels file, or the labels
   * @throws {SemapError} `not-found` for a file that is not there, `invalid-labels` for one without labels
   */
  async read(labels: string | readonly string[], backboneName: string): Promise<LabelSpace> {
    const wordnet = await this.#wordnet();
    if (typeof labels !== 'string') {
      const list = JSON.stringify(labels);
      return this.#once(`${backboneName}\n${list}`, () =>
        labelSpaceOf(backboneName, parseLabels(list), wordnet),
      );
    }
    const builtIn = isBuiltInLabelSpace(labels) ? BUILT_IN[labels] : undefined;
    const file = builtIn ? path.join(this.#folder, 'imagenet-1k.txt') : labels;
    const state = await stat(file).catch(() => undefined);
    if (!state?.isFile()) {
      throw new SemapError(
        'not-found',
        `The labels of ${backboneName} are said to be in ${labels}, which is no file.`,
        {
          hint: `Name a text file with one label a line, or one of: ${Object.keys(BUILT_IN).join(', ')}.`,
        },
      );
    }
    if (state.size > LARGEST_LABELS_FILE) {
      throw new SemapError('invalid-labels', `${file} is too large for a list of labels.`);
    }
    const text = await readFile(file, 'utf8');
    return this.#once(`${labels}\n${text}`, () =>
      builtIn ? builtIn(text, wordnet) : labelSpaceOf(path.basename(file), parseLabels(text), wordnet),
    );
  }

  /** The same object for the same labels: similarities keep what they computed per label space. */
  #once(key: string, make: () => LabelSpace): LabelSpace {
    let space = this.#read.get(key);
    if (!space) {
      space = make();
      this.#read.set(key, space);
    }
    return space;
  }
}

const BUILT_IN: Readonly<Record<string, (wnids: string, wordnet: WordNet) => LabelSpace>> = {
  'imagenet-1k': imagenet1k,
  'imagenet-1k-background': imagenet1kBackground,
};

/** Whether a sidecar's `labels` names a built-in label space and not a file. */
export function isBuiltInLabelSpace(name: string): boolean {
  return Object.hasOwn(BUILT_IN, name);
}
