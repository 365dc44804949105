import { type SemapError, toSemapError } from '../../src/core/errors.ts';
import { splitNames } from '../../src/core/folders/layout.ts';
import type { GalleryArrangement } from './galleryTools.ts';
import { GivenLabels } from './givenLabels.ts';
import { ImageLooks } from './imageLooks.ts';
import { arrivals, type Filter, grouped, ResultTable, sorted } from './resultTable.ts';

/** What it takes to choose and order images beside their predictions. */
export interface ArrangementSource {
  names(from: number, to: number): Promise<readonly string[]>;
  looks(): Promise<ImageLooks>;
}

/** The host makes them one by one, and has other things to do. */
const NAMES_AT_A_TIME = 4000;

/** The images that the gallery shows, in their order: what is filtered and sorted of a table that grows. */
export class GalleryImages {
  readonly #source: ArrangementSource;
  #table = new ResultTable();
  #given = new GivenLabels();
  #arrangement: GalleryArrangement;
  #shown: number[] = [];
  #covered = 0;
  #newer = 0;
  #names: string[] = [];
  /** The same without regard to case. */
  #searched: string[] = [];
  #looks: ImageLooks | undefined;
  #looking: Promise<void> | undefined;
  #problem: SemapError | undefined;
  #turn = 0;

  constructor(source: ArrangementSource, arrangement: GalleryArrangement) {
    this.#source = source;
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
    const { kind, truth, predicted, split, least, most, text, look } = this.#arrangement;
    const known = this.#looks;
    const wanted = text.trim().toLocaleLowerCase();
    return {
      kind,
      truth,
      predicted,
      split: split === undefined ? undefined : splitNames.indexOf(split),
      least,
      most,
      named: wanted === '' ? undefined : (image) => this.#searched[image]?.includes(wanted) === true,
      looks: look && ((image) => known?.has(image, look) === true),
      given: this.#given,
    };
  }

  /** Why it is not known what images look like, where that is asked for. */
  get problem(): SemapError | undefined {
    return this.#arrangement.look ? this.#problem : undefined;
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
    this.forgetLooks();
  }

  /** How many images are what, as far as anybody asked. */
  get counts(): ImageLooks['counts'] | undefined {
    return this.#looks?.counts;
  }

  /** There are other images than when they were looked at. */
  forgetLooks(): void {
    this.#looks = undefined;
    this.#problem = undefined;
    this.#looking = undefined;
  }

  /** Looks at the images, once. */
  lookAt(): Promise<void> {
    this.#looking ??= this.#look();
    return this.#looking;
  }

  async #look(): Promise<void> {
    const table = this.#table;
    const found = await this.#source.looks().catch(toSemapError);
    // There are other images by now.
    if (table !== this.#table || this.#looking === undefined) return;
    this.#looks = found instanceof ImageLooks ? found : undefined;
    this.#problem = found instanceof ImageLooks ? undefined : found;
  }

  /** @returns false when something else is to be shown meanwhile */
  async arrange(arrangement: GalleryArrangement): Promise<boolean> {
    const turn = ++this.#turn;
    this.#arrangement = arrangement;
    const count = this.#table.length;
    const { sort, text, look } = arrangement;
    if (sort === 'name' || text.trim() !== '') await this.#loadNames(count, turn);
    // Whoever asks again may be luckier.
    if (look && this.#problem) this.forgetLooks();
    if (look) await this.lookAt();
    if (turn !== this.#turn) return false;
    const { filter } = this;
    const images = arrivals(this.#table, filter, 0, count);
    const ordered = sort === 'arrival' ? images : sorted(this.#table, images, sort, this.#names);
    this.#shown = look === 'alike' && this.#looks ? grouped(ordered, this.#looks.groups) : ordered;
    this.#covered = count;
    this.#newer = 0;
    return true;
  }

  /**
   * New arrivals: appended in the order of arrival, only counted in any other.
   * @returns whether they are shown; undefined where all must be arranged again
   */
  grow(): boolean | undefined {
    const { sort, text, look } = this.#arrangement;
    if (look || text.trim() !== '') return undefined;
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
      const slice = await this.#source.names(from, to).catch(() => []);
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
