import * as vscode from 'vscode';
import { type MappingMethod, mappingMethods, methodNames } from '../../core/mapping/methods.ts';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import type { ListRow } from '../questions.ts';

/** A method with what belongs to it. */
export interface MethodAnswers {
  method?: MappingMethod | undefined;
  /** semap-1: whether two labels may share a source label. */
  shared?: boolean | undefined;
  k?: number | undefined;
  /** Learned methods: from how many images of each label. */
  perClass?: number | undefined;
}

interface MethodItem extends ListRow {
  readonly method?: MappingMethod;
  readonly shared?: boolean;
}

/** What suits most labels, and is shown before all others. */
export const RECOMMENDED: MappingMethod = 'semap';

/** What there is to choose from. */
export interface MethodOffer {
  /** Focused first. */
  readonly usual: MappingMethod;
  /** Whether the labels are class folders, so that there are images to learn from. */
  readonly labelled: boolean;
  /** Whether a text encoder is installed. */
  readonly encoder: boolean;
  /** The question before was what is recommended or more: the whole table is shown at once. */
  readonly more?: boolean;
  /** What is to be said of a method beside what it does. */
  readonly note?: (method: MappingMethod, shared: boolean | undefined) => Promise<string | undefined>;
}

/**
 * Asks how labels are mapped: the recommended method, the one that is usual or chosen already where that is another, and
 * the whole table behind *More Methods...*
 */
export async function askMethod(state: MethodAnswers, ui: StepUi, offer: MethodOffer): Promise<Answer<void>> {
  const usual = state.method ?? offer.usual;
  const isUsual = ({ method, shared }: MethodItem) =>
    method === usual && (shared ?? true) === (state.shared ?? true);
  const all = methodItems(offer);
  const first = all.filter((item) => item.method === RECOMMENDED || isUsual(item));
  const more: MethodItem = { label: vscode.l10n.t('More Methods...') };
  const placeholder = vscode.l10n.t('How should labels be mapped?');
  for (;;) {
    const items = noted(first, offer).then((few) => [...few, more]);
    let item: Answer<MethodItem> = offer.more ? more : await ui.pick({ placeholder, items, active: isUsual });
    if (item !== BACK && item !== CANCEL && !item.method) {
      item = await ui.deeper().pick({ placeholder, items: noted(all, offer), active: isUsual });
      if (item === BACK && !offer.more) continue;
    }
    if (item === BACK || item === CANCEL) return item;
    state.method = item.method;
    state.shared = item.shared;
    return undefined;
  }
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

/** The table of methods as a list: those by meaning, those that learn, and the baseline. */
function methodItems({ labelled, encoder }: MethodOffer): MethodItem[] {
  const { t } = vscode.l10n;
  const byMeaning: MethodItem[] = [];
  const learned: MethodItem[] = [];
  const baselines: MethodItem[] = [];
  for (const method of methodNames) {
    const entry = mappingMethods[method];
    const item = { label: say(entry.title), detail: say(entry.summary), method };
    if (entry.needs === 'images') learned.push(item);
    else if (entry.baseline) baselines.push(item);
    else if (entry.needs === 'names' || encoder) {
      byMeaning.push(method === RECOMMENDED ? { ...item, description: t('recommended') } : item);
      if (entry.parameters.shared) {
        byMeaning.push({
          label: t('{0}, one-to-one', item.label),
          detail: t('The most similar source labels, with no two labels sharing one'),
          method,
          shared: false,
        });
      }
    }
  }
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  return [
    separator(t('by meaning')),
    ...byMeaning,
    ...(labelled ? [separator(t('learned from the images in the class folders')), ...learned] : []),
    separator(t('baseline')),
    ...baselines,
  ];
}

/** The number that a method asks for: k, or the images of each label to learn from. */
export function numberOf(method: MappingMethod | undefined): 'k' | 'perClass' | undefined {
  const { parameters, needs } = mappingMethods[method ?? 'semap'];
  if (parameters.perClass) return 'perClass';
  return parameters.k && needs === 'names' ? 'k' : undefined;
}

/** The largest number that is asked for. */
const MOST = 1000;

/** Asks for {@link numberOf} the chosen method. */
export async function askNumber(state: MethodAnswers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const key = numberOf(state.method);
  const range = key && state.method && mappingMethods[state.method].parameters[key];
  if (!range) return undefined;
  const text = await ui.input({
    prompt:
      key === 'k'
        ? t('Number of source labels for each label (k)')
        : t(
            'Number of images of each label to learn from; at least a quarter is held out to measure accuracy',
          ),
    value: String(state[key] ?? range.usual),
    validate: (value) => {
      const number = Number(value);
      return Number.isInteger(number) && number >= range.least && number <= MOST
        ? undefined
        : t('Enter a whole number from {0} to {1}.', range.least, MOST);
    },
  });
  if (text === BACK || text === CANCEL) return text;
  state[key] = Number(text);
}
