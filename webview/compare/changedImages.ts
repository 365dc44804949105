import type { ChangeFilter, ChangeGroups, ChangeKind } from '../../src/core/evidence/changes.ts';
import { oneLine } from '../../src/core/text/plainText.ts';
import type { ChangedItem } from '../../src/protocol/compareView.ts';
import { element, icon, label, linkButton, select, setReadAttribute, textButton } from '../common/element.ts';
import { count, plural, t } from '../common/language.ts';
import { byteSource, devicePixels, Thumbnails } from '../common/thumbnails.ts';

/** What the gallery asks of the host. */
export interface ChangedSource {
  items(
    filter: ChangeFilter,
    from: number,
    to: number,
  ): Promise<{ readonly items: readonly ChangedItem[]; readonly matching: number }>;
  thumbnail(image: number, size: number, signal: AbortSignal): Promise<{ type: string; bytes: Uint8Array }>;
  open(image: number): void;
  /** Shows it in one of the results that are compared. */
  showInResult(image: number, side: 0 | 1): void;
}

/** What the list is about. */
export interface ShownChanges {
  /** All images that change; those that are listed may be fewer. */
  readonly changed: number;
  readonly groups: ChangeGroups;
  /** Whether results are compared: images can be shown in them. */
  readonly ofResults: boolean;
}

const ALL = 'all';
type FilterValue = typeof ALL | ChangeKind | `pair ${number}`;

/** Images shown before more are asked for. */
const PAGE = 48;
/** CSS pixels of a picture's edge. */
const PICTURE = 128;
const PICTURES_KEPT = 400;

/** Images for which two alignments or results have different labels: what each says, and what is true. */
export class ChangedImages {
  readonly element = element('section', { 'aria-label': t('Images that change') });
  readonly #source: ChangedSource;
  readonly #list = element('ul', { class: 'changed', 'data-testid': 'compare-images' });
  readonly #more = element('div', { class: 'more' });
  readonly #thumbnails: Thumbnails;
  readonly #seen: IntersectionObserver;
  #shown = 0;
  readonly #tools = element('div', { class: 'change-tools' });
  #changes: ShownChanges | undefined;
  #filter: ChangeFilter = {};
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

  show(changes: ShownChanges): void {
    const { changed, groups } = changes;
    this.#changes = changes;
    this.#filter = {};
    this.#thumbnails.clear();
    this.#tools.replaceChildren(...(changed === 0 ? [] : [this.#select(groups)]));
    this.element.replaceChildren(
      element(
        'h2',
        {},
        changed === 0 ? t('No images change') : plural(changed, '{0} image changes', '{0} images change'),
      ),
      this.#tools,
      this.#list,
      this.#more,
    );
    this.#begin();
  }

  /** The list from its beginning. */
  #begin(): void {
    this.#turn++;
    this.#shown = 0;
    this.#seen.disconnect();
    this.#list.replaceChildren();
    this.#more.replaceChildren();
    if (this.#changes && this.#changes.changed > 0) void this.#load();
  }

  /** What changed: who is right, and which label became which. */
  #select({ kinds, pairs }: ChangeGroups): HTMLElement {
    const total = Object.values(kinds).reduce((sum, count) => sum + count, 0);
    const counted = (text: string, images: number) => t('{0} ({1})', text, count(images));
    const names: readonly (readonly [ChangeKind, string])[] = [
      ['first', t('Only the First Is Right')],
      ['second', t('Only the Second Is Right')],
      ['neither', t('Both Are Wrong')],
      ['unknown', t('No True Label')],
    ];
    const options: (readonly [FilterValue, string])[] = [
      [ALL, counted(t('All Changes'), total)],
      ...names
        .filter(([kind]) => kinds[kind] > 0)
        .map(([kind, text]) => [kind, counted(text, kinds[kind])] as const),
      ...pairs.map(({ labels, images }, at): readonly [FilterValue, string] => {
        const [first, second] = labels.map((text) => (text === '' ? t('undecided') : oneLine(text, 60)));
        return [`pair ${at}`, counted(t('{0} → {1}', first, second), images)];
      }),
    ];
    return select(t('Filter changes'), options, ALL, 'compare-filter', (value) => {
      const pair = /^pair (\d+)$/.exec(value)?.[1];
      this.#filter =
        pair !== undefined
          ? { labels: pairs[Number(pair)].labels }
          : value === ALL
            ? {}
            : { kind: value as ChangeKind };
      this.#begin();
    });
  }

  async #load(): Promise<void> {
    const turn = this.#turn;
    const from = this.#shown;
    const { items, matching } = await this.#source
      .items(this.#filter, from, from + PAGE)
      .catch(() => ({ items: [], matching: 0 }));
    // The same images may be asked for twice.
    if (turn !== this.#turn || from !== this.#shown) return;
    const tiles = items.map((item) => this.#tile(item));
    this.#shown += items.length;
    this.#list.append(...tiles);
    for (const tile of tiles) this.#seen.observe(tile);
    const rest = matching - this.#shown;
    this.#more.replaceChildren(
      ...(rest > 0 && items.length > 0
        ? [textButton(t('Show More ({0})', rest), () => void this.#load(), { secondary: true })]
        : []),
    );
    if (from > 0) tiles[0]?.querySelector('button')?.focus();
  }

  #tile({ image, name, labels, truth }: ChangedItem): HTMLElement {
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
      this.#changes?.ofResults
        ? element(
            'div',
            { class: 'tile-links' },
            this.#resultLink(image, name, 0),
            this.#resultLink(image, name, 1),
          )
        : undefined,
    );
  }

  #resultLink(image: number, name: string, side: 0 | 1): HTMLElement {
    const title = t('Show {0} in result {1}', name, String(side + 1));
    const link = linkButton(
      t('Show in {0}', String(side + 1)),
      () => this.#source.showInResult(image, side),
      `compare-show-${side + 1}`,
      title,
    );
    setReadAttribute(link, 'aria-label', title);
    return link;
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
