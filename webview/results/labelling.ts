import { type SemapError, toSemapError } from '../../src/core/errors.ts';
import { isLabelKey } from '../../src/core/labels/labelKeys.ts';
import { GIVEN } from '../../src/core/truths/imageTruths.ts';
import type { GivenColumns, LabellingState } from '../../src/protocol/labelling.ts';
import { element, setText } from '../common/element.ts';
import { plural, say, t } from '../common/language.ts';
import { openMenu } from '../common/menu.ts';
import { givenBadge, givenName } from './givenBadge.ts';
import type { How } from './givenLabels.ts';
import { type Gift, Labeller, type LabellerHost } from './labeller.ts';
import { LabelStrip } from './labelStrip.ts';
import { QuickList } from './quickList.ts';
import type { ResultTable } from './resultTable.ts';

/** What labelling asks of the host, about the run that is shown. */
export interface LabellingSource extends LabellerHost {
  givens(from: number, to: number): Promise<GivenColumns>;
  changeKey(label: string, keys: Readonly<Record<string, string>>): void;
  /** @param label asked for where absent. @returns its index, -1 for none */
  addLabel(label?: string): Promise<number>;
  renameLabel(label: string): void;
  mergeLabel(label: string): void;
}

/** Where images are labeled. */
export interface LabellingPlace {
  /** Images that a key is about, in the order in which they are shown. */
  subjects(): readonly number[];
  /** Goes on to the image after these. @returns whether there is one */
  goOn(images: readonly number[]): boolean;
  /** Goes to an image, where it is shown. */
  goTo(image: number): void;
  /** Gives the keyboard back to the image. */
  focus(): void;
  /** What is said of images is another; undefined: of any. */
  changed(images: readonly number[] | undefined): void;
  /** Shows only images whose label an agent gave. */
  showOfAgents(): void;
}

/** What is known of so many images is asked for at once. */
const SLICE = 20_000;

/** Labels by keys: the strip above the gallery, the list of names, and what is said of what was given. */
export class Labelling {
  readonly strip: HTMLElement;
  /** How many images have a label. */
  readonly counts: HTMLElement;
  readonly quickList: HTMLElement;
  readonly spoken = element('div', {
    class: 'visually-hidden',
    'aria-live': 'polite',
    'data-testid': 'results-label-said',
  });
  readonly #source: LabellingSource;
  readonly #place: LabellingPlace;
  readonly #labeller: Labeller;
  readonly #strip: LabelStrip;
  readonly #quickList: QuickList;
  #table: ResultTable;
  #targets = 0;
  #subjects: readonly number[] = [];
  #fetching: Promise<void> | undefined;
  /** Why the last label could not be saved. */
  #problem: string | undefined;
  #frame = 0;

  constructor(table: ResultTable, source: LabellingSource, place: LabellingPlace) {
    this.#table = table;
    this.#source = source;
    this.#place = place;
    this.#labeller = new Labeller(table, source, {
      changed: (images) => {
        place.changed(images);
        this.#show();
      },
      stateChanged: () => this.#show(),
      failed: (error) => this.#failed(toSemapError(error)),
    });
    this.#strip = new LabelStrip({
      give: (label) => this.#give(label),
      accept: () => this.#give('answer'),
      none: () => this.#give(GIVEN.noneOfThese),
      takeBack: () => void this.#takeBack(),
      search: () => this.#search(),
      add: () => void this.#add(),
      undo: (redo) => void this.#undo(redo),
      agents: (what) => {
        if (what === 'show') place.showOfAgents();
        else if (what === 'confirm') this.confirm(this.#subjectsOfAgents);
        else this.remove(this.#subjectsOfAgents);
      },
      menu: (label, at, from) => this.#openMenu(label, at, from),
    });
    this.#quickList = new QuickList({
      chosen: (label) => this.#give(label, this.#subjects),
      wanted: (name) => void this.#giveNew(name),
      closed: () => place.focus(),
    });
    this.strip = this.#strip.element;
    this.counts = this.#strip.counts;
    this.quickList = this.#quickList.element;
  }

  get labeller(): Labeller {
    return this.#labeller;
  }

  /** What is shown on an image. */
  badge(image: number): HTMLElement | undefined {
    return givenBadge(this.#labeller, image);
  }

  /** How an image got what is known of it. */
  how(image: number): How {
    return this.#labeller.given.how(image);
  }

  /** Of these images, those whose label an agent gave. */
  ofAgents(images: readonly number[]): readonly number[] {
    return images.filter((image) => this.how(image) === 'agent');
  }

  /** Those of them that are selected, else all. */
  get #subjectsOfAgents(): readonly number[] {
    const selected = this.ofAgents(this.#place.subjects());
    return selected.length > 0 ? selected : this.#labeller.given.ofAgents;
  }

  /** Makes labels of agents the person's own. No image loses its place. */
  confirm(images: readonly number[]): void {
    const got = this.#labeller.give(images, 'confirmed');
    if (got.length === 0) return;
    this.#say(
      plural(
        got.length,
        "Confirmed the label of {0} image. Undo makes it an agent's again.",
        "Confirmed the labels of {0} images. Undo makes them an agent's again.",
      ),
    );
  }

  /** Takes labels back. */
  remove(images: readonly number[]): void {
    if (images.length === 0) return;
    this.#labeller.give(images, GIVEN.nothing);
    this.#say(tookBack(images.length));
  }

  /** Other images are selected. */
  selected(): void {
    if (this.#labeller.given.counts.agent > 0) this.#show();
  }

  /** Turns to another run. @param targets how many target labels it has */
  reset(table: ResultTable, targets: number): void {
    this.#table = table;
    this.#targets = targets;
    this.#subjects = [];
    this.#labeller.reset(table);
    setText(this.spoken, '');
    this.#show();
  }

  /** What the host tells of the run that is shown. */
  async follow(state: LabellingState): Promise<void> {
    if (!this.#labeller.follow(state)) return;
    const { given } = this.#labeller;
    const length = given.length;
    for (let from = 0; from < length && given === this.#labeller.given; from += SLICE) {
      const to = Math.min(length, from + SLICE);
      const columns = await this.#source.givens(from, to);
      const images = Int32Array.from({ length: to - from }, (_, i) => from + i);
      if (given === this.#labeller.given) this.#labeller.replace({ images, ...columns });
    }
  }

  /** Asks what is known of images that joined. */
  async grow(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    await this.#fetching;
  }

  /** @returns whether the key did something */
  key(event: KeyboardEvent, onImage: boolean): boolean {
    const { key, ctrlKey, metaKey, altKey, shiftKey, code } = event;
    if (altKey || event.isComposing) return false;
    const letter = key.toLowerCase();
    if (ctrlKey || metaKey) {
      const redo = letter === 'y' || (letter === 'z' && shiftKey);
      if (!redo && letter !== 'z') return false;
      void this.#undo(redo);
      return true;
    }
    if (key === '/') this.#search();
    else if (key === 'Enter') {
      if (!onImage) return false;
      this.#give('answer');
    } else if (key.length !== 1) return false;
    else return this.#letter(/^[\x20-\x7e]$/.test(letter) ? letter : latinOf(code));
    return true;
  }

  #letter(letter: string): boolean {
    if (letter === 'x') this.#give(GIVEN.noneOfThese);
    else if (letter === 'u') void this.#takeBack();
    else if (isLabelKey(letter)) {
      const label = this.#labeller.labelOf(letter);
      if (label === undefined) this.#say(t('No label has the key {0}.', letter.toUpperCase()));
      else this.#give(label);
    } else return false;
    return true;
  }

  #give(gift: Exclude<Gift, 'confirmed'>, subjects = this.#place.subjects()): void {
    if (subjects.length === 0) {
      this.#say(t('Select an image to label.'));
      return;
    }
    const got = this.#labeller.give(subjects, gift);
    if (got.length === 0) {
      this.#say(t('There is no answer to accept.'));
      return;
    }
    const more = this.#place.goOn(subjects);
    this.#say(givenSentence(this.#labeller, got, gift), more ? '' : t('This is the last image.'));
  }

  /** Of what is selected; where nothing was given to that, what was given last. */
  async #takeBack(): Promise<void> {
    const { given } = this.#labeller;
    const subjects = this.#place.subjects().filter((image) => given.how(image) !== 'left');
    if (subjects.length === 0) return this.#undo(false);
    this.remove(subjects);
  }

  async #undo(redo: boolean): Promise<void> {
    const { canUndo, canRedo } = this.#labeller;
    if (redo ? !canRedo : !canUndo) {
      this.#say(redo ? t('There is nothing to redo.') : t('There is nothing to undo.'));
      return;
    }
    try {
      const images = await this.#labeller.undo(redo);
      if (images.length > 0) this.#place.goTo(images[0]);
      this.#say(redo ? t('Repeated the last label.') : t('Took back the last label. Redo gives it again.'));
    } catch (error) {
      this.#failed(toSemapError(error));
    }
  }

  #search(): void {
    this.#subjects = this.#place.subjects();
    this.#quickList.open(this.#labeller.labels);
  }

  async #add(): Promise<void> {
    const label = await this.#source.addLabel().catch(toSemapError);
    if (typeof label !== 'number') this.#failed(label);
  }

  async #giveNew(name: string): Promise<void> {
    const subjects = this.#subjects;
    const { given } = this.#labeller;
    const label = await this.#source.addLabel(name).catch(toSemapError);
    if (typeof label !== 'number') return this.#failed(label);
    if (label >= 0 && given === this.#labeller.given) this.#give(label, subjects);
  }

  #openMenu(at: number, place: { readonly x: number; readonly y: number }, from: HTMLElement): void {
    const label = this.#labeller.labels[at];
    openMenu(
      label,
      [
        {
          title: t('Change Key...'),
          testId: 'menu-key',
          run: () => this.#source.changeKey(label, this.#labeller.keyRecord),
        },
        { title: t('Rename...'), testId: 'menu-rename', run: () => this.#source.renameLabel(label) },
        {
          title: t('Merge into Another Label...'),
          testId: 'menu-merge',
          run: () => this.#source.mergeLabel(label),
        },
      ],
      place,
      () => from.focus(),
    );
  }

  async #fetch(): Promise<void> {
    for (;;) {
      const { given } = this.#labeller;
      const from = given.length;
      const to = Math.min(this.#table.length, from + SLICE);
      if (from >= to) return;
      const columns = await this.#source.givens(from, to);
      if (given !== this.#labeller.given) continue;
      if (columns.given.length === 0) return;
      given.append(columns);
      this.#place.changed(undefined);
      this.#show();
    }
  }

  /** Many changes at once are shown once. */
  #show(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const { problem, unsaved } = this.#labeller;
      // Where nothing is amiss any more, nothing is said of it.
      const why = problem ?? (unsaved > 0 ? this.#problem : undefined);
      const images = this.#table.length - this.#table.gone;
      const { agent } = this.#labeller.given.counts;
      const selected = agent === 0 ? 0 : this.ofAgents(this.#place.subjects()).length;
      this.#strip.show(this.#labeller, { targets: this.#targets, images, problem: why, selected });
    });
  }

  #failed({ text }: SemapError): void {
    this.#problem = say(text);
    this.#say(t('Not saved: {0}', this.#problem));
    this.#show();
  }

  #say(...sentences: readonly string[]): void {
    setText(this.spoken, sentences.filter((sentence) => sentence !== '').join(' '));
  }
}

function tookBack(images: number): string {
  return plural(
    images,
    'Took back the label of {0} image. Undo gives it again.',
    'Took back the labels of {0} images. Undo gives them again.',
  );
}

/** What was given, and the way back. */
function givenSentence(
  labeller: Labeller,
  images: readonly number[],
  gift: Exclude<Gift, 'confirmed'>,
): string {
  const back = t('U takes it back.');
  const one = images.length === 1 ? labeller.given.given(images[0]) : undefined;
  if (gift === 'answer') {
    const what =
      one === undefined
        ? plural(images.length, 'Accepted {0} answer.', 'Accepted {0} answers.')
        : t('Accepted {0}.', givenName(labeller, one) ?? '');
    return `${what} ${back}`;
  }
  const name = givenName(labeller, gift) ?? '';
  return `${plural(images.length, 'Labeled {0} image: {1}.', 'Labeled {0} images: {1}.', name)} ${back}`;
}

/** The letter of a key on a keyboard with other letters. */
function latinOf(code: string): string {
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : '';
}
