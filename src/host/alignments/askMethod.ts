import * as vscode from 'vscode';
import { isLearned, type MappingMethod } from '../../core/mapping/methods.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import type { ListRow } from '../questions.ts';

/** A method with what belongs to it. */
export interface MethodAnswers {
  method?: MappingMethod;
  /** semap-1: whether two labels may share a source label. */
  shared?: boolean;
  k?: number;
  /** Learned methods: from how many images of each label. */
  perClass?: number;
}

interface MethodItem extends ListRow {
  readonly method?: MappingMethod;
  readonly shared?: boolean;
}

const DEFAULT_K = 5;
const DEFAULT_PER_CLASS = 20;

/** What there is to choose from. */
export interface MethodOffer {
  /** Focused first. */
  readonly usual: MappingMethod;
  /** Whether the labels are class folders, so that there are images to learn from. */
  readonly labelled: boolean;
  /** Whether a text encoder is installed. */
  readonly encoder: boolean;
  /** What is to be said of a method beside what it does. */
  readonly note?: (method: MappingMethod, shared: boolean | undefined) => Promise<string | undefined>;
}

/** Asks how labels are mapped. */
export async function askMethod(state: MethodAnswers, ui: StepUi, offer: MethodOffer): Promise<Answer<void>> {
  const usual = state.method ?? offer.usual;
  const item = await ui.pick<MethodItem>({
    placeholder: vscode.l10n.t('How are the labels mapped?'),
    items: noted(methodItems(offer), offer),
    active: ({ method, shared }) => method === usual && (shared ?? true) === (state.shared ?? true),
  });
  if (item === BACK || item === CANCEL) return item;
  if (!item.method) return CANCEL;
  state.method = item.method;
  if (item.shared === undefined) delete state.shared;
  else state.shared = item.shared;
  return undefined;
}

async function noted(items: readonly MethodItem[], { note }: MethodOffer): Promise<readonly MethodItem[]> {
  if (!note) return items;
  return Promise.all(
    items.map(async (item) => {
      const said = item.method && (await note(item.method, item.shared));
      if (said === undefined) return item;
      return { ...item, description: [item.description, said].filter(Boolean).join(' · ') };
    }),
  );
}

function methodItems({ labelled, encoder }: MethodOffer): MethodItem[] {
  const { t } = vscode.l10n;
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  return [
    separator(t('by meaning')),
    {
      label: t('SeMap adaptive'),
      description: t('recommended'),
      detail: t('All source labels that are a kind of the label, otherwise those close enough'),
      method: 'semap',
    },
    { label: 'SeMap-1', detail: t('The most similar source label'), method: 'semap-1' },
    {
      label: t('SeMap-1, one to one'),
      detail: t('The most similar source labels such that no two labels share one'),
      method: 'semap-1',
      shared: false,
    },
    { label: 'SeMap-k', detail: t('The k most similar source labels'), method: 'semap-k' },
    ...(encoder
      ? [
          {
            label: 'ConSE',
            detail: t('Each image becomes a mean of the ten strongest source labels; the nearest label wins'),
            method: 'conse' as const,
          },
        ]
      : []),
    ...(labelled ? learnedItems() : []),
    separator(t('to compare with')),
    {
      label: t('Random'),
      detail: t('By chance, with a seed: the baseline to compare with'),
      method: 'random',
    },
  ];
}

function learnedItems(): MethodItem[] {
  const { t } = vscode.l10n;
  return [
    { label: t('learned from the images in the class folders'), kind: vscode.QuickPickItemKind.Separator },
    {
      label: t('SeMap + Few Labels'),
      detail: t('Starts from the meaning and moves towards what the backbone says about your images'),
      method: 'semap-labels',
    },
    {
      label: 'BLM+',
      detail: t('Each source label by how probable it is on the images of a label (Bayesian-guided)'),
      method: 'blm+',
    },
    {
      label: 'BLM',
      detail: t('Each source label by how often it is the answer on the images of a label (Bayesian-guided)'),
      method: 'blm',
    },
    {
      label: 'FLM',
      detail: t('One source label each: the one that is the answer most often (frequency)'),
      method: 'flm',
    },
    {
      label: t('Linear'),
      detail: t('A logistic regression over all source labels; wants the most images'),
      method: 'linear',
    },
  ];
}

/** Whether a method has a number to ask for, and which. */
export function hasNumber(method: MappingMethod | undefined): boolean {
  return method === 'semap-k' || (method !== undefined && isLearned(method));
}

/** Asks for k, or for the images of each label to learn from. */
export async function askNumber(state: MethodAnswers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const key = state.method === 'semap-k' ? 'k' : 'perClass';
  const text = await ui.input({
    prompt:
      key === 'k'
        ? t('k: how many source labels each label gets')
        : t('How many images of each label to learn from; a quarter or more is kept to measure by'),
    value: String(state[key] ?? (key === 'k' ? DEFAULT_K : DEFAULT_PER_CLASS)),
    validate: (value) => {
      const number = Number(value);
      return Number.isInteger(number) && number >= 1 && number <= 1000
        ? undefined
        : t('A whole number from 1 to 1000.');
    },
  });
  if (text === BACK || text === CANCEL) return text;
  state[key] = Number(text);
  return undefined;
}
