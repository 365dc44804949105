import {
  type ConfusedPair,
  type Confusion,
  ConfusionCounts,
  worstFirst,
} from '../../src/core/metrics/confusion.ts';
import { withTruth } from '../../src/core/metrics/measuredText.ts';
import { imageCount } from '../../src/core/text/numbers.ts';
import { element, label, linkButton, select, setText, withNodes } from '../common/element.ts';
import { confusionScene } from '../common/grid/confusionScene.ts';
import { GridView } from '../common/grid/gridView.ts';
import type { Place } from '../common/grid/layout.ts';
import type { GridScene } from '../common/grid/scene.ts';
import { count, plural, say, t } from '../common/language.ts';
import type { ResultTable } from './resultTable.ts';
import { undecided } from './words.ts';

/** A cell that was chosen: images of `truth` that were taken for `predicted`; undefined = any. */
export interface ConfusionChoice {
  readonly truth: number | undefined;
  readonly predicted: number | undefined;
}

/** In which order labels are shown. */
type LabelOrder = 'given' | 'recall';

/** Pairs of labels that are listed, at most. */
const PAIRS = 20;

/** True against predicted labels; a cell or a label filters the gallery. */
export class ConfusionTab {
  readonly element = element('div', { class: 'confusion' });
  readonly #tools = element('div', { class: 'confusion-tools' });
  readonly #pairs = element('details', { class: 'pairs', 'data-testid': 'results-confusion-pairs' });
  readonly #pairsTitle = element('summary');
  readonly #pairsList = element('ol');
  readonly #choice: (choice: ConfusionChoice) => void;
  #shown: { readonly table: ResultTable; readonly labels: readonly string[] } | undefined;
  #order: LabelOrder = 'given';
  readonly #gridHost = element('div', { 'data-testid': 'results-confusion-grid' });
  readonly #words = element('p', { class: 'quiet', role: 'status' });
  readonly #empty = element('p', { class: 'notice', 'data-testid': 'results-confusion-empty' });
  readonly #grid: GridView;
  #confusion: Confusion | undefined;
  #scene: GridScene | undefined;
  /** How many images it is about. */
  #about = '';

  constructor(choose: (choice: ConfusionChoice) => void) {
    this.#choice = choose;
    this.#grid = new GridView(
      this.#gridHost,
      {
        name: t('Confusion of true and predicted labels'),
        testId: 'results-confusion-canvas',
        leastCell: 36,
      },
      {
        hovered: (place) => this.#describe(place),
        moved: (place) => this.#describe(place),
        activated: (place) => this.#choose(place),
        asked: (place) => this.#describe(place),
      },
    );
    this.#empty.hidden = true;
    const order = select<LabelOrder>(
      t('Order of the labels'),
      [
        ['given', t('Labels in their order')],
        ['recall', t('Lowest recall first')],
      ],
      this.#order,
      'results-confusion-order',
      (chosen) => {
        this.#order = chosen;
        if (this.#shown) this.show(this.#shown.table, this.#shown.labels);
      },
    );
    this.#pairs.append(this.#pairsTitle, this.#pairsList);
    this.#tools.append(order, this.#pairs);
    this.element.append(this.#empty, this.#tools, this.#words, this.#gridHost);
  }

  show(table: ResultTable, labels: readonly string[]): void {
    this.#shown = { table, labels };
    const counts = confusionCounts(table);
    const counted = counts.result();
    const confusion = this.#order === 'recall' ? worstFirst(counted) : counted;
    this.#confusion = confusion;
    const empty = confusion.truths.length === 0;
    this.#empty.hidden = !empty;
    setText(
      this.#empty,
      table.length === 0
        ? t('No images are classified yet.')
        : t(
            'No image has a true label to compare its answer with: a label that you give is the answer. Put images into folders named after your labels to see which labels are confused.',
          ),
    );
    this.#tools.hidden = empty;
    this.#words.hidden = empty;
    this.#gridHost.hidden = empty;
    this.#listPairs(counts.pairs(), labels);
    const judged = confusion.rowTotals.reduce((sum, total) => sum + total, 0);
    this.#about = say(judged === table.length ? imageCount(judged) : withTruth(judged, table.length));
    this.#scene = confusionScene(
      confusion.truths.map((truth) => labels[truth]),
      confusion.predictions.map((predicted) => labels[predicted] ?? undecided()),
      confusion.counts,
      (row) => confusion.predictions.indexOf(confusion.truths[row]),
    );
    this.#grid.scene = this.#scene;
    this.#describe(this.#grid.active);
  }

  #describe(place: Place | undefined): void {
    setText(
      this.#words,
      place
        ? (this.#scene?.describe(place.row, place.column) ?? '')
        : t(
            '{0}. Shade: share of the row. Double-click a cell or press Enter to see its images.',
            this.#about,
          ),
    );
  }

  /** Which labels are taken for which, the most images first: a large matrix shows little of it at once. */
  #listPairs(pairs: readonly ConfusedPair[], labels: readonly string[]): void {
    this.#pairs.hidden = pairs.length === 0;
    setText(
      this.#pairsTitle,
      plural(pairs.length, '{0} pair of labels is confused', '{0} pairs of labels are confused'),
    );
    this.#pairsList.replaceChildren(
      ...pairs.slice(0, PAIRS).map(({ truth, predicted, images }) => {
        const names = [labels[truth], labels[predicted] ?? undecided()] as const;
        const line = element(
          'span',
          {},
          ...withNodes(t('{0} taken for {1}'), label(names[0]), label(names[1])),
        );
        const choose = () => this.#choice({ truth, predicted });
        return element(
          'li',
          {},
          linkButton(line, choose, 'results-confusion-pair'),
          element('span', { class: 'number quiet' }, ` ${count(images)}`),
        );
      }),
    );
  }

  #choose({ row, column }: Place): void {
    this.#choice({ truth: this.#confusion?.truths[row], predicted: this.#confusion?.predictions[column] });
  }
}

/** The images of `table` that have a truth, counted. */
export function confusionCounts(table: ResultTable): ConfusionCounts {
  const counts = new ConfusionCounts();
  for (let image = 0; image < table.length; image++) counts.add(table.truth(image), table.predicted(image));
  return counts;
}
