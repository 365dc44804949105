import type { Gallery, ScrollPlace } from './gallery.ts';

/** Where in the gallery a person is. */
export interface GalleryPlace extends ScrollPlace {
  /** Name of the image with the focus: the order of arrival is another one after the window was reloaded. */
  readonly selected: string | undefined;
  /** Names of the selected images, of which there may be several. */
  readonly alsoSelected: readonly string[];
}

/** Images by name, as the host knows them. */
export interface NamedImages {
  /** The names of images, in their order. */
  namesOf(images: readonly number[]): Promise<readonly string[]>;
  /** The images of those names, -1 where there is none. */
  find(names: readonly string[]): Promise<readonly number[]>;
}

/** The gallery as far as a place in it needs it. */
interface PlacedGallery {
  readonly gallery: Gallery;
  /** Whether an image is among those that the filter leaves. */
  shows(image: number): boolean;
  /** How many images there are, and how many of them the filter leaves. */
  count(): { readonly all: number; readonly shown: number };
  focused(): number | undefined;
  focus(image: number): Promise<void>;
  /** Leaves no image out. */
  showAll(): Promise<void>;
  hasKeyboard(): boolean;
}

/** A scroll position or a selection is written down when the person pauses. */
const PAUSE_MS = 200;
/** Of a larger selection only the first are found again after the page was away. */
const MOST_REMEMBERED = 1000;

/** Remembers the place of a person in the gallery, and takes them there again, or to an image that another page asked for. */
export class RememberedPlace {
  readonly #in: PlacedGallery;
  readonly #images: NamedImages;
  readonly #save: (change: Partial<GalleryPlace>) => void;
  /** Where the person was before the page was loaded, until the images are there. */
  #wanted: GalleryPlace | undefined;
  /** The name of an image that another page asked for. */
  #sought: string | undefined;
  /** Whether a tile had the keyboard last: VS Code takes it away when it brings the page to front. */
  #hadKeyboard = false;
  #scrolling: ReturnType<typeof setTimeout> | undefined;
  #selecting: ReturnType<typeof setTimeout> | undefined;

  constructor(placed: PlacedGallery, images: NamedImages, save: (change: Partial<GalleryPlace>) => void) {
    this.#in = placed;
    this.#images = images;
    this.#save = save;
    document.addEventListener('focusin', () => {
      this.#hadKeyboard = placed.hasKeyboard();
    });
  }

  /** Takes the person there as soon as the images are there. */
  want({ selected, alsoSelected, first, above }: GalleryPlace): void {
    const somewhere = selected !== undefined || alsoSelected.length > 0 || first > 0 || above > 0;
    this.#wanted = somewhere ? { selected, alsoSelected, first, above } : undefined;
  }

  /** Goes to an image as soon as it is there, whatever the filter leaves out. */
  seek(name: string): void {
    this.#sought = name;
  }

  /** Images came: goes where the person was or wants to be, if it is there by now. */
  async settle(): Promise<void> {
    const { gallery } = this.#in;
    if (this.#sought !== undefined && this.#in.count().all > 0) await this.#goToSought(this.#sought);
    const wanted = this.#wanted;
    if (!wanted || this.#in.count().shown === 0) return;
    this.#wanted = undefined;
    gallery.scrollTo(wanted);
    const { selected, alsoSelected } = wanted;
    const names = selected === undefined ? alsoSelected : [selected, ...alsoSelected];
    const found = await this.#images.find(names).catch(() => []);
    if (this.#in.focused() !== undefined) return;
    const current = selected === undefined || !(found[0] >= 0) ? undefined : found[0];
    gallery.restore(
      current,
      found.slice(selected === undefined ? 0 : 1).filter((image) => image >= 0),
    );
    if (current !== undefined) await this.#in.focus(current);
    // Unless the person went elsewhere meanwhile.
    const isNowhere = document.hasFocus() && document.activeElement === document.body;
    if (this.#hadKeyboard && isNowhere) gallery.focus();
  }

  async #goToSought(name: string): Promise<void> {
    const [image] = await this.#images.find([name]).catch(() => [-1]);
    if (this.#sought !== name || image >= this.#in.count().all) return;
    this.#sought = undefined;
    this.#wanted = undefined;
    if (image < 0) return;
    if (!this.#in.shows(image)) await this.#in.showAll();
    this.#in.gallery.goTo(image);
    await this.#in.focus(image);
  }

  scrolled(place: ScrollPlace): void {
    if (this.#wanted) return;
    clearTimeout(this.#scrolling);
    this.#scrolling = setTimeout(() => this.#save(place), PAUSE_MS);
  }

  selected(): void {
    if (this.#wanted) return;
    clearTimeout(this.#selecting);
    this.#selecting = setTimeout(() => void this.#rememberSelection(), PAUSE_MS);
  }

  async #rememberSelection(): Promise<void> {
    const images = this.#in.gallery.selected.slice(0, MOST_REMEMBERED);
    const names = await this.#images.namesOf(images).catch(() => undefined);
    if (names) this.#save({ alsoSelected: names });
  }
}
