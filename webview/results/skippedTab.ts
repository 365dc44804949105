import type { SkippedItem } from '../../src/protocol/resultsView.ts';
import { element, label } from '../common/element.ts';
import { skippedSentence } from './words.ts';

/** More than these are only counted: the export has them all. */
export const SKIPPED_LISTED = 500;

/** Images that could not be read, each with its reason. */
export class SkippedTab {
  readonly element = element('section', { class: 'skipped' });

  clear(): void {
    this.element.replaceChildren();
  }

  show(items: readonly SkippedItem[], count: number): void {
    const heading = (text: string) => element('th', { scope: 'col' }, text);
    this.element.replaceChildren(
      element('p', {}, `${skippedSentence(count)}. All others were classified.`),
      element(
        'table',
        {},
        element('thead', {}, element('tr', {}, heading('image'), heading('reason'))),
        element(
          'tbody',
          {},
          ...items.map(({ name, reason }) =>
            element(
              'tr',
              { 'data-testid': 'results-skipped-row' },
              element('td', {}, label(name)),
              element('td', {}, reason),
            ),
          ),
        ),
      ),
      count > items.length
        ? element(
            'p',
            { class: 'quiet' },
            `and ${(count - items.length).toLocaleString()} more; the JSON export lists them all.`,
          )
        : '',
    );
  }
}
