import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import type { HintEdit } from '../../core/alignments/alignmentEdits.ts';
import { qualityOfRecall } from '../../core/alignments/expectedQuality.ts';
import { recallOf } from '../../core/alignments/expectedRecall.ts';
import {
  type HintRequest,
  hintEdits,
  hintQuestion,
  hintRequest,
  hintsInAnswer,
  LONGEST_ANSWER,
} from '../../core/alignments/hintSuggestions.ts';
import { type LabelChange, labelChanges } from '../../core/alignments/labelChanges.ts';
import { backbonesOf, joinedExcluded } from '../../core/alignments/members.ts';
import { toSemapError } from '../../core/errors.ts';
import { isDefinedByOthers } from '../../core/labels/labelRole.ts';
import { firstAmiss } from '../../core/similarity/labelNoteTexts.ts';
import { wholePercent } from '../../core/text/numbers.ts';
import { listed } from '../../core/text/text.ts';
import type { PageCommand } from '../../protocol/alignmentView.ts';
import { plural, say } from '../language.ts';
import { askModal, showFailure, showInformation, withCancel, withProgress } from '../messages.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import type { ListRow } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { CachedRuns } from './cachedRuns.ts';
import type { ChatModel } from './chatModels.ts';
import { changeWords } from './chooseMethod.ts';
import type { EditAlignment, MenuContext } from './editAlignment.ts';

interface SuggestHintsParts extends Pick<CachedRuns, 'countChanges'> {
  readonly engine: Engine;
  readonly edit: Pick<EditAlignment, 'change' | 'preview' | 'entry'>;
  readonly models: () => Promise<readonly ChatModel[]>;
  readonly inGrid: (uri: vscode.Uri, command: PageCommand) => Promise<void>;
}

interface HintRow extends ListRow {
  readonly edit: HintEdit;
  /** Whether its label does not lose by it. */
  readonly helps: boolean;
}

/** Source labels named of those that come or go. */
const SOURCES = 4;

/**
 * `Suggest Hints...`: asks a language model of VS Code what labels mean. Nothing is sent before the person agreed to what is,
 * and nothing is changed before they saw what it brings.
 */
export class SuggestHints {
  readonly #parts: SuggestHintsParts;

  constructor(parts: SuggestHintsParts) {
    this.#parts = parts;
  }

  /** For one label where the menu names it, else for all that are weak or misunderstood and have no hint yet. */
  async suggest(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const { uri, document, forEngine } = await this.#parts.edit.entry(menu);
    const one = menu?.semapTarget === undefined ? undefined : document.targets[menu.semapTarget];
    const labels = one ? [one.label] : await this.#inNeed(forEngine);
    if (labels.length === 0) {
      void showInformation(
        t('No label needs a hint: none is weak or misunderstood, or all that are have hints.'),
      );
      return;
    }
    const model = await this.#chooseModel();
    if (!model) return;
    const request = await this.#requestOf(forEngine, labels, model);
    if (!(await consent(request, model, document))) return;
    const hints = await this.#ask(model, request);
    if (!hints) return;
    const edits = hintEdits(hints, document.targets);
    if (edits.length === 0) {
      void showInformation(t('{0} suggests no hints for these labels.', model.name));
    } else if (one) {
      const target = menu!.semapTarget!;
      await this.#parts.inGrid(uri, { kind: 'editHint', target, hint: hints.get(one.label) });
    } else {
      await this.#keepSome(document, uri, edits, menu);
    }
  }

  /** Labels that are weak or misunderstood, the worst first; those with a hint or a pinned sense have been seen to. */
  async #inNeed(alignment: AlignmentDocument): Promise<readonly string[]> {
    const meanings = await this.#parts.engine.call('meanings', { alignment });
    return alignment.targets
      .map((target, t) => ({ target, note: firstAmiss(meanings[t]?.notes ?? []) }))
      .filter(({ target, note }) => {
        if (target.hint !== undefined || target.pinned || isDefinedByOthers(target.role)) return false;
        const mark = qualityOfRecall(recallOf(target));
        return note !== undefined || (mark !== 'good' && mark !== 'fair');
      })
      .toSorted((a, b) => recallOf(a.target) - recallOf(b.target))
      .map(({ target }) => target.label);
  }

  async #chooseModel(): Promise<ChatModel | undefined> {
    const { t } = vscode.l10n;
    const models = await this.#parts.models();
    if (models.length === 0) {
      void showInformation(
        t(
          'VS Code has no language model that extensions may use. Install an extension that brings one, or add hints yourself.',
        ),
      );
      return undefined;
    }
    if (models.length === 1) return models[0];
    const items = models.map((model) => ({ label: model.name, description: model.vendor, model }));
    const answer = await new StepUi(t('Suggest Hints')).pick({
      placeholder: t('Select a language model'),
      items,
    });
    return answer === BACK || answer === CANCEL ? undefined : answer.model;
  }

  /** The request, with fewer source labels where the model has no room for all. */
  async #requestOf(
    alignment: AlignmentDocument,
    labels: readonly string[],
    model: ChatModel,
  ): Promise<HintRequest> {
    const { sources } = await this.#parts.engine.call('similarities', { alignment });
    const out = new Set(joinedExcluded(alignment).map(({ index }) => index));
    const names = sources.map(({ name }) => name).filter((_, s) => !out.has(s));
    const all = alignment.targets.map(({ label }) => label);
    const request = hintRequest(labels, all, names);
    // Half of its room is left for what VS Code adds, and for counting tokens otherwise.
    const fits = (await model.countTokens(hintQuestion(request))) <= model.room / 2;
    return fits ? request : { ...request, sources: [] };
  }

  /** What the model suggests; undefined where the person canceled, or it gave no answer to the question. */
  async #ask(model: ChatModel, request: HintRequest): Promise<ReadonlyMap<string, string> | undefined> {
    const { t } = vscode.l10n;
    const again = t('Try Again');
    for (;;) {
      let failed: string;
      try {
        const hints = await withCancel(t('Asking {0} for hints', model.name), async (signal) => {
          try {
            const why = t('SeMap asks for words that say what your labels mean.');
            const answer = await model.ask(hintQuestion(request), why, LONGEST_ANSWER, signal);
            return signal.aborted ? CANCEL : hintsInAnswer(answer, request);
          } catch (error) {
            if (signal.aborted) return CANCEL;
            throw error;
          }
        });
        if (hints === CANCEL) return undefined;
        if (hints) return hints;
        failed = t('{0} did not answer with hints.', model.name);
      } catch (error) {
        failed = t('{0} cannot be asked: {1}', model.name, say(toSemapError(error).text));
      }
      if ((await showFailure(failed, again)) !== again) return undefined;
    }
  }

  /** Shows what each hint brings; what the person selects is one edit. */
  async #keepSome(
    document: AlignmentDocument,
    uri: vscode.Uri,
    hints: readonly HintEdit[],
    menu: MenuContext | undefined,
  ): Promise<void> {
    const { t } = vscode.l10n;
    const { edit, countChanges } = this.#parts;
    const [after, count] = await withProgress(t('Trying {0} hints', hints.length), async () => {
      const preview = edit.preview({ kind: 'hints', hints }, menu);
      const { forEngine } = await edit.entry(menu);
      return Promise.all([preview, countChanges(forEngine, () => preview, uri.toString())]);
    });
    const changes = labelChanges(document, after);
    const items = hints.map((one) => rowOf(one, document, changes));
    const question = t('Select the hints to keep');
    const answer = await new StepUi(t('Suggested Hints')).pickMany({
      placeholder: count ? t('{0} ({1} with all of them)', question, changeWords(count)) : question,
      items,
      picked: ({ helps }) => helps,
    });
    if (answer === BACK || answer === CANCEL || answer.length === 0) return;
    await edit.change({ kind: 'hints', hints: answer.map((row) => row.edit) }, menu);
  }
}

/** Asks before anything is sent, and says what is. */
async function consent(
  { labels, others, sources }: HintRequest,
  { name }: ChatModel,
  document: AlignmentDocument,
): Promise<boolean> {
  const { t } = vscode.l10n;
  const ask = t('Ask');
  const answer = await askModal(
    t('Ask {0} for hints?', name),
    [
      plural(
        labels.length,
        'This is sent to it: {0} label that a hint is wanted for, {1} other labels of the alignment, and {2} source labels of {3}.',
        'This is sent to it: {0} labels that hints are wanted for, {1} other labels of the alignment, and {2} source labels of {3}.',
        others.length,
        sources.length,
        backbonesOf(document).name,
      ),
      t('No image, file name, or path is sent. You see what each hint brings before you keep it.'),
    ],
    ask,
  );
  return answer === ask;
}

function rowOf(edit: HintEdit, { targets }: AlignmentDocument, changes: readonly LabelChange[]): HintRow {
  const { t } = vscode.l10n;
  const { label } = targets[edit.target];
  const change = changes.find(({ target }) => target === edit.target);
  const [before, after] = change?.recall ?? [];
  const detail = change
    ? [
        change.come.length > 0 ? t('Adds {0}.', say(listed(change.come, SOURCES))) : '',
        change.go.length > 0 ? t('Removes {0}.', say(listed(change.go, SOURCES))) : '',
      ].filter(Boolean)
    : [t('Its source labels and its expected recall stay as they are.')];
  return {
    label: `${label}: ${edit.hint}`,
    description:
      before === undefined || after === undefined
        ? ''
        : t('expected recall {0}, now {1}', wholePercent(after), wholePercent(before)),
    detail: detail.join(' '),
    edit,
    helps: before !== undefined && after !== undefined && after >= before,
  };
}
