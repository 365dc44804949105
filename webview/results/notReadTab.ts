import type { SkippedItem } from '../../src/protocol/resultsView.ts';
import { element, label, table } from '../common/element.ts';
import { plural, t } from '../common/language.ts';

/** More than these are only counted: the export has more of them. */
export const LISTED = 500;

/** What of the folders is not among the results. */
interface Listing {
  /** What the list is, above it. */
  readonly intro: string;
  readonly items: readonly SkippedItem[];
}

/** Images and other files that are not among the results, each with its reason. */
export class NotReadTab {
  readonly element = element('section', { class: 'skipped' });
  /** Title of the second column. */
  readonly #why: string;
  #run = -1;
  #count = 0;

  constructor(why: string) {
    this.#why = why;
  }

  /**
   * Shows what a run left out. Asked for again only while the list may grow.
   * @param count of which the items are the first
   */
  show(run: number, count: number, load: () => Promise<Listing>): void {
    if (run !== this.#run) this.element.replaceChildren();
    const before = run === this.#run ? this.#count : 0;
    this.#run = run;
    this.#count = count;
    if (count === 0 || count === before || before >= LISTED) return;
    void load()
      .then((listing) => {
        if (this.#run === run) this.#fill(listing);
      })
      .catch(() => {
        // Another run is shown.
      });
  }

  #fill({ intro, items }: Listing): void {
    const listed = items.slice(0, LISTED);
    const more = this.#count - listed.length;
    this.element.replaceChildren(
      element('p', {}, intro),
      table(
        {},
        [t('Name'), this.#why],
        listed.map(({ name, reason }) =>
          element(
            'tr',
            { 'data-testid': 'results-skipped-row' },
            element('td', {}, label(name)),
            element('td', {}, reason),
          ),
        ),
      ),
      more > 0
        ? element(
            'p',
            { class: 'quiet' },
            plural(
              more,
              '{0} more is not listed here. The JSON export contains it.',
              '{0} more are not listed here. The JSON export contains them.',
            ),
          )
        : '',
    );
  }
}
