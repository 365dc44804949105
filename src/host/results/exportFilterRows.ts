import * as vscode from 'vscode';
import type { ExportedRun } from '../../core/exports/exportedRun.ts';
import { type ExportFilter, truthFilters } from '../../core/exports/exportFilter.ts';
import { splitNames } from '../../core/folders/layout.ts';
import { listed } from '../../core/text/text.ts';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import type { FormRow } from '../startForm.ts';

/** What images are chosen by. */
const FIELDS = ['labels', 'confidence', 'truth', 'accepted', 'split', 'withoutDuplicates'] as const;
export type FilterField = (typeof FIELDS)[number];

export function isFilterField(field: string): field is FilterField {
  return FIELDS.some((one) => one === field);
}

/** Labels that a row names. */
const NAMED = 3;

/** A row for each condition that says something of a run. */
export function filterRows(filter: ExportFilter, { has }: ExportedRun): readonly FormRow<FilterField>[] {
  const { t } = vscode.l10n;
  const { labels, truth, accepted, split, withoutDuplicates } = filter;
  const check = (on: boolean | undefined) => (on ? 'check' : 'circle-large-outline');
  return [
    {
      field: 'labels',
      label: t('Labels: {0}', labels ? say(listed(labels.map(nameOf), NAMED)) : t('all')),
    },
    { field: 'confidence', label: t('Confidence: {0}', confidenceWords(filter)) },
    { field: 'truth', label: t('True label: {0}', truthWords(truth)) },
    {
      field: 'accepted',
      icon: check(accepted),
      label: t('Only labeled or accepted'),
      description: t('A person gave the label or accepted the answer'),
    },
    ...(has.splits ? [{ field: 'split' as const, label: t('Split: {0}', split ?? t('all')) }] : []),
    ...(has.looks
      ? [
          {
            field: 'withoutDuplicates' as const,
            icon: check(withoutDuplicates),
            label: t('Without near-duplicates'),
            description: t('Only the first of images that are nearly the same'),
          },
        ]
      : []),
  ];
}

/** Asks for a condition, or turns it round. */
export async function changeFilter(
  field: FilterField,
  filter: ExportFilter,
  ui: StepUi,
  run: ExportedRun,
): Promise<Answer<ExportFilter>> {
  const { t } = vscode.l10n;
  switch (field) {
    case 'accepted':
      return { ...filter, accepted: filter.accepted ? undefined : true };
    case 'withoutDuplicates':
      return { ...filter, withoutDuplicates: filter.withoutDuplicates ? undefined : true };
    case 'labels': {
      const { labels } = filter;
      const items = [...run.labels, ''].map((label) => ({ label: nameOf(label), name: label }));
      const picked = await ui.pickMany({
        placeholder: t('Select the labels to export'),
        items,
        picked: ({ name }) => labels === undefined || labels.includes(name),
      });
      if (picked === BACK || picked === CANCEL) return picked;
      const isAll = picked.length === items.length;
      return { ...filter, labels: isAll ? undefined : picked.map(({ name }) => name) };
    }
    case 'confidence': {
      const typed = await ui.input({
        prompt: t('Confidence in percent: at least, such as 90; or a range, such as 0-50. Empty for any.'),
        value: typedConfidence(filter),
        validate: (text) =>
          readConfidence(text) ? undefined : t('Enter a number from 0 to 100, or a range such as 0-50.'),
      });
      if (typed === BACK || typed === CANCEL) return typed;
      return { ...filter, ...readConfidence(typed) };
    }
    case 'truth': {
      const picked = await ui.pick({
        placeholder: t('Which images do you want to export?'),
        items: [undefined, ...truthFilters].map((truth) => ({ label: truthWords(truth), truth })),
        active: ({ truth }) => truth === filter.truth,
      });
      return picked === BACK || picked === CANCEL ? picked : { ...filter, truth: picked.truth };
    }
    case 'split': {
      const picked = await ui.pick({
        placeholder: t('Which split do you want to export?'),
        items: [undefined, ...splitNames].map((split) => ({ label: split ?? t('all'), split })),
        active: ({ split }) => split === filter.split,
      });
      return picked === BACK || picked === CANCEL ? picked : { ...filter, split: picked.split };
    }
  }
}

function nameOf(label: string): string {
  return label === '' ? vscode.l10n.t('no label') : label;
}

function truthWords(truth: ExportFilter['truth']): string {
  const { t } = vscode.l10n;
  switch (truth) {
    case 'known':
      return t('known');
    case 'right':
      return t('known, and the answer is right');
    case 'wrong':
      return t('known, and the answer is wrong');
    default:
      return t('any');
  }
}

function confidenceWords({ least, most }: ExportFilter): string {
  const { t } = vscode.l10n;
  if (least !== undefined && most !== undefined) return t('{0} to {1}', inPercent(least), inPercent(most));
  if (least !== undefined) return t('at least {0}', inPercent(least));
  return most === undefined ? t('any') : t('at most {0}', inPercent(most));
}

function inPercent(share: number): string {
  return `${Number((100 * share).toFixed(4))}%`;
}

function typedConfidence({ least, most }: ExportFilter): string {
  const figure = (share: number) => String(Number((100 * share).toFixed(4)));
  if (most !== undefined) return `${figure(least ?? 0)}-${figure(most)}`;
  return least === undefined ? '' : figure(least);
}

/** `90`, `50-90` or nothing. @returns undefined for anything else */
export function readConfidence(text: string): Pick<ExportFilter, 'least' | 'most'> | undefined {
  const plain = text.replaceAll(/[\s%]/g, '');
  if (plain === '') return { least: undefined, most: undefined };
  const found = /^(\d+(?:\.\d+)?)(?:[-–](\d+(?:\.\d+)?))?$/.exec(plain);
  if (!found) return undefined;
  const least = Number(found[1]) / 100;
  const most = found[2] === undefined ? undefined : Number(found[2]) / 100;
  if (least > 1 || (most ?? 1) > 1 || least > (most ?? 1)) return undefined;
  return { least, most };
}
