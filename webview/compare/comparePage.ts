import { say } from '../common/language.ts';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import type { CellDifference } from '../../src/core/alignments/alignmentDifference.ts';
import { measuredLines } from '../../src/core/metrics/measuredText.ts';
import type {
  ComparedImages,
  CompareState,
  CompareViewApi,
  ComparisonSource,
} from '../../src/protocol/compareView.ts';
import type { Connection } from '../common/connection.ts';
import {
  element,
  icon,
  label,
  linkButton,
  setReadAttribute,
  setText,
  textButton,
} from '../common/element.ts';
import { emptyNotice, failureNotice, problemNotice, workingNotice } from '../common/notice.ts';
import { keepScroll } from '../common/scrollPlace.ts';
import { ChangedImages } from './changedImages.ts';
import { countOf, figureRows, verdict, weightText } from './words.ts';

type Ready = Extract<CompareState, { kind: 'ready' }>;

/** What survives hiding and reloading. */
export interface ComparePageState {
  /** The comparison that is shown, and what it takes to bring it back. */
  readonly source: ComparisonSource | undefined;
  /** How far it is scrolled. */
  readonly top: number;
}

export const DEFAULT_STATE: ComparePageState = { source: undefined, top: 0 };

/** Differing cells listed before the rest is only counted. */
const LISTED = 300;

/** Two alignments side by side: figures, images that change, cells that differ. */
export class ComparePage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<CompareViewApi, ComparePageState>;
  readonly #figures = element('section', { 'aria-label': 'Figures', 'data-testid': 'compare-figures' });
  readonly #changed: ChangedImages;
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #outdated = element('div', {
    class: 'outdated',
    role: 'status',
    'data-testid': 'compare-outdated',
  });
  readonly #scrollTo = keepScroll((top) => this.#save({ top }));
  #state: ComparePageState;
  #scrolled = false;
  #shown: string | undefined;
  #revision = 0;
  #difference: Ready['difference'] | undefined;

  constructor(root: HTMLElement, connection: Connection<CompareViewApi, ComparePageState>) {
    this.#root = root;
    this.#connection = connection;
    this.#state = connection.state;
    root.classList.add('compare');
    root.dataset['testid'] = 'compare-page';
    const { host } = connection;
    this.#changed = new ChangedImages({
      items: (from, to) => host.call('images', { revision: this.#revision, from, to }),
      thumbnail: (image, size, signal) =>
        host.call('thumbnail', { revision: this.#revision, image, size }, { signal }),
      open: (image) => void host.call('open', { revision: this.#revision, image }),
    });
    root.replaceChildren(workingNotice('Comparing…'));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) => {
        this.#root.replaceChildren(
          failureNotice('The alignments cannot be compared', error, 'compare-problem'),
        );
      });
  }

  #show(state: CompareState): void {
    if (state.kind === 'ready') {
      this.#showReady(state);
      return;
    }
    this.#difference = undefined;
    this.#root.replaceChildren(
      emptyNotice(
        state.kind === 'lost'
          ? `The comparison cannot be shown again. ${state.message}`
          : 'Nothing is compared yet. Choose two alignment documents.',
        'Compare Alignments…',
        () => void this.#connection.host.call('choose', null),
        'compare-empty',
      ),
    );
  }

  #showReady(state: Ready): void {
    this.#revision = state.revision;
    if (JSON.stringify(state.difference) !== JSON.stringify(this.#difference)) this.#lay(state);
    this.#difference = state.difference;
    this.#showOutdated(state);
    this.#figures.replaceChildren(...this.#imagesInWords(state.images));
    const done = state.images.kind === 'done' ? state.images.comparison : undefined;
    this.#changed.element.hidden = !done;
    const shown = done && JSON.stringify([state.source, done]);
    // A list that is there already stays, and where it is scrolled to.
    if (done && shown !== this.#shown) {
      this.#changed.show(done.changed, done.named);
      setText(this.#spoken, verdict(done));
    }
    this.#shown = shown;
    this.#remember(state);
  }

  /** Figures of other versions of the documents say so, and offer to be renewed. */
  #showOutdated({ outdated }: Ready): void {
    this.#outdated.hidden = outdated === undefined;
    this.#outdated.replaceChildren(
      ...(outdated === undefined
        ? []
        : [
            icon('warning'),
            element('span', {}, label(outdated, 'sentence')),
            textButton('Compare Again', () => void this.#connection.host.call('again', null), {
              testId: 'compare-again',
            }),
          ]),
    );
  }

  /** What brings the comparison back; and back to where the page was scrolled to, when its images are there. */
  #remember({ source, images }: Ready): void {
    const { source: before, top } = this.#state;
    // While images are looked at, what they said before is still the best that is known of how many there were.
    if (images.kind === 'working') return;
    const same = JSON.stringify(before?.uris) === JSON.stringify(source.uris);
    if (!this.#scrolled && same) this.#scrollTo(top);
    this.#scrolled = true;
    if (JSON.stringify(source) !== JSON.stringify(before)) this.#save({ source });
  }

  #save(change: Partial<ComparePageState>): void {
    this.#state = { ...this.#state, ...change };
    this.#connection.save(this.#state);
  }

  /** What depends on the documents alone. */
  #lay({ sides, difference, notes }: Ready): void {
    const side = (which: 0 | 1) => {
      const { name, backbone, method, targets } = sides[which];
      return element(
        'p',
        {},
        element('strong', {}, `${which + 1} `, label(name)),
        element('span', { class: 'quiet' }, ` ${backbone} · ${method} · `),
        element('span', { class: 'quiet' }, countOf(targets, 'target label', 'target labels')),
      );
    };
    this.#root.replaceChildren(
      element('header', {}, element('h1', {}, 'Two alignments'), side(0), side(1)),
      this.#outdated,
      ...notes.map((note) => element('p', { class: 'quiet' }, label(note, 'sentence'))),
      this.#figures,
      this.#cells(difference),
      this.#changed.element,
      this.#spoken,
    );
  }

  #imagesInWords(images: ComparedImages): Node[] {
    const { host } = this.#connection;
    const choose = (verb: string) =>
      textButton(verb, () => void host.call('chooseFolder', null), {
        secondary: images.kind === 'done',
        testId: 'compare-folder',
      });
    switch (images.kind) {
      case 'none':
        return [
          element('p', {}, 'Choose a folder of images to see what the difference does to them.'),
          choose('Compare on Images…'),
        ];
      case 'working': {
        const { title, done, total } = images;
        const counted = total > 0 ? ` ${done.toLocaleString()} of ${total.toLocaleString()} images` : '';
        return [
          workingNotice(`Looking at ${title}…${counted}`),
          textButton('Cancel', () => void host.call('cancel', null), { secondary: true }),
        ];
      }
      case 'failed':
        return [
          problemNotice(
            `Not compared on ${images.title}`,
            images.problem,
            (action) => void host.call('act', { action }),
            'compare-problem',
          ),
          choose('Other Images…'),
        ];
      case 'done':
        return [
          element('h2', {}, 'On ', label(images.title)),
          figureTable(images.comparison.figures),
          ...measured(images.comparison.figures),
          element('p', { class: 'verdict', 'data-testid': 'compare-verdict' }, verdict(images.comparison)),
          choose('Other Images…'),
        ];
    }
  }

  #cells({ cells, alike, onlyTargets }: Ready['difference']): HTMLElement {
    const rest = cells.length - LISTED;
    const only = onlyTargets.flatMap((labels, side) =>
      labels.length === 0
        ? []
        : [
            element(
              'p',
              { class: 'quiet' },
              `Only ${side + 1} has ${countOf(labels.length, 'target label', 'target labels')}: `,
              ...labels.slice(0, 30).flatMap((name, i) => [...(i > 0 ? [', '] : []), label(name)]),
              labels.length > 30 ? ` and ${labels.length - 30} more` : undefined,
            ),
          ],
    );
    return element(
      'section',
      { 'aria-label': 'Cells that differ' },
      element(
        'h2',
        {},
        cells.length === 0 ? 'No cell differs' : countOf(cells.length, 'cell differs', 'cells differ'),
        element('span', { class: 'quiet' }, ` · ${countOf(alike, 'is', 'are')} alike`),
      ),
      ...only,
      ...(cells.length === 0 ? [] : [this.#cellTable(cells)]),
      rest > 0 ? element('p', { class: 'quiet' }, `and ${rest.toLocaleString()} more`) : undefined,
    );
  }

  #cellTable(cells: readonly CellDifference[]): HTMLElement {
    const weight = (cell: CellDifference, at: number, side: 0 | 1) => {
      const text = weightText(cell.weights[side]);
      const which = `Show ${cell.target} and ${cell.source} in ${side + 1}`;
      const show = () =>
        void this.#connection.host.call('showCell', { revision: this.#revision, side, cell: at });
      const link = linkButton(text, show, 'compare-cell', which);
      setReadAttribute(link, 'aria-label', `${text === '–' ? 'not mapped' : text}. ${which}`);
      return element('td', { class: 'number' }, cell.places[side] ? link : text);
    };
    return element(
      'div',
      { class: 'table-scroller', tabindex: 0, role: 'region', 'aria-label': 'Cells that differ, table' },
      element(
        'table',
        { 'data-testid': 'compare-cells' },
        head('Target label', 'Source label', 'Weight in 1', 'Weight in 2'),
        element(
          'tbody',
          {},
          ...cells
            .slice(0, LISTED)
            .map((cell, at) =>
              element(
                'tr',
                {},
                element('th', { scope: 'row' }, label(cell.target)),
                element('td', {}, label(cell.source)),
                weight(cell, at, 0),
                weight(cell, at, 1),
              ),
            ),
        ),
      ),
    );
  }
}

/** Which folders and labels the accuracies are not about; what holds for both is said once. */
function measured([first, second]: Parameters<typeof figureRows>[0]): HTMLElement[] {
  const [one, other] = [measuredLines(first.measuredOn).map(say), measuredLines(second.measuredOn).map(say)];
  return [
    ...one.map((line) => (other.includes(line) ? line : `1: ${line}`)),
    ...other.filter((line) => !one.includes(line)).map((line) => `2: ${line}`),
  ].map((line) => element('p', { class: 'quiet' }, label(line, 'sentence')));
}

function figureTable(figures: Parameters<typeof figureRows>[0]): HTMLElement {
  return element(
    'table',
    { class: 'figures' },
    head('', '1', '2', 'Difference in points'),
    element(
      'tbody',
      {},
      ...figureRows(figures).map(([name, ...numbers]) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, name),
          ...numbers.map((number) => element('td', { class: 'number' }, number)),
        ),
      ),
    ),
  );
}

function head(...names: readonly string[]): HTMLElement {
  const cell = (name: string) => (name === '' ? element('td', {}) : element('th', { scope: 'col' }, name));
  return element('thead', {}, element('tr', {}, ...names.map(cell)));
}
