import { imageCount, percent } from '../../src/core/text/numbers.ts';
import type { BaselineRow, KeptBaseline, TrainingSummary } from '../../src/protocol/trainingView.ts';
import { element, icon, label, table, textButton } from '../common/element.ts';
import { say, t } from '../common/language.ts';

/** What the prompt has to beat, and whether it does. Undefined while there is nothing to compare. */
export function baselinesTable(
  baselines: readonly BaselineRow[],
  verdict: string | undefined,
  images: TrainingSummary['images'],
  keep: (what: KeptBaseline) => void,
): HTMLElement | undefined {
  if (baselines.length === 0 && verdict === undefined) return undefined;
  const tested = baselines.some(({ test }) => test !== undefined);
  const noted = baselines.some(({ note, keep: kept }) => note !== undefined || kept);
  const best = Math.max(...baselines.map(({ accuracy }) => accuracy ?? Number.NEGATIVE_INFINITY));
  const share = (value: number | undefined) =>
    element('td', { class: 'number' }, value === undefined ? '–' : percent(value));
  return element(
    'section',
    { class: 'baselines', 'aria-label': t('Baselines') },
    verdict === undefined
      ? undefined
      : element('p', { class: 'verdict', 'data-testid': 'training-verdict' }, label(verdict, 'sentence')),
    table(
      { class: 'data-table', 'data-testid': 'training-baselines' },
      [
        element('th', { scope: 'col', class: 'name' }, t('Method')),
        counted(t('Validation'), images?.validation),
        tested ? counted(t('Test'), images?.test) : undefined,
        noted
          ? element('th', { scope: 'col' }, element('span', { class: 'visually-hidden' }, t('Note')))
          : undefined,
      ],
      baselines.map(({ name, accuracy, test, note, own, keep: kept }) => {
        const leads = accuracy !== undefined && accuracy === best;
        return element(
          'tr',
          { class: own ? 'own' : undefined },
          element(
            'th',
            { scope: 'row', class: 'name' },
            leads ? icon('star-full') : element('span', { class: 'no-star' }),
            ' ',
            label(name),
            leads ? element('span', { class: 'visually-hidden' }, `, ${t('best')}`) : undefined,
          ),
          share(accuracy),
          tested ? share(test) : undefined,
          kept
            ? element(
                'td',
                {},
                textButton(
                  kept === 'mapping' ? t('Keep This Mapping') : t('Keep as Classifier'),
                  () => keep(kept),
                  { testId: 'training-keep' },
                ),
              )
            : noted
              ? element('td', { class: 'note quiet' }, note ?? '')
              : undefined,
        );
      }),
    ),
  );
}

/** `Validation, 40 images`. */
function counted(name: string, images: number | undefined): string {
  return images === undefined ? name : `${name}, ${say(imageCount(images))}`;
}
