import type { DecidingCell, ResultItem } from '../../src/protocol/resultsView.ts';
import { element, setText } from '../common/element.ts';
import { t } from '../common/language.ts';
import { byteSource, Thumbnails } from '../common/thumbnails.ts';
import { Gallery, type GalleryContent, type ScrollPlace } from './gallery.ts';
import { type GalleryArrangement, GalleryTools } from './galleryTools.ts';
import { imageDetails } from './imageDetails.ts';
import { arrivals, type Filter, type ResultTable, sorted } from './resultTable.ts';
import { undecided } from './words.ts';

/** What the tab asks of the page, and the page of the host. */
export interface GallerySource {
  thumbnail(image: number, size: number, signal: AbortSignal): Promise<{ type: string; bytes: Uint8Array }>;
  item(image: number): Promise<ResultItem>;
  names(from: number, to: number): Promise<readonly string[]>;
  /** The image of that name, -1 where there is none. */
  find(name: string): Promise<number>;
  open(image: number): void;
  deciding(image: number): Promise<readonly DecidingCell[]>;
  /** Shows a cell that decided an image; without `source` the weightiest. */
  showCell(image: number, source?: number): void;
}

/** Where in the gallery a person is. */
export interface GalleryPlace extends ScrollPlace {
  /** Name of the image with the focus: the order of arrival is another one after the window was reloaded. */
  readonly selected: string | undefined;
}

/** Pictures kept in memory; a large screen shows about 250 tiles. */
const PICTURES_KEPT = 800;
/** More would only wait in the engine, beside the classification. */
const PICTURES_AT_A_TIME = 4;
/** A scroll position is written down when the scrolling pauses. */
const SCROLL_PAUSE_MS = 200;
/** The host makes them one by one, and has other things to do. */
const NAMES_AT_A_TIME = 4000;

/** The gallery with its tools, and the focused image in words. */
export class GalleryTab {
  readonly element: HTMLElement;
  readonly #source: GallerySource;
  readonly #save: (change: Partial<GalleryArrangement & GalleryPlace>) => void;
  readonly #tools: GalleryTools;
  readonly #gallery: Gallery;
  readonly #thumbnails: Thumbnails;
  readonly #details = element('aside', {
    class: 'image-details',
    'aria-label': t('Selected image'),
    'data-testid': 'results-details',
    tabindex: 0,
  });
  readonly #empty = element('p', { class: 'notice quiet', role: 'status' });
  #arrangement: GalleryArrangement;
  #threshold = 0;
  #table: ResultTable;
  #labels: readonly string[] = [];
  #images: number[] = [];
  /** Arrivals that `#images` accounts for. */
  #covered = 0;
  /** Later arrivals that pass the filter, which a sorted gallery does not show yet. */
  #newer = 0;
  #names: string[] = [];
  #focused: number | undefined;
  #sorting = 0;
  /** Where the person was before the page was loaded, until the images are there. */
  #wanted: GalleryPlace | undefined;
  #scrolling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    table: ResultTable,
    arrangement: GalleryArrangement,
    source: GallerySource,
    save: (change: Partial<GalleryArrangement & GalleryPlace>) => void,
  ) {
    this.#table = table;
    this.#arrangement = arrangement;
    this.#source = source;
    this.#save = save;
    this.#tools = new GalleryTools(
      arrangement,
      (change) => this.arrange(change),
      () => void this.#rebuild(),
    );
    this.#thumbnails = new Thumbnails(
      byteSource((image, size, signal) => source.thumbnail(image, size, signal)),
      { kept: PICTURES_KEPT, atATime: PICTURES_AT_A_TIME },
    );
    this.#gallery = new Gallery(this.#thumbnails, {
      focused: (image) => void this.#focus(image),
      opened: (image) => source.open(image),
      scrolled: (place) => this.#scrolled(place),
      selected: () => {},
      menu: () => {},
      copy: () => {},
    });
    this.#gallery.tileSize = arrangement.tileSize;
    this.element = element(
      'section',
      { class: 'gallery-tab' },
      this.#tools.element,
      element('div', { class: 'gallery-and-details' }, this.#gallery.element, this.#empty, this.#details),
    );
    this.element.addEventListener('keydown', (event) => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      const typing =
        target instanceof HTMLElement && target.matches('vscode-textfield, vscode-single-select');
      if (key.toLowerCase() !== 'm' || ctrlKey || metaKey || altKey || typing) return;
      if (this.#focused === undefined) return;
      event.preventDefault();
      source.showCell(this.#focused);
    });
    this.#showDetails(undefined);
  }

  /** Turns to another run. */
  reset(table: ResultTable, labels: readonly string[]): void {
    this.#table = table;
    this.#labels = labels;
    this.#thumbnails.clear();
    this.#gallery.reset();
    this.#names = [];
    this.#focused = undefined;
    this.#showDetails(undefined);
    void this.#rebuild();
  }

  /** Takes up the arrangement that belongs to a run, and the place in it as soon as its images are there. */
  turnTo(state: GalleryArrangement & GalleryPlace): void {
    const { kind, sort, truth, predicted, tileSize, selected, first, above } = state;
    this.#arrangement = { kind, sort, truth, predicted, tileSize };
    this.#wanted =
      selected === undefined && first === 0 && above === 0 ? undefined : { selected, first, above };
  }

  /** All images of the run that there are have been added. */
  async settle(): Promise<void> {
    const wanted = this.#wanted;
    if (!wanted || this.#images.length === 0) return;
    this.#wanted = undefined;
    this.#gallery.scrollTo(wanted);
    if (wanted.selected === undefined) return;
    const image = await this.#source.find(wanted.selected).catch(() => -1);
    if (image < 0 || this.#focused !== undefined) return;
    this.#gallery.restore(image, [image]);
    await this.#focus(image);
  }

  #scrolled(place: ScrollPlace): void {
    if (this.#wanted) return;
    clearTimeout(this.#scrolling);
    this.#scrolling = setTimeout(() => this.#save(place), SCROLL_PAUSE_MS);
  }

  /** New arrivals: appended in the order of arrival, only counted in any other. */
  grow(): void {
    const arrived = arrivals(this.#table, this.#filter(), this.#covered, this.#table.length);
    if (this.#arrangement.sort === 'arrival' || this.#images.length === 0) {
      if (this.#arrangement.sort !== 'arrival') {
        void this.#rebuild();
        return;
      }
      for (const image of arrived) this.#images.push(image);
      this.#covered = this.#table.length;
      this.#gallery.grow(this.#content());
      this.#shown();
    } else {
      this.#newer = arrived.length;
      this.#showTools();
    }
  }

  arrange(change: Partial<GalleryArrangement>): void {
    const { sort, tileSize } = this.#arrangement;
    this.#arrangement = { ...this.#arrangement, ...change };
    this.#save(this.#arrangement);
    if (this.#arrangement.tileSize !== tileSize) this.#gallery.tileSize = this.#arrangement.tileSize;
    else void this.#rebuild(this.#arrangement.sort === sort);
  }

  set threshold(threshold: number) {
    this.#threshold = threshold;
    if (this.#arrangement.kind === 'unsure') void this.#rebuild();
    else this.#gallery.refresh(this.#content());
  }

  /** @param stay keeps what is looked at in place */
  async #rebuild(stay = true): Promise<void> {
    const turn = ++this.#sorting;
    const count = this.#table.length;
    const { sort } = this.#arrangement;
    if (sort === 'name' && !(await this.#loadNames(count, turn))) return;
    const images = arrivals(this.#table, this.#filter(), 0, count);
    this.#images = sort === 'arrival' ? images : sorted(this.#table, images, sort, this.#names);
    this.#covered = count;
    this.#newer = 0;
    this.#gallery.show(this.#content(), stay);
    this.#shown();
    void this.settle();
  }

  /** False when something else is to be shown meanwhile. Names that cannot be had sort as empty ones. */
  async #loadNames(count: number, turn: number): Promise<boolean> {
    const names = this.#names;
    while (names.length < count) {
      const to = Math.min(count, names.length + NAMES_AT_A_TIME);
      const slice = await this.#source.names(names.length, to).catch(() => []);
      if (turn !== this.#sorting) return false;
      if (slice.length === 0) break;
      for (const name of slice) names.push(name);
    }
    return true;
  }

  #filter(): Filter {
    const { kind, truth, predicted } = this.#arrangement;
    return { kind, truth, predicted, threshold: this.#threshold };
  }

  #content(): GalleryContent {
    return {
      table: this.#table,
      labels: this.#labels,
      images: this.#images,
      threshold: this.#threshold,
      judged: this.#judged(),
    };
  }

  /** The first known truth decides, so that the height of the tiles changes at most once. */
  #judged(): boolean {
    for (let image = 0; image < this.#table.length; image++) if (this.#table.truth(image) >= 0) return true;
    return false;
  }

  #shown(): void {
    const empty = this.#images.length === 0 && this.#table.length > 0;
    this.#empty.hidden = !empty;
    this.#gallery.element.hidden = empty;
    setText(this.#empty, empty ? t('No images match this filter.') : '');
    this.#showTools();
  }

  #showTools(): void {
    this.#tools.tileSize = this.#gallery.usedTileSize;
    this.#tools.show(this.#arrangement, this.#labels, {
      shown: this.#images.length,
      of: this.#covered,
      newer: this.#newer,
    });
  }

  async #focus(image: number): Promise<void> {
    if (this.#focused === image) return;
    this.#focused = image;
    this.#showDetails(undefined);
    const item = await this.#source.item(image).catch(() => undefined);
    if (this.#focused === image) this.#showDetails(item);
    if (this.#focused === image && item) this.#save({ selected: item.name });
    const cells = await this.#source.deciding(image).catch(() => undefined);
    if (this.#focused === image && cells && cells.length > 0) this.#showDetails(item, cells);
  }

  #showDetails(item: ResultItem | undefined, cells?: readonly DecidingCell[]): void {
    const image = this.#focused;
    if (image === undefined) {
      this.#details.replaceChildren(
        element(
          'p',
          { class: 'quiet' },
          t('Select an image to see its strongest source labels. Press Enter to open it.'),
        ),
      );
      return;
    }
    const truth = this.#table.truth(image);
    const words = {
      predicted: this.#labels[this.#table.predicted(image)] ?? undecided(),
      confidence: this.#table.confidence(image),
      truth: truth < 0 ? undefined : this.#labels[truth],
      wrong: this.#table.wrong(image),
      item,
      cells,
    };
    this.#details.replaceChildren(
      ...imageDetails(
        words,
        () => this.#source.open(image),
        (source) => this.#source.showCell(image, source),
      ),
    );
  }
}
