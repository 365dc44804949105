import { type SemapError, toSemapError } from '../../src/core/errors.ts';
import type { GalleryArrangement } from './galleryTools.ts';
import { GivenLabels } from './givenLabels.ts';
import { arrivals, type Filter, grouped, ResultTable, sorted } from './resultTable.ts';

/** What it takes to choose and order images beside their predictions. */
export interface ImageFacts {
  names(from: number, to: number): Promise<readonly string[]>;
  /** Per image the group of near-duplicates that it is in, -1 for none. */
  duplicates(): Promise<Int32Array>;
}

/** The host makes them one by one, and has other things to do. */
const NAMES_AT_A_TIME = 4000;

/** The images that the gallery shows, in their order: what is filtered and sorted of a table that grows. */
export class GalleryImages {
  readonly #facts: ImageFacts;
  #table = new ResultTable();
  #given = new GivenLabels();
  #arrangement: GalleryArrangement;
  #shown: number[] = [];
  #covered = 0;
  #newer = 0;
  #names: string[] = [];
  /** The same without regard to case. */
  #searched: string[] = [];
  #groups: Int32Array | undefined;
  #problem: SemapError | undefined;
  #turn = 0;

  constructor(facts: ImageFacts, arrangement: GalleryArrangement) {
    this.#facts = facts;
    this.#arrangement = arrangement;
  }

  get shown(): readonly number[] {
    return this.#shown;
  }

  /** Arrivals that {@link shown} accounts for. */
  get covered(): number {
    return this.#covered;
  }

  /** Later arrivals that pass the filter, which a sorted gallery does not show yet. */
  get newer(): number {
    return this.#newer;
  }

  get filter(): Filter {
    const { kind, truth, predicted, least, most, text, alike } = this.#arrangement;
    const wanted = text.trim().toLocaleLowerCase();
    return {
      kind,
      truth,
      predicted,
      least,
      most,
      named: wanted === '' ? undefined : (image) => this.#searched[image]?.includes(wanted) === true,
      groups: alike ? (this.#groups ?? new Int32Array()) : undefined,
      given: this.#given,
    };
  }

  /** Why near-duplicates are not known, where they are asked for. */
  get problem(): SemapError | undefined {
    return this.#arrangement.alike ? this.#problem : undefined;
  }

  /** Turns to another run. */
  reset(table: ResultTable, given: GivenLabels): void {
    this.#turn++;
    this.#table = table;
    this.#given = given;
    this.#shown = [];
    this.#covered = 0;
    this.#newer = 0;
    this.#names = [];
    this.#searched = [];
    this.#groups = undefined;
  }

  /** There are other images than when near-duplicates were looked for. */
  forgetDuplicates(): void {
    this.#groups = undefined;
  }

  /** @returns false when something else is to be shown meanwhile */
  async arrange(arrangement: GalleryArrangement): Promise<boolean> {
    const turn = ++this.#turn;
    this.#arrangement = arrangement;
    const count = this.#table.length;
    const { sort, text, alike } = arrangement;
    if (sort === 'name' || text.trim() !== '') await this.#loadNames(count, turn);
    if (alike && !this.#groups) {
      const found = await this.#facts.duplicates().catch(toSemapError);
      if (turn !== this.#turn) return false;
      if (found instanceof Int32Array) this.#groups = found;
      this.#problem = found instanceof Int32Array ? undefined : found;
    }
    if (turn !== this.#turn) return false;
    const { filter } = this;
    const images = arrivals(this.#table, filter, 0, count);
    const ordered = sort === 'arrival' ? images : sorted(this.#table, images, sort, this.#names);
    this.#shown = filter.groups ? grouped(ordered, filter.groups) : ordered;
    this.#covered = count;
    this.#newer = 0;
    return true;
  }

  /**
   * New arrivals: appended in the order of arrival, only counted in any other.
   * @returns whether they are shown; undefined where all must be arranged again
   */
  grow(): boolean | undefined {
    const { sort, text, alike } = this.#arrangement;
    if (alike || text.trim() !== '') return undefined;
    if (sort !== 'arrival' && this.#shown.length === 0) return undefined;
    const arrived = arrivals(this.#table, this.filter, this.#covered, this.#table.length);
    if (sort !== 'arrival') {
      this.#newer = arrived.length;
      return false;
    }
    for (const image of arrived) this.#shown.push(image);
    this.#covered = this.#table.length;
    return true;
  }

  /** Names that cannot be had sort as empty ones. */
  async #loadNames(count: number, turn: number): Promise<void> {
    const names = this.#names;
    while (names.length < count && turn === this.#turn) {
      const to = Math.min(count, names.length + NAMES_AT_A_TIME);
      const from = names.length;
      const slice = await this.#facts.names(from, to).catch(() => []);
      if (slice.length === 0) return;
      // Another turn may have loaded them meanwhile.
      if (names.length !== from) continue;
      for (const name of slice) {
        names.push(name);
        this.#searched.push(name.toLocaleLowerCase());
      }
    }
  }
}
