import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { type SplitName, splitNames } from '../../src/core/folders/layout.ts';
import { element, icon, label, select, setReadAttribute, setText } from '../common/element.ts';
import { count, plural, t } from '../common/language.ts';
import { type Look, looks } from './imageLooks.ts';
import type { Kind, Sort } from './resultTable.ts';
import { undecided } from './words.ts';

const KINDS: readonly (readonly [Kind, string])[] = [
  ['all', t('All Images')],
  ['wrong', t('Wrong')],
  ['right', t('Right')],
  ['unknown', t('No True Label')],
  ['unsure', t('Not Sure')],
  ['none', t('None of These')],
  ['kind', t('Common Kinds')],
  ['changed', t('Changed by Settling')],
  ['doubtful', t('Doubtful Labels')],
  ['left', t('Not Labeled')],
  ['labeled', t('Labeled')],
  ['accepted', t('Accepted')],
  ['rejected', t('Labeled None of These')],
  ['agent', t('Labeled by Agents')],
];

const SORTS: readonly (readonly [Sort, string])[] = [
  ['arrival', t('As Classified')],
  ['least-sure', t('Least Sure')],
  ['most-sure', t('Most Sure')],
  ['wrong-first', t('Wrong First')],
  ['name', t('Name')],
  ['proposed', t('Proposed First')],
];

const SPLITS: readonly (readonly [SplitName | '', string])[] = [
  ['', t('All Splits')],
  ...splitNames.map((name) => [name, name] as const),
];

/** Which images the gallery shows. */
export interface GalleryFilter {
  readonly kind: Kind;
  /** Set by the confusion matrix; by label index. */
  readonly truth: number | undefined;
  /** Set by the list of labels, too; -1 where nothing is decided. */
  readonly predicted: number | undefined;
  /** Images of one split alone. */
  readonly split: SplitName | undefined;
  /** Confidence in percent, both included. */
  readonly least: number;
  readonly most: number;
  /** Part of the name. */
  readonly text: string;
  /** Only images that are nearly the same as another one, say. */
  readonly look: Look | undefined;
}

/** All images. */
export const NO_FILTER: GalleryFilter = {
  kind: 'all',
  truth: undefined,
  predicted: undefined,
  split: undefined,
  least: 0,
  most: 100,
  text: '',
  look: undefined,
};

export interface GalleryArrangement extends GalleryFilter {
  readonly sort: Sort;
  /** Chosen width of a tile; undefined: as it fits. */
  readonly tileSize: number | undefined;
}

/** Typing goes on for so long before images are filtered by it. */
const TYPING_MS = 200;

export interface GalleryToolsEvents {
  change(change: Partial<GalleryArrangement>): void;
  showNewer(): void;
}

/** What the line above the gallery is about. */
interface ShownTools {
  readonly labels: readonly string[];
  /** Indices of the splits of the images. */
  readonly splits: ReadonlySet<number>;
  readonly newer: number;
  /** Whether near-duplicates can be looked for. */
  readonly over: boolean;
  /** How many images are what, once that is known. */
  readonly counts: Readonly<Record<Look, number>> | undefined;
}

/** The line above the gallery: which images, and in which order. */
export class GalleryTools {
  readonly element: HTMLElement;
  readonly #events: GalleryToolsEvents;
  readonly #text: HTMLInputElement;
  readonly #kind: VscodeSingleSelect;
  readonly #split: VscodeSingleSelect;
  readonly #least: HTMLInputElement;
  readonly #most: HTMLInputElement;
  readonly #looks: ReadonlyMap<Look, HTMLButtonElement>;
  readonly #sort: VscodeSingleSelect;
  readonly #chip: HTMLElement;
  readonly #clear: HTMLElement;
  readonly #newer: HTMLElement;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor({ kind, split, sort }: GalleryArrangement, events: GalleryToolsEvents) {
    this.#events = events;
    const { change } = events;
    this.#text = element('input', {
      type: 'search',
      class: 'field',
      placeholder: t('Search names'),
      'aria-label': t('Search names'),
      'data-testid': 'results-search',
      oninput: () => this.#typed(),
    });
    this.#kind = select(t('Filter images'), KINDS, kind, 'results-filter', (kind) => change({ kind }));
    this.#split = select(t('Show images of'), SPLITS, split ?? '', 'results-split', (chosen) =>
      change({ split: splitNames.find((name) => name === chosen) }),
    );
    this.#least = percentField(t('Least confidence in percent'), 'results-least', 0, (least) =>
      change({ least }),
    );
    this.#most = percentField(t('Most confidence in percent'), 'results-most', 100, (most) =>
      change({ most }),
    );
    const pressed = (look: Look) => this.#looks.get(look)?.getAttribute('aria-pressed') === 'true';
    this.#looks = new Map(
      looks.map((look) => [
        look,
        element('button', {
          type: 'button',
          class: 'toggle',
          'data-testid': `results-${look}`,
          onclick: () => change({ look: pressed(look) ? undefined : look }),
        }),
      ]),
    );
    this.#sort = select(t('Sort images by'), SORTS, sort, 'results-sort', (sort) => change({ sort }));
    const chip = (testId: string, onclick: () => void) =>
      element('button', { class: 'chip', type: 'button', 'data-testid': testId, onclick });
    this.#chip = chip('results-chip', () => change({ truth: undefined, predicted: undefined }));
    this.#clear = element(
      'button',
      {
        class: 'link-button',
        type: 'button',
        'data-testid': 'results-clear',
        onclick: () => change(NO_FILTER),
      },
      t('Clear Filters'),
    );
    this.#newer = chip('results-newer', events.showNewer);
    this.element = element(
      'div',
      { class: 'gallery-tools', role: 'group', 'aria-label': t('Filter and order') },
      this.#text,
      this.#kind,
      this.#split,
      element(
        'span',
        { class: 'range', title: t('Confidence in percent') },
        this.#least,
        element('span', { 'aria-hidden': 'true' }, '–'),
        this.#most,
        element('span', { class: 'quiet', 'aria-hidden': 'true' }, '%'),
      ),
      ...this.#looks.values(),
      this.#sort,
      this.#chip,
      this.#clear,
      this.#newer,
    );
  }

  show(arrangement: GalleryArrangement, { labels, splits, newer, over, counts }: ShownTools): void {
    const { kind, sort, truth, predicted, split, least, most, text, look } = arrangement;
    if (this.#kind.value !== kind) this.#kind.value = kind;
    if (this.#split.value !== (split ?? '')) this.#split.value = split ?? '';
    this.#split.hidden = splits.size < 2 && split === undefined;
    if (this.#sort.value !== sort) this.#sort.value = sort;
    setField(this.#least, String(least));
    setField(this.#most, String(most));
    if (this.#text.value !== text && this.#typing === undefined) this.#text.value = text;
    for (const [one, button] of this.#looks) {
      const found = counts?.[one];
      button.setAttribute('aria-pressed', String(one === look));
      button.disabled = !over;
      // What there is none of is not offered; near-duplicates always, since asking for them finds the others, too.
      button.hidden = one !== look && one !== 'alike' && !found;
      setText(button, found === undefined ? lookName(one) : t('{0}: {1}', lookName(one), count(found)));
      setReadAttribute(
        button,
        'title',
        over ? lookTitle(one) : t('Near-duplicates can be found when all images are classified'),
      );
    }
    this.#chip.hidden = truth === undefined && predicted === undefined;
    const name = (index: number | undefined) =>
      index === undefined ? t('any label') : index < 0 ? undecided() : (labels[index] ?? '');
    this.#chip.replaceChildren(
      ...(truth === undefined ? [] : [label(name(truth)), ' → ']),
      label(name(predicted)),
      ' ',
      icon('close'),
    );
    setReadAttribute(
      this.#chip,
      'title',
      t('Showing true label {0}, predicted {1}. Click to show all images.', name(truth), name(predicted)),
    );
    this.#clear.hidden = !isFiltered(arrangement);
    this.#newer.hidden = newer === 0;
    setText(this.#newer, plural(newer, 'Show {0} New Image', 'Show {0} New Images'));
  }

  #typed(): void {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      this.#typing = undefined;
      this.#events.change({ text: this.#text.value });
    }, TYPING_MS);
  }
}

function lookName(look: Look): string {
  switch (look) {
    case 'alike':
      return t('Near-Duplicates');
    case 'odd':
      return t('Odd');
    case 'blank':
      return t('Blank');
    case 'tiny':
      return t('Tiny');
  }
}

function lookTitle(look: Look): string {
  switch (look) {
    case 'alike':
      return t('Show images that are nearly the same as another one, side by side');
    case 'odd':
      return t('Show images that are unlike all others');
    case 'blank':
      return t('Show images with nothing on them');
    case 'tiny':
      return t('Show images of few pixels');
  }
}

/** Whether any image may be hidden. */
function isFiltered(filter: GalleryFilter): boolean {
  return Object.entries(NO_FILTER).some(([part, value]) => filter[part as keyof GalleryFilter] !== value);
}

/** @param otherwise where nothing is typed */
function percentField(
  name: string,
  testId: string,
  otherwise: number,
  changed: (value: number) => void,
): HTMLInputElement {
  const field = element('input', {
    type: 'number',
    class: 'field number',
    min: 0,
    max: 100,
    step: 5,
    'aria-label': name,
    'data-testid': testId,
    onchange: () => {
      const value = field.value === '' ? otherwise : Math.min(100, Math.max(0, Number(field.value)));
      field.value = String(value);
      changed(value);
    },
  });
  return field;
}

/** A field that is being typed in is left alone. */
function setField(field: HTMLInputElement, value: string): void {
  if (field.value !== value && field !== document.activeElement) field.value = value;
}
