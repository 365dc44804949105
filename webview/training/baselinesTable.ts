import { bestRows } from '../../src/core/reuse/reuseTable.ts';
import { OWN_ROW, trainedColumns } from '../../src/core/reuse/trainedRows.ts';
import type { BaselineRow, KeptBaseline } from '../../src/protocol/trainingView.ts';
import { acting, element, label, setText, textButton } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { ReuseTable } from '../common/reuseTable.ts';

const OWN: ReadonlySet<string> = new Set([OWN_ROW]);

/** What the prompt has to beat, and whether it does; nothing while there is nothing to compare. */
export class BaselinesTable {
  readonly element: HTMLElement;
  readonly #verdict = element('p', { class: 'verdict', 'data-testid': 'training-verdict' });
  readonly #table: ReuseTable<BaselineRow>;
  #shown: Pick<Shown, 'baselines' | 'verdict'> = { baselines: [], verdict: undefined };
  #sort: string | undefined;

  constructor(keep: (what: KeptBaseline) => void) {
    this.#table = new ReuseTable<BaselineRow>({
      name: t('This training and what it is compared with'),
      testId: 'training-baselines',
      sorted: (column) => {
        this.#sort = column;
        this.#draw();
      },
      instead: ({ figure, note }) =>
        figure === null && note ? element('span', {}, label(say(note), 'sentence')) : undefined,
      actions: ({ keep: kept }) =>
        kept
          ? [
              acting(
                textButton(
                  kept === 'mapping' ? t('Keep This Mapping') : t('Keep as Classifier'),
                  () => keep(kept),
                  { secondary: true, testId: 'training-keep' },
                ),
              ),
            ]
          : [],
    });
    this.element = element(
      'section',
      { class: 'baselines', 'aria-label': t('Baselines') },
      this.#verdict,
      this.#table.element,
    );
  }

  show({ baselines, verdict }: Shown): void {
    this.#shown = { baselines, verdict };
    this.#draw();
  }

  #draw(): void {
    const { baselines: rows, verdict } = this.#shown;
    this.element.hidden = rows.length === 0 && verdict === undefined;
    this.#verdict.hidden = verdict === undefined;
    if (verdict !== undefined && verdict !== this.#verdict.textContent) {
      setText(this.#verdict, '');
      this.#verdict.append(label(verdict, 'sentence'));
    }
    this.#table.element.hidden = rows.length === 0;
    this.#table.show({
      columns: trainedColumns(rows),
      rows,
      sort: this.#sort,
      best: bestRows(rows),
      own: OWN,
    });
  }
}

interface Shown {
  readonly baselines: readonly BaselineRow[];
  /** One sentence: whether the prompt is worth it. */
  readonly verdict?: string | undefined;
}
