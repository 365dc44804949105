import { setImmediate } from 'node:timers/promises';
import { SemapError } from '../../core/errors.ts';
import { withKey } from '../../core/labels/labelKeys.ts';
import { labelKey } from '../../core/labels/labelText.ts';
import { Listeners, type Listening } from '../../core/listeners.ts';
import { phrase } from '../../core/text/text.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import type { Given } from '../../core/truths/truth.ts';
import {
  GIVEN_HOW,
  type GivenColumns,
  type LabellingApi,
  type LabellingState,
} from '../../protocol/labelling.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import { say } from '../language.ts';
import { follow } from '../pages/pageFeed.ts';
import type { FolderTruths } from '../truths/folderTruths.ts';
import type { ClassifyRun } from './classifyRun.ts';

/** Labels of images as labelling uses them. */
export type LabelTable = Pick<
  FolderTruths,
  | 'ready'
  | 'problem'
  | 'canUndo'
  | 'canRedo'
  | 'of'
  | 'give'
  | 'undo'
  | 'redo'
  | 'renameLabel'
  | 'onDidChange'
  | 'dispose'
>;

/** A change of the labels that there are. */
export type LabelChange =
  | { readonly kind: 'add'; readonly label: string }
  | { readonly kind: 'rename' | 'merge'; readonly label: string; readonly to: string };

/** What labelling needs of VS Code. */
export interface LabellingHost {
  truthsOf(folders: readonly string[]): LabelTable;
  /** Why the person was asked about an image of a run, if so. */
  askedAbout(run: ClassifyRun, image: number): Given['asked'];
  /** Keys that a person chose, by label. */
  labelKeys: Readonly<Record<string, string>>;
  /** Each asks a question. @returns undefined when the person changed their mind */
  askNewLabel(labels: readonly string[]): Promise<string | undefined>;
  askName(label: string, labels: readonly string[]): Promise<string | undefined>;
  askMerged(label: string, labels: readonly string[]): Promise<string | undefined>;
  askKey(label: string, key: string | undefined): Promise<string | undefined>;
  /** Changes the alignment of a run where the label is one of its targets, and scores the run again. */
  changeTargets(run: ClassifyRun, change: LabelChange): Promise<void>;
  showError(error: unknown): unknown;
}

/** Images looked at before others get a turn. */
const ROWS_AT_A_TIME = 5000;
/** More images than these are asked for again altogether. */
const MOST_TOLD = 20_000;
/** Keys are remembered of so many labels. */
const MOST_KEYS = 2000;

/** The labels that a person gives to the images of one run: what the page shows of them, and what it asks. */
export class Labelling implements Listening {
  readonly #run: ClassifyRun;
  readonly #host: LabellingHost;
  readonly #truths: LabelTable;
  readonly #listening: Listening;
  readonly #told = new Listeners<LabellingState>();
  readonly #targets: number;
  readonly #labels: string[];
  readonly #indices = new Map<string, number>();
  /** Places of images that were labeled here: there may be 100,000 others. */
  readonly #places = new Map<string, number>();
  #labelsTold = 0;

  constructor(run: ClassifyRun, host: LabellingHost) {
    this.#run = run;
    this.#host = host;
    this.#truths = host.truthsOf(run.folders);
    this.#labels = run.alignment.targets.map(({ label }) => label);
    this.#targets = this.#labels.length;
    for (const [index, label] of this.#labels.entries()) {
      // Of two that are called alike the first one is meant; a table may write a label a little otherwise.
      for (const name of [labelKey(label), label])
        if (!this.#indices.has(name)) this.#indices.set(name, index);
    }
    this.#listening = this.#truths.onDidChange((files) => void this.#changed(files));
  }

  dispose(): void {
    this.#listening.dispose();
    this.#truths.dispose();
    this.#told.clear();
  }

  /** Answers about this run, whose number was checked. */
  readonly handlers: Handlers<LabellingApi> = {
    watchLabels: (_, context) => {
      context.report({ ...this.#state(), labels: this.#labels, keys: this.#host.labelKeys, changed: 'all' });
      this.#labelsTold = this.#labels.length;
      return follow(this.#told, context);
    },
    givens: async ({ from, to }) => {
      await this.#truths.ready;
      const count = Math.min(to, this.#run.predictions.length) - from;
      return this.#columns(Array.from({ length: Math.max(0, count) }, (_, i) => from + i));
    },
    give: async ({ images, given, accepted }) => {
      const gifts = new Map<string, Given | undefined>();
      for (const [i, image] of images.entries()) {
        const file = this.#fileOf(image);
        this.#places.set(placeKey(file), image);
        const gift = this.#giftOf(given[i], accepted);
        const asked = gift && this.#host.askedAbout(this.#run, image);
        gifts.set(file, gift && { ...gift, ...(asked && { asked }) });
      }
      await this.#truths.give([...gifts.keys()], (file) => gifts.get(file));
      this.#tell();
    },
    undoLabels: async ({ redo }) => {
      const files = new Set<string>();
      const listening = this.#truths.onDidChange((changed = []) => {
        for (const file of changed) files.add(file);
      });
      try {
        await (redo ? this.#truths.redo() : this.#truths.undo());
      } finally {
        listening.dispose();
      }
      this.#tell();
      return (await this.#imagesOf([...files])).slice(0, MOST_TOLD);
    },
    changeKey: async ({ label, keys }) => {
      const key = await this.#host.askKey(label, keys[label]);
      if (key === undefined) return;
      const chosen = [...withKey(new Map(Object.entries(keys)), label, key)];
      const before = Object.entries(this.#host.labelKeys);
      this.#host.labelKeys = Object.fromEntries([...before, ...chosen].slice(-MOST_KEYS));
      this.#tell({ keys: this.#host.labelKeys });
    },
    addLabel: async ({ label }) => {
      const name = (label ?? (await this.#host.askNewLabel(this.#labels)))?.trim();
      if (!name) return -1;
      const index = this.#indexOf(name);
      this.#tell();
      if (index >= this.#targets) this.#change({ kind: 'add', label: name });
      return index;
    },
    renameLabel: async ({ label }) => {
      const to = (await this.#host.askName(label, this.#labels))?.trim();
      if (!to || to === label) return;
      await this.#rename(label, to);
      this.#change({ kind: 'rename', label, to });
    },
    mergeLabel: async ({ label }) => {
      const to = await this.#host.askMerged(
        label,
        this.#labels.filter((other) => other !== label),
      );
      if (to === undefined) return;
      await this.#rename(label, to);
      this.#change({ kind: 'merge', label, to });
    },
  };

  /** The alignment follows while images are labeled on: results come when they are there. */
  #change(change: LabelChange): void {
    this.#host.changeTargets(this.#run, change).catch((error) => this.#host.showError(error));
  }

  #fileOf(image: number): string {
    const prediction = this.#run.predictions.at(image);
    if (!prediction) throw new SemapError('invalid-argument', phrase('There is no image {0}.', image));
    return prediction.path;
  }

  #giftOf(given: number, accepted: boolean): Given | undefined {
    if (given === GIVEN.nothing) return undefined;
    if (given === GIVEN.noneOfThese) return { label: undefined, how: 'none' };
    const label = this.#labels[given];
    if (label === undefined)
      throw new SemapError('invalid-argument', phrase('There is no label {0}.', given));
    return { label, how: accepted ? 'accepted' : 'labeled' };
  }

  /** In the labels of images, however they are written: what is shown as one label is one. */
  #rename(label: string, to: string): Promise<void> {
    const index = this.#known(label);
    return this.#truths.renameLabel(
      (written) => written === label || (index !== undefined && this.#known(written) === index),
      to,
    );
  }

  #known(label: string): number | undefined {
    return this.#indices.get(label) ?? this.#indices.get(labelKey(label));
  }

  /** A label that was not known before joins at the end. */
  #indexOf(label: string): number {
    const known = this.#known(label);
    if (known !== undefined) return known;
    const index = this.#labels.push(label) - 1;
    this.#indices.set(label, index);
    return index;
  }

  #columns(images: readonly number[]): GivenColumns {
    const there = images.filter((image) => image < this.#run.predictions.length);
    const columns = { given: new Int32Array(there.length), how: new Uint8Array(there.length) };
    for (const [i, image] of there.entries()) {
      const given = this.#truths.of(this.#fileOf(image));
      columns.given[i] =
        given === undefined
          ? GIVEN.nothing
          : given.label === undefined
            ? GIVEN.noneOfThese
            : this.#indexOf(given.label);
      columns.how[i] = given ? howOf(given) : GIVEN_HOW.labeled;
    }
    // Others than the targets may be among them.
    this.#tellLabels();
    return columns;
  }

  /** @param files undefined: any */
  async #changed(files: readonly string[] | undefined): Promise<void> {
    if (files === undefined || files.length > MOST_TOLD) return this.#tell({ changed: 'all' });
    const images = await this.#imagesOf(files);
    this.#tell(
      images.length === 0 ? {} : { changed: { images: Int32Array.from(images), ...this.#columns(images) } },
    );
  }

  /** Places of images in the order of arrival. */
  async #imagesOf(files: readonly string[]): Promise<number[]> {
    const keys = files.map(placeKey);
    const images = keys.flatMap((key) => this.#places.get(key) ?? []);
    const unknown = new Set(keys.filter((key) => !this.#places.has(key)));
    const { predictions } = this.#run;
    for (let from = 0; from < predictions.length && unknown.size > 0; from += ROWS_AT_A_TIME) {
      for (const [i, { path: file }] of predictions.slice(from, from + ROWS_AT_A_TIME).entries()) {
        const key = placeKey(file);
        if (!unknown.delete(key)) continue;
        this.#places.set(key, from + i);
        images.push(from + i);
      }
      await setImmediate();
    }
    return images.sort((a, b) => a - b);
  }

  #state(): LabellingState {
    const { canUndo, canRedo, problem } = this.#truths;
    return { canUndo, canRedo, problem: problem && say(problem.message) };
  }

  #tell(change: Partial<LabellingState> = {}): void {
    this.#tellLabels();
    this.#told.tell({ ...this.#state(), ...change });
  }

  #tellLabels(): void {
    if (this.#labels.length === this.#labelsTold) return;
    this.#labelsTold = this.#labels.length;
    this.#told.tell({ ...this.#state(), labels: this.#labels });
  }
}

/** The same however a system composes accents, as in the table of labels. */
function placeKey(file: string): string {
  return file.normalize('NFC');
}

function howOf({ how, givenBy }: Given): number {
  if (givenBy === 'agent') return GIVEN_HOW.agent;
  return how === 'accepted' ? GIVEN_HOW.accepted : GIVEN_HOW.labeled;
}

const METHODS = [
  'watchLabels',
  'givens',
  'give',
  'undoLabels',
  'changeKey',
  'addLabel',
  'renameLabel',
  'mergeLabel',
] as const satisfies readonly (keyof LabellingApi)[];

/** What answers a page about the run that it names. */
export function labellingHandlers(
  of: (params: { readonly run: number }) => Labelling,
): Handlers<LabellingApi> {
  const handlers = METHODS.map((method) => [
    method,
    (params: { readonly run: number }, context: never) =>
      (of(params).handlers[method] as (params: never, context: never) => unknown)(params as never, context),
  ]);
  return Object.fromEntries(handlers) as Handlers<LabellingApi>;
}
