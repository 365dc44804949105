import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { element, icon, label, setReadAttribute, setText } from '../common/element.ts';
import type { Kind, Sort } from './selection.ts';
import { UNDECIDED } from './words.ts';

const KINDS: readonly (readonly [Kind, string])[] = [
  ['all', 'All images'],
  ['wrong', 'Wrong'],
  ['right', 'Right'],
  ['unsure', 'Not sure'],
];

const SORTS: readonly (readonly [Sort, string])[] = [
  ['arrival', 'As classified'],
  ['least-sure', 'Least sure'],
  ['most-sure', 'Most sure'],
  ['wrong-first', 'Wrong first'],
  ['name', 'Name'],
];

export interface GalleryArrangement {
  readonly kind: Kind;
  readonly sort: Sort;
  /** Set by the confusion matrix; by label index. */
  readonly truth: number | undefined;
  readonly predicted: number | undefined;
}

/** The line above the gallery: which images, in which order, and how many of them. */
export class GalleryTools {
  readonly element: HTMLElement;
  readonly #kind: VscodeSingleSelect;
  readonly #sort: VscodeSingleSelect;
  readonly #chip: HTMLElement;
  readonly #newer: HTMLElement;
  readonly #count = element('span', { class: 'quiet number', role: 'status' });

  constructor(
    arrangement: GalleryArrangement,
    change: (change: Partial<GalleryArrangement>) => void,
    showNewer: () => void,
  ) {
    this.#kind = select('Images shown', KINDS, arrangement.kind, 'results-filter');
    this.#kind.addEventListener('change', () => change({ kind: this.#kind.value as Kind }));
    this.#sort = select('Order of the images', SORTS, arrangement.sort, 'results-sort');
    this.#sort.addEventListener('change', () => change({ sort: this.#sort.value as Sort }));
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
    this.element = element(
      'div',
      { class: 'gallery-tools' },
      this.#kind,
      this.#sort,
      this.#chip,
      this.#newer,
      this.#count,
    );
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
      index === undefined ? 'any' : index < 0 ? UNDECIDED : (labels[index] ?? '');
    this.#chip.replaceChildren(label(name(truth)), ' → ', label(name(predicted)), ' ', icon('close'));
    setReadAttribute(
      this.#chip,
      'title',
      `Shown: true label ${name(truth)}, predicted ${name(predicted)}. Click to show all.`,
    );
    this.#newer.hidden = numbers.newer === 0;
    setText(this.#newer, `Show ${numbers.newer.toLocaleString()} new`);
    setText(
      this.#count,
      numbers.shown === numbers.of
        ? ''
        : `${numbers.shown.toLocaleString()} of ${numbers.of.toLocaleString()}`,
    );
  }
}

function select<Value extends string>(
  name: string,
  options: readonly (readonly [Value, string])[],
  chosen: Value,
  testId: string,
): VscodeSingleSelect {
  return element(
    'vscode-single-select',
    { label: name, 'aria-label': name, title: name, 'data-testid': testId },
    ...options.map(([value, text]) => element('vscode-option', { value, selected: value === chosen }, text)),
  ) as VscodeSingleSelect;
}
