import path from 'node:path';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { LABEL_FILE_LIMIT } from '../../core/labels/labelBytes.ts';
import { readLabelFile } from '../../core/labels/labelFile.ts';
import type { Label, LabelSpace } from '../../core/labels/labelSpace.ts';
import {
  BUILT_IN_LABEL_SPACES,
  imagenet1k,
  imagenet1kBackground,
  isSameSpace,
  labelSpaceOf,
  sourceLabels,
} from '../../core/labels/labelSpaces.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { closestName } from '../../core/text/closestName.ts';
import { listed, phrase, type Text } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';

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
      const entries = labels.map((name) => ({ name }));
      const parsed = sourceLabels({ kind: 'classes', entries }, backboneName);
      const known = await this.#knownOf(parsed);
      return (
        known ?? this.#once(`${backboneName}\n${list}`, () => labelSpaceOf(backboneName, parsed, wordnet))
      );
    }
    const builtIn = isBuiltInLabelSpace(labels) ? BUILT_IN[labels] : undefined;
    const file = builtIn ? path.join(this.#folder, 'imagenet-1k.txt') : labels;
    const bytes = await readLabels(file, labels, backboneName);
    if (builtIn) {
      const text = String(bytes);
      return this.#once(`${labels}\n${text}`, () => builtIn(text, wordnet));
    }
    const name = path.basename(file);
    const parsed = sourceLabels(readLabelFile(bytes, { name }), name);
    const known = await this.#knownOf(parsed);
    const key = `${labels}\n${JSON.stringify(parsed)}`;
    return known ?? this.#once(key, () => labelSpaceOf(name, parsed, wordnet));
  }

  /** The built-in label space that labels are, where they have names of their own. */
  async #knownOf(labels: readonly Label[]): Promise<LabelSpace | undefined> {
    const name = BUILT_IN_BY_COUNT[labels.length];
    if (name === undefined) return undefined;
    const known = await this.read(name, name).catch(() => undefined);
    return known && isSameSpace(labels, known) ? known : undefined;
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

/** @param labels the file as the description has it */
async function readLabels(file: string, labels: string, backboneName: string): Promise<Buffer> {
  try {
    return await readRegularFile(file, { limit: LABEL_FILE_LIMIT });
  } catch (cause) {
    const { reason, text: message } = toSemapError(cause);
    if (reason !== 'not-found')
      throw new SemapError(
        'invalid-labels',
        phrase('Cannot read the labels of {0}: {1}', backboneName, message),
        { hint: labelsHint(path.basename(labels)), cause },
      );
    throw new SemapError(
      'not-found',
      phrase('Cannot find the labels of {0}: {1} is not a file.', backboneName, labels),
      { hint: labelsHint(path.basename(labels)), cause },
    );
  }
}

function labelsHint(name: string): Text {
  const near = closestName(name, BUILT_IN_LABEL_SPACES);
  return near
    ? phrase('Did you mean "{0}"?', near)
    : phrase('Name a text file with one label per line, or one of: {0}.', listed(BUILT_IN_LABEL_SPACES));
}

const BUILT_IN: Readonly<
  Record<(typeof BUILT_IN_LABEL_SPACES)[number], (wnids: string, wordnet: WordNet) => LabelSpace>
> = { 'imagenet-1k': imagenet1k, 'imagenet-1k-background': imagenet1kBackground };

const BUILT_IN_BY_COUNT: Readonly<Record<number, string>> = {
  1000: 'imagenet-1k',
  1001: 'imagenet-1k-background',
};

/** Whether a sidecar's `labels` names a built-in label space and not a file. */
export function isBuiltInLabelSpace(name: string): name is keyof typeof BUILT_IN {
  return Object.hasOwn(BUILT_IN, name);
}
