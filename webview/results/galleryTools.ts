import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { element, icon, label, select, setReadAttribute, setText } from '../common/element.ts';
import { plural, t } from '../common/language.ts';
import type { Kind, Sort } from './resultTable.ts';
import { TILE_SIZES } from './tileLayout.ts';
import { undecided } from './words.ts';

const KINDS: readonly (readonly [Kind, string])[] = [
  ['all', t('All Images')],
  ['wrong', t('Wrong')],
  ['right', t('Right')],
  ['unsure', t('Not Sure')],
];

const SORTS: readonly (readonly [Sort, string])[] = [
  ['arrival', t('As Classified')],
  ['least-sure', t('Least Sure')],
  ['most-sure', t('Most Sure')],
  ['wrong-first', t('Wrong First')],
  ['name', t('Name')],
];

export interface GalleryArrangement {
  readonly kind: Kind;
  readonly sort: Sort;
  /** Set by the confusion matrix; by label index. */
  readonly truth: number | undefined;
  readonly predicted: number | undefined;
  /** Chosen width of a tile; undefined: as it fits. */
  readonly tileSize: number | undefined;
}

/** The line above the gallery: which images, in which order, and how many of them. */
export class GalleryTools {
  readonly element: HTMLElement;
  readonly #kind: VscodeSingleSelect;
  readonly #sort: VscodeSingleSelect;
  readonly #chip: HTMLElement;
  readonly #newer: HTMLElement;
  readonly #size: HTMLInputElement;
  readonly #count = element('span', { class: 'quiet number', role: 'status' });

  constructor(
    arrangement: GalleryArrangement,
    change: (change: Partial<GalleryArrangement>) => void,
    showNewer: () => void,
  ) {
    const { kind, sort } = arrangement;
    this.#kind = select(t('Filter images'), KINDS, kind, 'results-filter', (kind) => change({ kind }));
    this.#sort = select(t('Sort images by'), SORTS, sort, 'results-sort', (sort) => change({ sort }));
    this.#chip = element('button', {
      class: 'chip',
      type: 'button',
      'data-testid': 'results-chip',
      onclick: () => change({ truth: undefined, predicted: undefined }),
    });
    this.#newer = element('button', {
      class: 'chip',
      type: 'button',
      'data-testid': 'results-newer',
      onclick: showNewer,
    });
    this.#size = element('input', {
      type: 'range',
      min: TILE_SIZES.least,
      max: TILE_SIZES.most,
      step: 4,
      title: t('Thumbnail size'),
      'aria-label': t('Thumbnail size'),
      'data-testid': 'results-size',
      oninput: () => change({ tileSize: Number(this.#size.value) }),
    });
    this.element = element(
      'div',
      { class: 'gallery-tools' },
      this.#kind,
      this.#sort,
      this.#chip,
      this.#newer,
      this.#count,
      this.#size,
    );
  }

  /** Shows the width that tiles have where nobody chose one. */
  set tileSize(size: number) {
    if (Number(this.#size.value) !== size) this.#size.value = String(size);
  }

  show(
    { kind, sort, truth, predicted }: GalleryArrangement,
    labels: readonly string[],
    numbers: { shown: number; of: number; newer: number },
  ): void {
    if (this.#kind.value !== kind) this.#kind.value = kind;
    if (this.#sort.value !== sort) this.#sort.value = sort;
    this.#chip.hidden = truth === undefined && predicted === undefined;
    const name = (index: number | undefined) =>
      index === undefined ? t('any label') : index < 0 ? undecided() : (labels[index] ?? '');
    this.#chip.replaceChildren(label(name(truth)), ' → ', label(name(predicted)), ' ', icon('close'));
    setReadAttribute(
      this.#chip,
      'title',
      t('Showing true label {0}, predicted {1}. Click to show all images.', name(truth), name(predicted)),
    );
    this.#newer.hidden = numbers.newer === 0;
    setText(this.#newer, plural(numbers.newer, 'Show {0} New Image', 'Show {0} New Images'));
    setText(this.#count, numbers.shown === numbers.of ? '' : t('{0} of {1}', numbers.shown, numbers.of));
  }
}
