import { labelKeys } from '../../src/core/labels/labelKeys.ts';
import { GIVEN } from '../../src/core/truths/imageTruths.ts';
import { SHOWN } from '../../src/protocol/cautionView.ts';
import {
  GIVEN_HOW,
  type GivenImages,
  type GiveParams,
  type LabellingState,
} from '../../src/protocol/labelling.ts';
import { readOnlyWords } from '../common/element.ts';
import { GivenLabels } from './givenLabels.ts';
import type { ResultTable } from './resultTable.ts';

/** What is given: the index of a label, none of them, nothing any more, the answer that is shown, or what an agent gave. */
export type Gift = number | 'answer' | 'confirmed';

/** What labelling asks of the page. */
export interface LabellerHost {
  give(params: Omit<GiveParams, 'run'>): Promise<unknown>;
  /** @returns images that changed */
  undo(redo: boolean): Promise<readonly number[]>;
}

export interface LabellerEvents {
  /** What is said of these images is another; undefined: of any. */
  changed(images: readonly number[] | undefined): void;
  /** Labels, their keys, or what can be undone. */
  stateChanged(): void;
  /** Could not be written. */
  failed(error: unknown, images: readonly number[]): void;
}

/** A label that could not be written yet, or not at all. */
interface Wish {
  readonly given: number;
  /** One of {@link GIVEN_HOW}. */
  readonly how: number;
  /** Which of all steps it was: a later one about the same image counts. */
  readonly step: number;
}

/**
 * Gives labels to images. What a person gives is shown at once and written by the host; what could not be written is
 * taken off again and remembered as failed.
 */
export class Labeller {
  readonly #host: LabellerHost;
  readonly #events: LabellerEvents;
  #table: ResultTable;
  #given = new GivenLabels();
  #labels: readonly string[] = [];
  #chosen: ReadonlyMap<string, string> = new Map();
  #keys: readonly (string | undefined)[] = [];
  #byKey: ReadonlyMap<string, number> = new Map();
  #state: Pick<LabellingState, 'canUndo' | 'canRedo' | 'problem'> = { canUndo: false, canRedo: false };
  #step = 0;
  /** Shown, and not on disk yet. */
  readonly #pending = new Map<number, Wish>();
  /** What is on disk of images whose own change is under way, and whether the host told it since. */
  readonly #behind = new Map<number, Omit<Wish, 'step'> & { readonly told: boolean }>();
  /** What was to be given and could not be written. */
  readonly #failed = new Map<number, Omit<Wish, 'step'>>();

  constructor(table: ResultTable, host: LabellerHost, events: LabellerEvents) {
    this.#table = table;
    this.#host = host;
    this.#events = events;
  }

  get given(): GivenLabels {
    return this.#given;
  }

  get labels(): readonly string[] {
    return this.#labels;
  }

  /** Per label, undefined where it has none. */
  get keys(): readonly (string | undefined)[] {
    return this.#keys;
  }

  get canUndo(): boolean {
    return this.#state.canUndo;
  }

  get canRedo(): boolean {
    return this.#state.canRedo;
  }

  /** Why labels are not on disk. */
  get problem(): string | undefined {
    return this.#state.problem;
  }

  /** Images that were given something that could not be written. */
  get unsaved(): number {
    return this.#failed.size;
  }

  /** What could not be written of an image. */
  failedOf(image: number): number | undefined {
    return this.#failed.get(image)?.given;
  }

  /** The label of a key. */
  labelOf(key: string): number | undefined {
    return this.#byKey.get(key);
  }

  /** Turns to another run. */
  reset(table: ResultTable): void {
    this.#table = table;
    this.#given = new GivenLabels();
    this.#labels = [];
    this.#state = { canUndo: false, canRedo: false };
    this.#pending.clear();
    this.#behind.clear();
    this.#failed.clear();
    this.#makeKeys();
  }

  /** Keys by label, of all that have one. */
  get keyRecord(): Readonly<Record<string, string>> {
    const keys = this.#labels.flatMap((label, at) => {
      const key = this.#keys[at];
      return key === undefined ? [] : [[label, key] as const];
    });
    return Object.fromEntries(keys);
  }

  /** What the host tells. @returns whether all must be asked for again */
  follow({ labels, keys, changed, ...state }: LabellingState): boolean {
    this.#state = state;
    if (labels) this.#labels = labels;
    if (keys) this.#chosen = new Map(Object.entries(keys));
    if (labels || keys) this.#makeKeys();
    this.#events.stateChanged();
    // What waited was written with what came after it.
    if (state.problem === undefined && this.#failed.size > 0) {
      const saved = [...this.#failed.keys()];
      this.#failed.clear();
      this.#events.changed(saved);
    }
    if (changed === 'all') return true;
    if (changed) this.#take(changed);
    return false;
  }

  /** All that is known, asked for again. */
  replace(known: GivenImages): void {
    this.#take(known, true);
  }

  /**
   * Gives something to images.
   * @returns those of them that got it: an image without an answer has none to accept, and one without a label of an agent
   *   none to confirm
   */
  give(images: readonly number[], gift: Gift): readonly number[] {
    const got = images.filter(
      (image) => image < this.#given.length && this.#giftFor(image, gift) !== undefined,
    );
    if (got.length === 0) return got;
    const accepted = typeof gift !== 'number';
    const how = accepted ? GIVEN_HOW.accepted : GIVEN_HOW.labeled;
    const step = ++this.#step;
    const wanted = got.map((image) => {
      const given = this.#giftFor(image, gift)!;
      if (!this.#pending.has(image)) this.#behind.set(image, { ...this.#shown(image), told: false });
      this.#pending.set(image, { given, how, step });
      this.#failed.delete(image);
      this.#given.set(image, given, how);
      return given;
    });
    this.#events.changed(got);
    void this.#write({ images: got, given: wanted, accepted }, step);
    return got;
  }

  /** @returns images that it changed */
  async undo(redo = false): Promise<readonly number[]> {
    if (redo ? !this.canRedo : !this.canUndo) return [];
    return this.#host.undo(redo);
  }

  #giftFor(image: number, gift: Gift): number | undefined {
    if (typeof gift === 'number') return gift;
    if (gift === 'confirmed')
      return this.#given.how(image) === 'agent' ? this.#given.given(image) : undefined;
    if (this.#table.said(image) === SHOWN.none) return GIVEN.noneOfThese;
    const answer = this.#table.predicted(image);
    return answer < 0 ? undefined : answer;
  }

  #shown(image: number): Omit<Wish, 'step'> {
    return { given: this.#given.given(image), how: this.#given.code(image) };
  }

  async #write(params: Omit<GiveParams, 'run'>, step: number): Promise<void> {
    const given = this.#given;
    let error: unknown;
    try {
      await this.#host.give(params);
    } catch (thrown) {
      error = thrown;
    }
    // Of a run that is not shown any more nothing is to be said here.
    if (given !== this.#given) return;
    const settled = params.images.filter((image) => this.#pending.get(image)?.step === step);
    for (const image of settled) {
      const { given: wanted, how } = this.#pending.get(image)!;
      const behind = this.#behind.get(image)!;
      this.#pending.delete(image);
      this.#behind.delete(image);
      // Where nothing is ever written, nothing waits for it.
      if (error !== undefined && readOnlyWords() === undefined)
        this.#failed.set(image, { given: wanted, how });
      // Another window may have given something else since: then that is on disk.
      if (error !== undefined || behind.told) this.#given.set(image, behind.given, behind.how);
    }
    if (error === undefined) return;
    this.#events.changed(settled);
    this.#events.failed(error, settled);
  }

  #take({ images, given, how }: GivenImages, all = false): void {
    const others: number[] = [];
    for (let i = 0; i < images.length; i++) {
      const image = images[i];
      // What the person gave last is shown until it is known what became of it.
      if (this.#pending.has(image)) this.#behind.set(image, { given: given[i], how: how[i], told: true });
      else if (this.#given.set(image, given[i], how[i])) {
        this.#failed.delete(image);
        others.push(image);
      }
    }
    if (all || others.length > 0) this.#events.changed(others);
  }

  #makeKeys(): void {
    this.#keys = labelKeys(this.#labels, this.#chosen);
    this.#byKey = new Map(
      this.#keys.flatMap((key, label) => (key === undefined ? [] : [[key, label] as const])),
    );
  }
}
