import type { ChangedItem } from '../../src/protocol/compareView.ts';
import { element, icon, label, textButton } from '../common/element.ts';
import { plural, t } from '../common/language.ts';
import { byteSource, devicePixels, Thumbnails } from '../common/thumbnails.ts';

/** What the gallery asks of the host. */
export interface ChangedSource {
  items(from: number, to: number): Promise<readonly ChangedItem[]>;
  thumbnail(image: number, size: number, signal: AbortSignal): Promise<{ type: string; bytes: Uint8Array }>;
  open(image: number): void;
}

/** Images shown before more are asked for. */
const PAGE = 48;
/** CSS pixels of a picture's edge. */
const PICTURE = 128;
const PICTURES_KEPT = 400;

/** Images for which two alignments predict different labels: what each says, and what is true. */
export class ChangedImages {
  readonly element = element('section', { 'aria-label': t('Images that change') });
  readonly #source: ChangedSource;
  readonly #list = element('ul', { class: 'changed', 'data-testid': 'compare-images' });
  readonly #more = element('div', { class: 'more' });
  readonly #thumbnails: Thumbnails;
  readonly #seen: IntersectionObserver;
  #shown = 0;
  #named = 0;
  #turn = 0;

  constructor(source: ChangedSource) {
    this.#source = source;
    this.#thumbnails = new Thumbnails(
      byteSource((image, size, signal) => source.thumbnail(image, size, signal)),
      { kept: PICTURES_KEPT, atATime: 4 },
    );
    this.#seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#see(target as HTMLElement, isIntersecting);
    });
  }

  /** @param changed all of them; `named` of them can be shown */
  show(changed: number, named: number): void {
    this.#turn++;
    this.#shown = 0;
    this.#named = named;
    this.#thumbnails.clear();
    this.#seen.disconnect();
    this.#list.replaceChildren();
    this.#more.replaceChildren();
    this.element.replaceChildren(
      element(
        'h2',
        {},
        changed === 0 ? t('No images change') : plural(changed, '{0} image changes', '{0} images change'),
      ),
      this.#list,
      this.#more,
    );
    if (named > 0) void this.#load();
  }

  async #load(): Promise<void> {
    const turn = this.#turn;
    const from = this.#shown;
    const items = await this.#source.items(from, Math.min(this.#named, from + PAGE)).catch(() => []);
    if (turn !== this.#turn) return;
    const tiles = items.map((item, i) => this.#tile(item, from + i));
    this.#shown += items.length;
    this.#list.append(...tiles);
    for (const tile of tiles) this.#seen.observe(tile);
    const rest = this.#named - this.#shown;
    this.#more.replaceChildren(
      ...(rest > 0 && items.length > 0
        ? [textButton(t('Show More ({0})', rest), () => void this.#load(), { secondary: true })]
        : []),
    );
    if (from > 0) tiles[0]?.querySelector('button')?.focus();
  }

  #tile({ name, labels, truth }: ChangedItem, image: number): HTMLElement {
    const line = (which: string, text: string) =>
      element(
        'span',
        { class: 'tile-line' },
        element('span', { class: 'quiet' }, `${which} `),
        truth === undefined ? undefined : icon(text === truth ? 'check' : 'close'),
        truth === undefined
          ? undefined
          : element('span', { class: 'visually-hidden' }, `${text === truth ? t('right') : t('wrong')}, `),
        text === '' ? element('span', {}, t('undecided')) : label(text),
      );
    return element(
      'li',
      { 'data-image': image },
      element(
        'button',
        { type: 'button', class: 'tile', title: name, onclick: () => this.#source.open(image) },
        element('span', { class: 'picture', 'aria-hidden': 'true' }),
        line('1', labels[0]),
        line('2', labels[1]),
        truth === undefined
          ? element('span', { class: 'tile-line quiet' }, t('no true label'))
          : element('span', { class: 'tile-line quiet' }, label(t('true: {0}', truth))),
        element('span', { class: 'visually-hidden' }, `. ${t('Opens {0}', name)}`),
      ),
    );
  }

  #see(tile: HTMLElement, seen: boolean): void {
    const image = Number(tile.dataset['image']);
    if (!seen) {
      this.#thumbnails.forget(image);
      return;
    }
    this.#thumbnails.want(image, devicePixels(PICTURE), (url) => {
      const place = tile.querySelector('.picture');
      if (!place) return;
      if (url === undefined) place.replaceChildren(icon('warning'));
      else place.replaceChildren(element('img', { src: url, alt: '' }));
    });
  }
}
