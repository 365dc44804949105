import type { SkippedItem } from '../../src/protocol/resultsView.ts';
import { element, label } from '../common/element.ts';

/** More than these are only counted: the export has more of them. */
export const LISTED = 500;

interface Listing {
  /** What the list is, above it. */
  readonly intro: string;
  readonly items: readonly SkippedItem[];
  /** Of which the items are the first. */
  readonly count: number;
  /** Title of the second column. */
  readonly why: string;
}

/** Images and other files that are not among the results, each with its reason. */
export class NotReadTab {
  readonly element = element('section', { class: 'skipped' });

  clear(): void {
    this.element.replaceChildren();
  }

  show({ intro, items, count, why }: Listing): void {
    const heading = (text: string) => element('th', { scope: 'col' }, text);
    const listed = items.slice(0, LISTED);
    this.element.replaceChildren(
      element('p', {}, intro),
      element(
        'table',
        {},
        element('thead', {}, element('tr', {}, heading('name'), heading(why))),
        element(
          'tbody',
          {},
          ...listed.map(({ name, reason }) =>
            element(
              'tr',
              { 'data-testid': 'results-skipped-row' },
              element('td', {}, label(name)),
              element('td', {}, reason),
            ),
          ),
        ),
      ),
      count > listed.length
        ? element(
            'p',
            { class: 'quiet' },
            `and ${(count - listed.length).toLocaleString()} more; the JSON export lists them.`,
          )
        : '',
    );
  }
}
