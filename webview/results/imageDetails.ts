import { percent } from '../../src/core/text/numbers.ts';
import type { DecidingCell, ResultItem } from '../../src/protocol/resultsView.ts';
import { bar, element, icon, label, linkButton, textButton } from '../common/element.ts';
import { t } from '../common/language.ts';

/** An image in words: its name, the answer, and the source labels that fired. */
export interface ImageInWords {
  readonly predicted: string;
  readonly confidence: number;
  readonly truth: string | undefined;
  readonly wrong: boolean;
  /** Undefined until the host has answered. */
  readonly item: ResultItem | undefined;
  /** The cells that decided it; undefined until the host has answered. */
  readonly cells: readonly DecidingCell[] | undefined;
}

export function imageDetails(
  { predicted, confidence, truth, wrong, item, cells }: ImageInWords,
  open: () => void,
  showCell: (source: number) => void,
): Node[] {
  return [
    element(
      'div',
      { class: 'answer' },
      element('strong', {}, label(predicted)),
      element('span', { class: 'number' }, percent(confidence)),
      truth === undefined
        ? undefined
        : wrong
          ? element('span', { class: 'mark-wrong' }, icon('close'), ' ', label(t('true: {0}', truth)))
          : element('span', { class: 'mark-right' }, icon('check'), ' ', t('right')),
    ),
    ...(item
      ? [
          element('div', { class: 'quiet' }, label(item.name)),
          element('h2', {}, t('Strongest source labels')),
          element(
            'ul',
            { class: 'fired' },
            ...item.fired.map(({ label: name, probability }) =>
              element(
                'li',
                {},
                bar(probability),
                element('span', { class: 'number' }, percent(probability)),
                label(name),
              ),
            ),
          ),
          ...decidedBy(predicted, cells ?? [], showCell),
          textButton(t('Open Image'), open, { secondary: true, testId: 'results-open' }),
        ]
      : []),
  ];
}

function decidedBy(
  predicted: string,
  cells: readonly DecidingCell[],
  showCell: (source: number) => void,
): Node[] {
  if (cells.length === 0) return [];
  return [
    element('h2', {}, t('Deciding cells')),
    element(
      'ul',
      { class: 'decided' },
      ...cells.map(({ source, label: name, share }) =>
        element(
          'li',
          {},
          linkButton(
            label(name),
            () => showCell(source),
            'results-cell',
            t('Show the cell of {0} and {1} in the alignment', predicted, name),
          ),
          ' ',
          element('span', { class: 'number quiet' }, percent(share)),
        ),
      ),
    ),
    element('p', { class: 'quiet' }, t('Press M to show the first one in the alignment.')),
  ];
}
