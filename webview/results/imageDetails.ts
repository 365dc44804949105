import type { ResultItem } from '../../src/protocol/resultsView.ts';
import { element, icon, label, textButton } from '../common/element.ts';
import { percent } from './words.ts';

/** An image in words: its name, the answer, and the source labels that fired. */
export interface ImageInWords {
  readonly predicted: string;
  readonly confidence: number;
  readonly truth: string | undefined;
  readonly wrong: boolean;
  /** Undefined until the host has answered. */
  readonly item: ResultItem | undefined;
}

export function imageDetails(
  { predicted, confidence, truth, wrong, item }: ImageInWords,
  open: () => void,
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
          ? element('span', { class: 'mark-wrong' }, icon('close'), ' true: ', label(truth))
          : element('span', { class: 'mark-right' }, icon('check'), ' right'),
    ),
    ...(item
      ? [
          element('div', { class: 'quiet' }, label(item.name)),
          element('h2', {}, 'Source labels that fired'),
          element(
            'ul',
            { class: 'fired' },
            ...item.fired.map(({ label: name, probability }) => {
              const fill = element('span', { class: 'bar-fill' });
              fill.style.width = `${Math.round(100 * probability)}%`;
              return element(
                'li',
                {},
                element('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
                element('span', { class: 'number' }, percent(probability)),
                label(name),
              );
            }),
          ),
          textButton('Open Image', open, { secondary: true, testId: 'results-open' }),
        ]
      : []),
  ];
}
