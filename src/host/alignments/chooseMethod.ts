import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { AlignmentDocument, AlignmentMethodSettings } from '../../core/alignments/alignment.ts';
import { withEdit } from '../../core/alignments/alignmentEdits.ts';
import { choiceOf, type SimilarityChoice } from '../../core/encoders/similarityChoice.ts';
import { SemapError } from '../../core/errors.ts';
import { type Aggregation, offeredAggregations } from '../../core/mapping/mapping.ts';
import { isLearned, type MappingMethod } from '../../core/mapping/methods.ts';
import { phrase } from '../../core/text/text.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import type { ListRow } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { askMethod, askNumber, type MethodAnswers, numberOf } from './askMethod.ts';
import type { ChangeCount } from './cachedRuns.ts';
import { type EditAlignment, type MenuContext, uriOf } from './editAlignment.ts';
import { similarityItems } from './similarityItems.ts';

/**
 * How many predictions an edit of the document at `uri` would change; undefined where no run tells: then `after` is not
 * made.
 */
export type CountChanges = (
  before: AlignmentDocument,
  after: () => Promise<AlignmentDocument>,
  uri: string | undefined,
) => Promise<ChangeCount | undefined>;

/** A menu waits no longer than this for what it says beside its items. */
const PATIENCE_MS = 1500;

interface ChooseMethodParts {
  readonly engine: Engine;
  readonly edit: EditAlignment;
  readonly active: { readonly current: { readonly uri: vscode.Uri } | undefined };
  readonly countChanges: CountChanges;
}

/** Changes by what an alignment was made: its method, its similarity, its aggregation. */
export class ChooseMethod {
  readonly #parts: ChooseMethodParts;

  constructor(parts: ChooseMethodParts) {
    this.#parts = parts;
  }

  /** `Change Method...`: aligns all labels by another method. */
  async method(menu?: MenuContext): Promise<void> {
    const { edit, engine } = this.#parts;
    const { method } = await edit.document(menu);
    const answers: MethodAnswers = { method: method.name, k: method.k, shared: method.shared };
    const ui = new StepUi(vscode.l10n.t('SeMap: Change Method'));
    const encoder = (await engine.call('listEncoders', undefined)).some(({ problem }) => !problem);
    const note = (name: MappingMethod, shared?: boolean) => this.#wouldChange(method, name, shared, menu);
    const chosen = await askMethod(answers, ui, { usual: method.name, labelled: false, encoder, note });
    if (chosen === BACK || chosen === CANCEL || answers.method === undefined) return;
    const number = await askNumber(answers, ui);
    if (number === BACK || number === CANCEL) return;
    const { method: name, shared, k } = answers;
    await edit.change({ kind: 'method', method: { name, k: numberOf(name) && k, shared } }, menu);
  }

  /** How many predictions another method would change, where a run tells and it does not take long. */
  async #wouldChange(
    now: AlignmentMethodSettings,
    name: MappingMethod,
    shared: boolean | undefined,
    menu: MenuContext | undefined,
  ): Promise<string | undefined> {
    if (name === now.name && (shared ?? true) === (now.shared ?? true)) return vscode.l10n.t('current');
    const { edit, countChanges } = this.#parts;
    const counting = (async () => {
      const preview = () => edit.preview({ kind: 'method', method: { name, shared } }, menu);
      return countChanges(await edit.document(menu), preview, this.#uriOf(menu)?.toString());
    })().catch(() => undefined);
    const changed = await Promise.race([counting, sleep(PATIENCE_MS, undefined, { ref: false })]);
    return changed && changeWords(changed);
  }

  /** `Change Similarity...`: compares the labels by something else and aligns them by the same method. */
  async similarity(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const { edit, engine } = this.#parts;
    const { method } = await edit.document(menu);
    const { name, k, seed, shared } = method;
    if (isLearned(name)) throw learned();
    const encoders = (await engine.call('listEncoders', undefined)).filter(({ problem }) => !problem);
    const now = choiceOf(method);
    const item = await new StepUi(t('SeMap: Change Similarity')).pick({
      placeholder: t('How should labels be compared?'),
      items: similarityItems(encoders),
      active: ({ choice }) => sameSimilarity(choice, now),
    });
    if (item === BACK || item === CANCEL || sameSimilarity(item.choice, now)) return;
    const similarity = item.choice ?? { name: 'wordnet' };
    await edit.change({ kind: 'method', method: { name, k, seed, shared, similarity } }, menu);
  }

  /** `Change Aggregation...`: how the logits of a target's sources become its score. */
  async aggregation(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const document = await this.#parts.edit.document(menu);
    const uri = this.#uriOf(menu);
    const { aggregation: now } = document;
    if (!offeredAggregations.some((kind) => kind === now.kind)) {
      throw new SemapError(
        'invalid-argument',
        phrase('{0} has an aggregation of its own.', document.method.name),
        { hint: phrase('Choose another method first.') },
      );
    }
    const items = aggregations().map((item) => ({
      ...item,
      description: sameAggregation(item.aggregation, now) ? t('current') : '',
    }));
    const picked = await new StepUi(t('SeMap: Change Aggregation')).pick({
      placeholder: t('How should source labels be combined into a score?'),
      items: this.#counted(document, items, uri),
      active: ({ aggregation }) => sameAggregation(aggregation, now),
    });
    if (picked === BACK || picked === CANCEL) return;
    await this.#parts.edit.change({ kind: 'aggregation', aggregation: picked.aggregation }, menu);
  }

  #uriOf(menu: MenuContext | undefined): vscode.Uri | undefined {
    return uriOf(menu) ?? this.#parts.active.current?.uri;
  }

  /** Says of every choice what it would change, where a run tells. */
  async #counted<T extends { readonly aggregation: Aggregation; readonly description: string }>(
    document: AlignmentDocument,
    items: readonly T[],
    uri: vscode.Uri | undefined,
  ): Promise<T[]> {
    return Promise.all(
      items.map(async (item) => {
        const { aggregation } = item;
        if (sameAggregation(aggregation, document.aggregation)) return item;
        const after = async () => withEdit(document, { kind: 'aggregation', aggregation });
        const changed = await this.#parts.countChanges(document, after, uri?.toString());
        return changed ? { ...item, description: changeWords(changed) } : item;
      }),
    );
  }
}

/** `12 of 400 predictions on photos change`. */
export function changeWords({ changed, images, title }: ChangeCount): string {
  return vscode.l10n.t('{0} of {1} predictions on {2} change', changed, images, title);
}

function aggregations(): (ListRow & { aggregation: Aggregation })[] {
  const { t } = vscode.l10n;
  return [
    {
      label: t('Log of the mean probability'),
      detail: t('Recommended. Treats broad and narrow labels alike'),
      aggregation: { kind: 'log-mean-exp', alpha: 1 },
    },
    {
      label: t('Log of the summed probability'),
      detail: t('Favors labels with many source labels'),
      aggregation: { kind: 'log-mean-exp', alpha: 0 },
    },
    {
      label: t('Mean of the logits'),
      detail: t('Used by AutoVP and ILM-VP'),
      aggregation: { kind: 'mean-logits' },
    },
    {
      label: t('Largest logit'),
      detail: t('Uses only the strongest source label'),
      aggregation: { kind: 'max' },
    },
  ];
}

function sameAggregation(a: Aggregation, b: Aggregation): boolean {
  return a.kind === b.kind && (a.kind !== 'log-mean-exp' || (b as typeof a).alpha === a.alpha);
}

function sameSimilarity(a: SimilarityChoice | undefined, b: SimilarityChoice): boolean {
  const { name, encoder } = a ?? { name: 'wordnet', encoder: undefined };
  return name === b.name && encoder === b.encoder;
}

function learned(): SemapError {
  return new SemapError(
    'invalid-argument',
    phrase('This mapping was learned from images, so labels are not compared.'),
    { hint: phrase('Choose another method to compare labels.') },
  );
}
