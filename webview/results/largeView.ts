import { element, icon, iconButton, setReadAttribute, setText } from '../common/element.ts';
import { count, t } from '../common/language.ts';
import { devicePixels, type Thumbnails } from '../common/thumbnails.ts';
import { type DetailsHost, ImageDetails } from './imageDetails.ts';
import type { ResultTable } from './resultTable.ts';

/** What the large view shows one of. */
export interface LargeContent {
  readonly table: ResultTable;
  readonly labels: readonly string[];
  /** Images in the order of the gallery. */
  readonly images: readonly number[];
  /** What a person said of an image. */
  badge(image: number): HTMLElement | undefined;
}

export interface LargeViewEvents {
  /** Another image is shown: the gallery goes with it. */
  moved(image: number): void;
  /** Gives the focus back. */
  closed(): void;
  open(image: number): void;
  menu(image: number, at: { readonly x: number; readonly y: number }): void;
}

const ZOOM_STEP = 1.25;
const LARGEST_ZOOM = 16;
/** A picture that is zoomed into is asked for again when the zooming pauses. */
const ZOOM_PAUSE_MS = 150;
/** Pixels of the longer edge that the host gives at most. */
const LARGEST_PICTURE = 4096;

/** One image as large as the page, over the gallery, with the evidence beside it. */
export class LargeView {
  readonly element: HTMLElement;
  readonly #pictures: Thumbnails;
  readonly #events: LargeViewEvents;
  readonly #details: ImageDetails;
  readonly #place = element('span', {
    class: 'number quiet',
    role: 'status',
    'data-testid': 'results-large-place',
  });
  readonly #given = element('span', {
    class: 'large-given',
    role: 'status',
    'data-testid': 'results-large-given',
  });
  readonly #zoomed = element('span', { class: 'number quiet' });
  readonly #stage: HTMLElement;
  readonly #picture = element('img', {
    class: 'large-picture',
    alt: '',
    draggable: 'false',
    'data-testid': 'results-large-picture',
  });
  readonly #missing = element('p', { class: 'quiet' }, icon('file-media'), ' ', t('No preview'));
  #content: LargeContent | undefined;
  #position = 0;
  #zoom = 1;
  #asking: ReturnType<typeof setTimeout> | undefined;

  constructor(pictures: Thumbnails, source: DetailsHost, events: LargeViewEvents) {
    this.#pictures = pictures;
    this.#events = events;
    this.#details = new ImageDetails(source, '', 'results-large-details');
    this.#stage = element('div', { class: 'stage', tabindex: 0 }, this.#picture, this.#missing);
    const button = (name: string, title: string, run: () => void, testId: string) =>
      iconButton(name, title, run, testId);
    this.element = element(
      'section',
      {
        class: 'large-view',
        role: 'dialog',
        'aria-modal': 'true',
        'aria-label': t('Large view'),
        'data-testid': 'results-large',
      },
      element(
        'div',
        { class: 'large-tools' },
        button(
          'arrow-left',
          t('Previous Image'),
          () => this.#go(this.#position - 1),
          'results-large-previous',
        ),
        button('arrow-right', t('Next Image'), () => this.#go(this.#position + 1), 'results-large-next'),
        this.#place,
        this.#given,
        button('zoom-out', t('Zoom Out'), () => this.#zoomTo(this.#zoom / ZOOM_STEP), 'results-large-out'),
        button('zoom-in', t('Zoom In'), () => this.#zoomTo(this.#zoom * ZOOM_STEP), 'results-large-in'),
        button('screen-normal', t('Fit'), () => this.#zoomTo(1), 'results-large-fit'),
        this.#zoomed,
        element('span', { class: 'space' }),
        button('go-to-file', t('Open Image'), () => this.#withImage(events.open), 'results-large-open'),
        button('close', t('Close'), () => this.close(), 'results-large-close'),
      ),
      element('div', { class: 'large-body' }, this.#stage, this.#details.element),
    );
    this.element.hidden = true;
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      this.#withImage((image) => this.#events.menu(image, { x: event.clientX, y: event.clientY }));
    });
    this.#stage.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.#zoomTo(this.#zoom * (event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP), event);
      },
      { passive: false },
    );
    this.#stage.addEventListener('dblclick', (event) => this.#zoomTo(this.#zoom > 1 ? 1 : 2, event));
    this.#drags();
    new ResizeObserver(() => this.#ask()).observe(this.#stage);
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** Opens, or goes to an image. */
  open(content: LargeContent, image: number): void {
    this.#content = content;
    const position = content.images.indexOf(image);
    if (position < 0) return;
    this.element.hidden = false;
    this.#show(position);
    this.#stage.focus({ preventScroll: true });
  }

  /** The images are others, or in another order: the one that is shown stays. */
  follow(content: LargeContent): void {
    if (!this.isOpen) return;
    const image = this.#content?.images[this.#position];
    this.#content = content;
    const position = image === undefined ? -1 : content.images.indexOf(image);
    if (position < 0) this.close();
    else {
      this.#position = position;
      this.#sayPlace();
    }
  }

  /** The image that is shown. */
  get current(): number | undefined {
    return this.isOpen ? this.#content?.images[this.#position] : undefined;
  }

  /** Goes to an image, or on to the one after it. @returns whether there is one */
  goTo(image: number, by = 0): boolean {
    const position = (this.#content?.images.indexOf(image) ?? -1) + by;
    if (this.#content?.images[position] === undefined) return false;
    this.#go(position);
    return true;
  }

  /** What a person said of the image is another. */
  showGiven(): void {
    const { current } = this;
    const badge = current === undefined ? undefined : this.#content?.badge(current);
    this.#given.replaceChildren(...(badge ? [badge] : []));
  }

  /** What is said of the image may be another. */
  renew(): void {
    const content = this.#content;
    if (content && this.isOpen) this.#details.renew(content.table, content.labels);
  }

  close(): void {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.#withImage((image) => this.#pictures.forget(image));
    this.#events.closed();
  }

  focus(): void {
    this.#stage.focus({ preventScroll: true });
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = (this.#content?.images.length ?? 1) - 1;
    const pan = this.#zoom > 1 && event.target === this.#stage;
    const actions: Record<string, () => void> = {
      Escape: () => this.close(),
      z: () => this.close(),
      Z: () => this.close(),
      ArrowLeft: () => (pan ? this.#pan(-1, 0) : this.#go(this.#position - 1)),
      ArrowRight: () => (pan ? this.#pan(1, 0) : this.#go(this.#position + 1)),
      ArrowUp: () => (pan ? this.#pan(0, -1) : this.#go(this.#position - 1)),
      ArrowDown: () => (pan ? this.#pan(0, 1) : this.#go(this.#position + 1)),
      PageUp: () => this.#go(this.#position - 1),
      PageDown: () => this.#go(this.#position + 1),
      Home: () => this.#go(0),
      End: () => this.#go(last),
      '+': () => this.#zoomTo(this.#zoom * ZOOM_STEP),
      '=': () => this.#zoomTo(this.#zoom * ZOOM_STEP),
      '-': () => this.#zoomTo(this.#zoom / ZOOM_STEP),
      '0': () => this.#zoomTo(1),
      ContextMenu: () => this.#menuByKey(),
      ...(event.shiftKey ? { F10: () => this.#menuByKey() } : {}),
      Tab: () => this.#keepFocus(event),
    };
    if (!Object.hasOwn(actions, event.key)) return;
    // Text is read with the arrow keys.
    const target = event.target as Element;
    if (event.key.startsWith('Arrow') && this.#details.element.contains(target)) return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }

  /** What lies below is not reached by Tab while this is open. */
  #keepFocus(event: KeyboardEvent): void {
    const stops = [...this.element.querySelectorAll<HTMLElement>('button, [tabindex="0"]')].filter(
      (stop) => stop.offsetParent !== null,
    );
    const at = stops.indexOf(document.activeElement as HTMLElement);
    const end = event.shiftKey ? 0 : stops.length - 1;
    if (at !== end) return;
    event.preventDefault();
    stops[event.shiftKey ? stops.length - 1 : 0]?.focus();
  }

  #menuByKey(): void {
    const { left, top, width, height } = this.#stage.getBoundingClientRect();
    this.#withImage((image) => this.#events.menu(image, { x: left + width / 2, y: top + height / 2 }));
  }

  #withImage(run: (image: number) => void): void {
    const image = this.#content?.images[this.#position];
    if (image !== undefined) run(image);
  }

  #go(position: number): void {
    const images = this.#content?.images ?? [];
    if (position < 0 || position >= images.length || position === this.#position) return;
    this.#withImage((image) => this.#pictures.forget(image));
    this.#show(position);
    this.#events.moved(images[position]);
  }

  #show(position: number): void {
    const content = this.#content;
    if (!content) return;
    this.#position = position;
    this.#zoom = 1;
    this.#picture.removeAttribute('src');
    this.#picture.hidden = true;
    this.#missing.hidden = true;
    this.#layout();
    this.#sayPlace();
    this.showGiven();
    const image = content.images[position];
    void this.#details.show(image, content.table, content.labels).then((name) => {
      if (name !== undefined) setReadAttribute(this.#picture, 'alt', name);
    });
    this.#askNow();
  }

  #sayPlace(): void {
    const images = this.#content?.images ?? [];
    setText(this.#place, t('{0} of {1}', count(this.#position + 1), count(images.length)));
  }

  #zoomTo(zoom: number, at?: { readonly clientX: number; readonly clientY: number }): void {
    const before = this.#zoom;
    this.#zoom = Math.min(LARGEST_ZOOM, Math.max(1, zoom));
    const { left, top, width, height } = this.#stage.getBoundingClientRect();
    // What is under the pointer, or in the middle, stays there.
    const x = at ? at.clientX - left : width / 2;
    const y = at ? at.clientY - top : height / 2;
    const ratio = this.#zoom / before;
    const to = {
      left: (this.#stage.scrollLeft + x) * ratio - x,
      top: (this.#stage.scrollTop + y) * ratio - y,
    };
    this.#layout();
    this.#stage.scrollTo({ ...to, behavior: 'instant' });
    this.#ask();
  }

  #layout(): void {
    const size = `${100 * this.#zoom}%`;
    this.#picture.style.width = size;
    this.#picture.style.height = size;
    this.#stage.classList.toggle('zoomed', this.#zoom > 1);
    setText(this.#zoomed, this.#zoom > 1 ? `${this.#zoom.toFixed(1)}×` : '');
  }

  #pan(x: number, y: number): void {
    const { clientWidth, clientHeight } = this.#stage;
    this.#stage.scrollBy({ left: (x * clientWidth) / 8, top: (y * clientHeight) / 8, behavior: 'instant' });
  }

  #drags(): void {
    let from: { x: number; y: number } | undefined;
    this.#stage.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || this.#zoom === 1) return;
      from = { x: event.clientX, y: event.clientY };
      this.#stage.setPointerCapture(event.pointerId);
    });
    this.#stage.addEventListener('pointermove', (event) => {
      if (!from) return;
      this.#stage.scrollBy({
        left: from.x - event.clientX,
        top: from.y - event.clientY,
        behavior: 'instant',
      });
      from = { x: event.clientX, y: event.clientY };
    });
    for (const end of ['pointerup', 'pointercancel']) {
      this.#stage.addEventListener(end, () => {
        from = undefined;
      });
    }
  }

  #ask(): void {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#askNow(), ZOOM_PAUSE_MS);
  }

  /** Asks for a picture that is sharp at this size. */
  #askNow(): void {
    const { clientWidth, clientHeight } = this.#stage;
    if (!this.isOpen || clientWidth === 0) return;
    const size = Math.min(LARGEST_PICTURE, devicePixels(Math.max(clientWidth, clientHeight) * this.#zoom));
    this.#withImage((image) =>
      this.#pictures.want(image, size, (url) => {
        if (this.#content?.images[this.#position] !== image) return;
        this.#missing.hidden = url !== undefined;
        this.#picture.hidden = url === undefined;
        if (url !== undefined) this.#picture.src = url;
      }),
    );
  }
}
