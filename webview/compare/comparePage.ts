import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { measuredLines } from '../../src/core/metrics/measuredText.ts';
import { unitsText } from '../../src/core/metrics/units.ts';
import { type ComparedRow, comparedColumns, comparedRow } from '../../src/core/reuse/documentRow.ts';
import { verbatim } from '../../src/core/text/text.ts';
import type { CompareState, CompareViewApi, ComparisonSource } from '../../src/protocol/compareView.ts';
import type { Connection } from '../common/connection.ts';
import { acting, element, label, setText, textButton } from '../common/element.ts';
import { plural, say, t } from '../common/language.ts';
import {
  emptyNotice,
  failureNotice,
  OutdatedNotice,
  problemNotice,
  sentences,
  workingNotice,
} from '../common/notice.ts';
import { keepScroll } from '../common/place.ts';
import { ReuseTable } from '../common/reuseTable.ts';
import { ChangedImages } from './changedImages.ts';
import { ChangedTargets } from './changedTargets.ts';
import { betterSide, verdict } from './words.ts';

type Ready = Extract<CompareState, { kind: 'ready' }>;
type DoneComparison = Extract<Ready['images'], { kind: 'done' }>['comparison'];

/** What survives hiding and reloading. */
export interface ComparePageState {
  /** The comparison that is shown, and what it takes to bring it back. */
  readonly source: ComparisonSource | undefined;
  /** How far it is scrolled. */
  readonly top: number;
}

export const DEFAULT_STATE: ComparePageState = { source: undefined, top: 0 };

/** Two alignments side by side: figures, what changes by target label, images that change. */
export class ComparePage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<CompareViewApi, ComparePageState>;
  readonly #figures = element('section', { 'aria-label': t('Figures'), 'data-testid': 'compare-figures' });
  readonly #table = new ReuseTable<ComparedRow>({ name: t('Figures'), testId: 'compare-figures' });
  readonly #changed: ChangedImages;
  readonly #targets: ChangedTargets;
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #outdated: OutdatedNotice;
  readonly #scrollTo = keepScroll((top) => this.#connection.save({ top }));
  #scrolled = false;
  #shown: string | undefined;
  #revision = 0;
  #laid: string | undefined;

  constructor(root: HTMLElement, connection: Connection<CompareViewApi, ComparePageState>) {
    this.#root = root;
    this.#connection = connection;
    root.classList.add('compare');
    root.dataset['testid'] = 'compare-page';
    const { host } = connection;
    this.#outdated = new OutdatedNotice('compare', () => void host.call('again', null));
    this.#changed = new ChangedImages({
      items: (filter, from, to) => host.call('images', { revision: this.#revision, filter, from, to }),
      thumbnail: (image, size, signal) =>
        host.call('thumbnail', { revision: this.#revision, image, size }, { signal }),
      open: (image) => void host.call('open', { revision: this.#revision, image }),
      showInResult: (image, side) =>
        void host.call('showInResult', { revision: this.#revision, image, side }),
    });
    this.#targets = new ChangedTargets(
      (side, cell) => void host.call('showCell', { revision: this.#revision, side, cell }),
    );
    root.replaceChildren(workingNotice(t('Comparing...')));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) => {
        this.#root.replaceChildren(
          failureNotice(t('Cannot compare the alignments'), error, 'compare-problem'),
        );
      });
  }

  #show(state: CompareState): void {
    if (state.kind === 'ready') {
      this.#showReady(state);
      return;
    }
    this.#laid = undefined;
    this.#root.replaceChildren(
      emptyNotice(
        state.kind === 'lost'
          ? t('Cannot restore the comparison: {0}', state.message)
          : t('No comparison yet. Choose two alignments to compare.'),
        t('Compare Alignments...'),
        () => void this.#connection.host.call('choose', null),
        'compare-empty',
      ),
    );
  }

  #showReady(state: Ready): void {
    this.#revision = state.revision;
    const laid = JSON.stringify([state.sides, state.notes]);
    if (laid !== this.#laid) this.#lay(state);
    this.#laid = laid;
    this.#outdated.show(state.outdated, t('Compare Again'));
    this.#figures.replaceChildren(...this.#imagesInWords(state));
    const { images, source } = state;
    const done = images.kind === 'done' ? images.comparison : undefined;
    this.#targets.show(state.difference, done?.recalls ?? []);
    this.#changed.element.hidden = !done;
    const shown = done && JSON.stringify([source, done]);
    // A list that is there already stays, and where it is scrolled to.
    if (images.kind === 'done' && done && shown !== this.#shown) {
      const { groups } = images;
      this.#changed.show({ changed: done.changed, groups, ofResults: source.results !== undefined });
      setText(this.#spoken, verdict(done));
    }
    this.#shown = shown;
    this.#remember(state);
  }

  /** What brings the comparison back; and back to where the page was scrolled to, when its images are there. */
  #remember({ source, images }: Ready): void {
    const { source: before, top } = this.#connection.state;
    // While images are looked at, what they said before is still the best that is known of how many there were.
    if (images.kind === 'working') return;
    const same = JSON.stringify(before?.uris) === JSON.stringify(source.uris);
    if (!this.#scrolled && same) this.#scrollTo(top);
    this.#scrolled = true;
    if (JSON.stringify(source) !== JSON.stringify(before)) this.#connection.save({ source });
  }

  /** What depends on the documents alone. */
  #lay({ sides, notes, source }: Ready): void {
    const side = (which: 0 | 1) => {
      const { name, time, backbone, method, targets } = sides[which];
      return element(
        'p',
        {},
        element('strong', {}, `${which + 1} `, label(name)),
        element(
          'span',
          { class: 'quiet' },
          ` ${time === undefined ? '' : `${time} · `}${backbone} · ${method} · `,
          plural(targets, '{0} target label', '{0} target labels'),
        ),
      );
    };
    this.#root.replaceChildren(
      element(
        'header',
        {},
        element(
          'h1',
          {},
          source.results ? t('Comparison of Two Results') : t('Comparison of Two Alignments'),
        ),
        side(0),
        side(1),
      ),
      this.#outdated.element,
      ...sentences(notes, 'quiet'),
      this.#figures,
      this.#targets.element,
      this.#changed.element,
      this.#spoken,
    );
  }

  #imagesInWords({ images, sides, source }: Ready): Node[] {
    const { host } = this.#connection;
    // Results are about the images that they are about.
    const ofResults = source.results !== undefined;
    const choose = (verb: string) =>
      acting(
        textButton(verb, () => void host.call('chooseFolder', null), {
          secondary: images.kind === 'done',
          testId: 'compare-folder',
        }),
      );
    switch (images.kind) {
      case 'none':
        return [
          element('p', {}, t('Choose a folder of images to compare the predictions.')),
          choose(t('Compare on Images...')),
        ];
      case 'working': {
        const { title, done, total } = images;
        return [
          workingNotice(
            total > 0
              ? t('Comparing on {0}: {1} of {2} images', title, done, total)
              : t('Comparing on {0}...', title),
          ),
          textButton(t('Cancel'), () => void host.call('cancel', null), { secondary: true }),
        ];
      }
      case 'failed':
        return [
          problemNotice(
            t('Cannot compare on {0}', images.title),
            images.problem,
            (action) => void host.call('act', { action }),
            'compare-problem',
          ),
          choose(t('Choose Other Images...')),
        ];
      case 'done':
        return [
          element('h2', {}, label(t('Comparison on {0}', images.title))),
          this.#figureTable(sides, images.comparison),
          ...measured(images.comparison, source.folders),
          element('p', { class: 'verdict', 'data-testid': 'compare-verdict' }, verdict(images.comparison)),
          ...this.#winner(betterSide(images.comparison), sides),
          ...(ofResults ? [] : [choose(t('Choose Other Images...'))]),
        ];
    }
  }

  /** The star is for the side that is right more often, where that is hardly chance. */
  #figureTable(sides: Ready['sides'], { figures, onlyRight, p }: DoneComparison): HTMLElement {
    const rows = sides.map(({ name, time, way, backbone }, side) =>
      comparedRow(
        verbatim([`${side + 1} ${name}`, time].filter(Boolean).join(' · ')),
        way,
        verbatim(backbone),
        figures[side],
        side === 1 ? figures[0] : undefined,
      ),
    );
    const better = p !== null && p < 0.05 ? betterSide({ onlyRight, p }) : undefined;
    const best = new Set(better === undefined ? [] : [rows[better].id]);
    this.#table.show({ columns: comparedColumns(rows), rows, best });
    return this.#table.element;
  }

  /** What makes use of the side that is right more often. */
  #winner(side: 0 | 1 | undefined, sides: Ready['sides']): Node[] {
    if (side === undefined) return [];
    const use = () => void this.#connection.host.call('use', { revision: this.#revision, side });
    const title = t('Classify with {0} {1}', side + 1, sides[side].name);
    return [acting(textButton(title, use, { testId: 'compare-winner' }))];
  }
}

/** Which folders and labels the accuracies are not about; what holds for both is said once. */
function measured(
  { figures, judged, units }: Pick<DoneComparison, 'figures' | 'judged' | 'units'>,
  folders: readonly string[],
): HTMLElement[] {
  const [one, other] = figures.map(({ measuredOn }) => measuredLines(measuredOn, folders).map(say));
  const lines = [
    ...one.map((line) => (other.includes(line) ? line : `1: ${line}`)),
    ...other.filter((line) => !one.includes(line)).map((line) => `2: ${line}`),
    ...unitsText(judged, units).map((text) => say(text)),
  ];
  return sentences(lines, 'quiet');
}
