import { GIVEN } from '../../src/core/truths/imageTruths.ts';
import { element, icon } from '../common/element.ts';
import { t } from '../common/language.ts';
import type { ResultTable } from './resultTable.ts';
import { undecided } from './words.ts';

/** What a tile shows by a shape on its picture, each with words for screen readers. */
export function tileMarks(
  table: ResultTable,
  labels: readonly string[],
  image: number,
): { readonly element: HTMLElement | undefined; readonly spoken: string } {
  const marks = marksOf(table, labels, image);
  if (marks.length === 0) return { element: undefined, spoken: '' };
  return {
    element: element(
      'span',
      { class: 'marks', 'aria-hidden': 'true' },
      ...marks.map(({ name, words }) => element('span', { class: 'mark', title: words }, icon(name))),
    ),
    spoken: marks.map(({ words }) => `, ${words}`).join(''),
  };
}

function marksOf(table: ResultTable, labels: readonly string[], image: number) {
  const { proposed } = table.about;
  const asked = proposed.find((one) => one.image === image && table.given(image) === GIVEN.nothing);
  const marks: { readonly name: string; readonly words: string }[] = [];
  if (asked)
    marks.push(
      asked.random
        ? { name: 'target', words: t('to label: drawn at random') }
        : { name: 'question', words: t('to label: teaches most') },
    );
  if (table.isDoubtful(image)) marks.push({ name: 'warning', words: t('doubtful label') });
  if (table.changed(image)) {
    const before = labels[table.plain(image)] ?? undecided();
    marks.push({ name: 'arrow-swap', words: t('changed by settling from {0}', before) });
  }
  return marks;
}
