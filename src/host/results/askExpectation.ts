import * as vscode from 'vscode';
import { toSemapError } from '../../core/errors.ts';
import { type Expectation, expectationText } from '../../core/expectations/expectation.ts';
import { type JudgedImages, judge } from '../../core/expectations/judge.ts';
import { readExpectation } from '../../core/expectations/readExpectation.ts';
import {
  ofLabel,
  type SuggestedExpectation,
  type SuggestionAbout,
  suggestedExpectations,
} from '../../core/expectations/suggestedExpectations.ts';
import { verdictText } from '../../core/expectations/verdictText.ts';
import { classificationReport } from '../../core/metrics/classification.ts';
import { percent } from '../../core/text/numbers.ts';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import type { ListRow } from '../questions.ts';

/** A row of the list: an expectation, one to be written, or what leads to the labels. */
interface Row extends ListRow {
  readonly leads: Expectation | 'label' | 'other';
}

/**
 * Asks what an alignment shall promise: one of what may be promised of the answers, or a text that the person writes.
 * @returns undefined when the person changed their mind
 */
export async function askExpectation(
  judged: JudgedImages,
  about: SuggestionAbout,
  ui: StepUi,
): Promise<string | undefined> {
  const { t } = vscode.l10n;
  const rows: readonly Row[] = [
    ...suggestedExpectations(judged, about).map(rowOf),
    {
      leads: 'label',
      icon: 'tag',
      label: t('Of a Label...'),
      detail: t('Recall, precision, F1, or share of all answers'),
    },
    { leads: 'other', icon: 'edit', label: t('Another...'), detail: t('Write it yourself') },
  ];
  for (;;) {
    const row = await ui.pick({
      placeholder: t('What should the alignment promise on these images?'),
      items: rows,
    });
    if (row === CANCEL || row === BACK) return undefined;
    const text =
      row.leads === 'label'
        ? await askOfLabel(judged, ui.deeper())
        : await askText(row.leads === 'other' ? '' : expectationText(row.leads), judged, ui.deeper());
    if (text === CANCEL) return undefined;
    if (text !== BACK) return text;
  }
}

async function askOfLabel(judged: JudgedImages, ui: StepUi): Promise<Answer<string>> {
  const { t } = vscode.l10n;
  const measured = judged.images.filter(({ truth }) => truth >= 0);
  const { perClass } = classificationReport(
    measured.map(({ truth }) => truth),
    measured.map(({ target }) => target),
    judged.labels.length,
  );
  const labels = judged.labels.map((label, i) => {
    const { recall } = perClass[i];
    return { label, ...(recall !== null && { description: t('recall {0}', percent(recall)) }) };
  });
  for (;;) {
    const chosen = await ui.pick({ placeholder: t('Select a label'), items: labels });
    if (chosen === BACK || chosen === CANCEL) return chosen;
    for (;;) {
      const row = await ui.pick({
        placeholder: t('What should the alignment promise of {0}?', chosen.label),
        items: ofLabel(chosen.label, judged).map(rowOf),
      });
      if (row === CANCEL) return CANCEL;
      if (row === BACK) break;
      const text = await askText(expectationText(row.leads), judged, ui);
      if (text !== BACK) return text;
    }
  }
}

function rowOf({ expectation, verdict }: SuggestedExpectation): Row & { leads: Expectation } {
  const failed = verdict.status === 'failed';
  return {
    leads: expectation,
    icon: failed ? 'circle-slash' : 'beaker',
    label: expectationText(expectation),
    detail: vscode.l10n.t('Now: {0}', say(verdictText(expectation, verdict))),
  };
}

/** The text as it will stand in the document; what is found of it now is shown below it. */
async function askText(value: string, judged: JudgedImages, ui: StepUi): Promise<Answer<string>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t('Press Enter to add it to the alignment. Undo in its editor takes it back.'),
    placeholder: 'accuracy >= .8',
    value,
    validate: (typed) => problemOf(typed, judged.labels),
    note: (typed) => saidOf(typed, judged),
  });
  return typeof text === 'string' ? text.trim() : text;
}

function problemOf(text: string, labels: readonly string[]): string | undefined {
  try {
    readExpectation(text, labels);
    return undefined;
  } catch (error) {
    const { text: what, hintText } = toSemapError(error);
    return hintText ? `${say(what)} ${say(hintText)}` : say(what);
  }
}

/** What the images say of an expectation by now. */
export function saidOf(text: string, judged: JudgedImages): string | undefined {
  const { t } = vscode.l10n;
  const expectation = readExpectation(text, judged.labels);
  const verdict = judge(expectation, judged);
  const said = say(verdictText(expectation, verdict));
  if (verdict.status === 'passed') return t('Holds now: {0}', said);
  return verdict.status === 'failed'
    ? t('Does not hold now: {0}', said)
    : t('Cannot be tested now: {0}', said);
}
