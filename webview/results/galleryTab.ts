import { LOOKED_AT_UNASKED } from '../../src/core/likeness/looks.ts';
import { element, setText } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { openMenu } from '../common/menu.ts';
import { byteSource, Thumbnails } from '../common/thumbnails.ts';
import { Gallery } from './gallery.ts';
import { type ArrangementSource, GalleryImages } from './galleryImages.ts';
import { galleryMenu } from './galleryMenu.ts';
import { type GalleryPlace, type NamedImages, RememberedPlace } from './galleryPlace.ts';
import { type GalleryArrangement, GalleryTools, NO_FILTER } from './galleryTools.ts';
import { type DetailsSource, ImageDetails } from './imageDetails.ts';
import { LabelList } from './labelList.ts';
import { Labelling, type LabellingSource } from './labelling.ts';
import { LargeView } from './largeView.ts';
import { countLabels, type ResultTable } from './resultTable.ts';
import { SelectionLine } from './selectionLine.ts';
import type { GalleryContent } from './tile.ts';

/** What the tab asks of the page, and the page of the host. */
export interface GallerySource extends DetailsSource, ArrangementSource, NamedImages {
  readonly labelling: LabellingSource;
  thumbnail(image: number, size: number, signal: AbortSignal): Promise<{ type: string; bytes: Uint8Array }>;
  /** Opens an image in an editor. */
  open(image: number): void;
  reveal(image: number): void;
  copyPaths(images: readonly number[]): void;
  rememberTileSize(tileSize: number): void;
  /** Shows the weightiest cell that decided an image. */
  showDecidingCell(image: number): void;
  export(images: readonly number[]): void;
  /** Asks what the alignment shall promise of an image, of a label, or of all. */
  addExpectation(about: { readonly image?: number; readonly label?: number | undefined }): void;
}

/** Pictures kept in memory; a large screen shows about 250 tiles. */
const PICTURES_KEPT = 800;
/** More would only wait in the engine, beside the classification. */
const PICTURES_AT_A_TIME = 4;
/** Pictures of the large view: the one that is seen, and those on both sides. */
const LARGE_KEPT = 8;
/** A tile size is written down when the person pauses. */
const PAUSE_MS = 200;
/** Labels are counted, and images arranged again, at most this often while results stream in. */
const COUNT_MS = 500;

/** The gallery with its tools, the labels that are predicted, and the focused image in words and large. */
export class GalleryTab {
  readonly element: HTMLElement;
  readonly #source: GallerySource;
  readonly #save: (change: Partial<GalleryArrangement & GalleryPlace>) => void;
  readonly #images: GalleryImages;
  readonly #tools: GalleryTools;
  readonly #gallery: Gallery;
  readonly #labelList: LabelList;
  readonly #details: ImageDetails;
  readonly #large: LargeView;
  readonly #line: SelectionLine;
  readonly #place: RememberedPlace;
  readonly labelling: Labelling;
  readonly #thumbnails: Thumbnails;
  readonly #largePictures: Thumbnails;
  readonly #empty = element('p', { class: 'notice quiet', role: 'status' });
  #arrangement: GalleryArrangement;
  #table: ResultTable;
  #labels: readonly string[] = [];
  #running = false;
  #focused: number | undefined;
  #counting: ReturnType<typeof setTimeout> | undefined;
  #sizing: ReturnType<typeof setTimeout> | undefined;

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
    this.#images = new GalleryImages(source, arrangement);
    this.#tools = new GalleryTools(arrangement, {
      change: (change) => this.arrange(change),
      showNewer: () => void this.#rebuild(),
    });
    const pictures = byteSource((image, size, signal) => source.thumbnail(image, size, signal));
    this.#thumbnails = new Thumbnails(pictures, { kept: PICTURES_KEPT, atATime: PICTURES_AT_A_TIME });
    this.#largePictures = new Thumbnails(pictures, { kept: LARGE_KEPT, atATime: 2 });
    this.#gallery = new Gallery(this.#thumbnails, {
      focused: (image) => void this.#focus(image),
      selected: () => this.#selected(),
      opened: (image) => this.#large.open(this.#content(), image),
      menu: (image, at) => this.#openMenu(image, at),
      copy: () => source.copyPaths(this.#gallery.selected),
      scrolled: (place) => this.#place.scrolled(place),
    });
    this.#place = new RememberedPlace(
      {
        gallery: this.#gallery,
        shows: (image) => this.#images.shown.includes(image),
        count: () => ({ all: this.#table.length, shown: this.#images.shown.length }),
        focused: () => this.#focused,
        focus: (image) => this.#focus(image),
        showAll: () => this.#showAll(),
        hasKeyboard: () => this.#hasKeyboard,
      },
      source,
      save,
    );
    this.labelling = new Labelling(table, source.labelling, {
      subjects: () => (this.#large.current === undefined ? this.#gallery.subjects : [this.#large.current]),
      goOn: (images) =>
        this.#large.isOpen ? this.#large.goTo(images[0], 1) : this.#gallery.goOn(images, this.#hasKeyboard),
      goTo: (image) => {
        if (this.#large.isOpen) this.#large.goTo(image);
        else this.#gallery.goTo(image, this.#hasKeyboard);
      },
      focus: () => (this.#large.isOpen ? this.#large.focus() : this.#gallery.focus()),
      changed: (images) => {
        this.#gallery.showGiven(images);
        this.#large.showGiven();
        this.#details.renew(this.#table, this.#labels);
      },
      showOfAgents: () => this.arrange({ ...NO_FILTER, kind: 'agent' }),
    });
    this.#gallery.tileSize = arrangement.tileSize;
    const details = { ...source, how: (image: number) => this.labelling.how(image) };
    this.#details = new ImageDetails(
      details,
      t('Select an image to see why it got its label. Press Z to see it large.'),
      'results-details',
    );
    this.#large = new LargeView(this.#largePictures, details, {
      moved: (image) => this.#gallery.goTo(image, false),
      closed: () => this.#gallery.focus(),
      open: (image) => source.open(image),
      menu: (image, at) => this.#openMenu(image, at),
    });
    this.#labelList = new LabelList((predicted) => this.arrange({ predicted }));
    this.#line = new SelectionLine({
      copyPaths: () => source.copyPaths(this.#gallery.selected),
      exportSelected: () => source.export(this.#gallery.selected),
      resize: (tileSize) => this.arrange({ tileSize }),
    });
    this.element = element(
      'section',
      { class: 'gallery-tab' },
      this.labelling.strip,
      element(
        'div',
        { class: 'gallery-stage' },
        this.#tools.element,
        element(
          'div',
          { class: 'gallery-and-details' },
          this.#gallery.element,
          this.#empty,
          element('aside', { class: 'beside' }, this.#labelList.element, this.#details.element),
        ),
        this.#line.element,
        this.#large.element,
        this.labelling.quickList,
      ),
      this.labelling.spoken,
    );
    this.element.addEventListener('keydown', (event) => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      const typing = target instanceof HTMLElement && target.matches('input, vscode-single-select');
      if (typing) return;
      const image = this.#focused;
      const showsCell = key.toLowerCase() === 'm' && !ctrlKey && !metaKey && !altKey;
      if (showsCell && image !== undefined) source.showDecidingCell(image);
      else if (showsCell || !this.labelling.key(event, this.#isOnImage(target))) return;
      event.preventDefault();
      // VS Code would take these keys for itself: to undo in an editor, say.
      event.stopPropagation();
    });
  }

  /** Whether keys go to the tiles: a click on the strip leaves them where they are. */
  get #hasKeyboard(): boolean {
    return this.#gallery.element.contains(document.activeElement);
  }

  /** Whether Enter means the image, and no button. */
  #isOnImage(target: EventTarget | null): boolean {
    if (!(target instanceof Element) || target.closest('button')) return false;
    return this.#gallery.element.contains(target) || this.#large.element.contains(target);
  }

  /** Turns to another run. */
  reset(table: ResultTable, labels: readonly string[]): void {
    this.#table = table;
    this.#labels = labels;
    this.#large.close();
    this.labelling.reset(table, labels.length);
    this.#thumbnails.clear();
    this.#largePictures.clear();
    this.#gallery.reset();
    this.#images.reset(table, this.labelling.labeller.given);
    this.#focused = undefined;
    this.#details.clear();
    void this.#rebuild();
  }

  /** Takes up the arrangement that belongs to a run, and the place in it as soon as its images are there. */
  turnTo(state: GalleryArrangement & GalleryPlace): void {
    const { kind, sort, truth, predicted, split, least, most, text, look, tileSize } = state;
    this.#arrangement = { kind, sort, truth, predicted, split, least, most, text, look, tileSize };
    this.#gallery.tileSize = tileSize;
    this.#place.want(state);
  }

  /** While it runs images join, and nobody looks at them for near-duplicates. */
  set running(running: boolean) {
    if (running === this.#running) return;
    this.#running = running;
    // A run needs the processor more.
    this.#gallery.readsAhead = !running;
    this.#images.forgetLooks();
    this.#details.refresh(this.#table, this.#labels);
    if (this.#arrangement.look) void this.#rebuild();
    else this.#count();
    void this.#lookAt();
  }

  /** So that it is seen whether there is anything to look for. */
  async #lookAt(): Promise<void> {
    const { length } = this.#table;
    if (this.#running || length === 0 || length > LOOKED_AT_UNASKED || this.#images.counts) return;
    await this.#images.lookAt();
    this.#shown();
  }

  /** Goes to an image as soon as it is there, whatever the filter leaves out. */
  seek(name: string): void {
    this.#place.seek(name);
    void this.settle();
  }

  async #showAll(): Promise<void> {
    this.#arrangement = { ...this.#arrangement, ...NO_FILTER };
    this.#save(this.#arrangement);
    await this.#rebuild(false);
  }

  /** All images of the run that there are have been added. */
  async settle(): Promise<void> {
    void this.#lookAt();
    await this.#place.settle();
  }

  /** New arrivals: appended in the order of arrival, only counted in any other. */
  grow(): void {
    const shown = this.#images.grow();
    if (shown === true) this.#gallery.grow(this.#content());
    this.#shown();
    this.#counting ??= setTimeout(() => {
      this.#counting = undefined;
      if (shown === undefined) void this.#rebuild();
      else this.#count();
    }, COUNT_MS);
  }

  /**
   * What is said of images that are here already changed.
   * @param arrange whether they are filtered and sorted again: otherwise no image leaves its place
   */
  changed(images: Iterable<number>, arrange: boolean): void {
    this.#details.renew(this.#table, this.#labels);
    this.#large.renew();
    if (arrange) return void this.#rebuild();
    this.#gallery.refresh(this.#content(), new Set(images));
    this.#count();
  }

  /** Puts the images on top that a person is asked about, and goes to the first. */
  propose(first: number): void {
    this.#arrangement = { ...this.#arrangement, ...NO_FILTER, sort: 'proposed' };
    this.#save(this.#arrangement);
    const isWaiting =
      this.#hasKeyboard || this.element.querySelector('.settle')?.contains(document.activeElement);
    void this.#rebuild(false).then(() => {
      if (this.#large.isOpen) this.#large.goTo(first);
      else this.#gallery.goTo(first, isWaiting === true);
    });
  }

  arrange(change: Partial<GalleryArrangement>): void {
    const { sort, tileSize } = this.#arrangement;
    this.#arrangement = { ...this.#arrangement, ...change };
    this.#save(this.#arrangement);
    if (this.#arrangement.tileSize !== tileSize) this.#resize(this.#arrangement.tileSize);
    else void this.#rebuild(this.#arrangement.sort === sort);
  }

  #resize(tileSize: number | undefined): void {
    this.#gallery.tileSize = tileSize;
    if (tileSize === undefined) return;
    clearTimeout(this.#sizing);
    this.#sizing = setTimeout(() => this.#source.rememberTileSize(tileSize), PAUSE_MS);
  }

  /** Answers must be as sure as the table says by now. */
  thresholdsChanged(): void {
    if (this.#arrangement.kind === 'unsure') void this.#rebuild();
    else this.#gallery.refresh(this.#content());
  }

  /** @param stay keeps what is looked at in place */
  async #rebuild(stay = true): Promise<void> {
    const arrangement = this.#running ? { ...this.#arrangement, look: undefined } : this.#arrangement;
    if (!(await this.#images.arrange(arrangement))) return;
    this.#gallery.show(this.#content(), stay);
    this.#large.follow(this.#content());
    this.#shown();
    this.#count();
    void this.settle();
  }

  #content(): GalleryContent {
    return {
      table: this.#table,
      labels: this.#labels,
      images: this.#images.shown,
      judged: this.#judged(),
      badge: (image) => this.labelling.badge(image),
    };
  }

  /** The first known truth decides, so that the height of the tiles changes at most once. */
  #judged(): boolean {
    for (let image = 0; image < this.#table.length; image++) if (this.#table.truth(image) >= 0) return true;
    return false;
  }

  #shown(): void {
    const empty = this.#images.shown.length === 0 && this.#table.length > 0;
    this.#empty.hidden = !empty;
    this.#gallery.element.hidden = empty;
    const { problem } = this.#images;
    const why = problem ? say(problem.text) : t('No images match this filter.');
    setText(this.#empty, empty ? why : '');
    this.#tools.show(this.#arrangement, {
      splits: this.#table.splits,
      labels: this.#labels,
      newer: this.#images.newer,
      over: !this.#running,
      counts: this.#images.counts,
    });
    this.#showLine();
  }

  #showLine(): void {
    this.#line.show({
      shown: this.#images.shown.length,
      of: this.#images.covered - this.#table.gone,
      selected: this.#gallery.selected.length,
      tileSize: this.#gallery.usedTileSize,
    });
  }

  #count(): void {
    const counts = countLabels(this.#table, this.#labels.length, this.#images.filter);
    this.#labelList.show(this.#labels, counts, this.#arrangement.predicted, !this.#running);
  }

  #selected(): void {
    this.#showLine();
    this.labelling.selected();
    this.#place.selected();
  }

  async #focus(image: number): Promise<void> {
    if (this.#focused === image) return;
    this.#focused = image;
    this.labelling.selected();
    const name = await this.#details.show(image, this.#table, this.#labels);
    if (name !== undefined && this.#focused === image) this.#save({ selected: name });
  }

  /** Asks what the alignment shall promise: of the label that is looked at, where the gallery shows one. */
  addExpectation(): void {
    const { truth, predicted = -1 } = this.#arrangement;
    const label = truth ?? predicted;
    this.#source.addExpectation({ label: label < 0 ? undefined : label });
  }

  #openMenu(image: number, at: { readonly x: number; readonly y: number }): void {
    const inLarge = this.#large.isOpen;
    const selected = inLarge ? [image] : this.#gallery.selected;
    const around = inLarge
      ? undefined
      : {
          openLarge: () => this.#large.open(this.#content(), image),
          filterByLabel: () => this.arrange({ predicted: this.#table.predicted(image) }),
          selectAll: () => this.#gallery.selectAll(),
        };
    const subjects = selected.length > 1 ? selected : [image];
    const agents = {
      images: this.labelling.ofAgents(subjects),
      confirm: (images: readonly number[]) => this.labelling.confirm(images),
      remove: (images: readonly number[]) => this.labelling.remove(images),
    };
    const entries = galleryMenu(image, selected, this.#source, agents, around);
    openMenu(selected.length > 1 ? t('Selected images') : t('Image'), entries, at, () =>
      inLarge ? this.#large.focus() : this.#gallery.focus(),
    );
  }
}
