import * as vscode from 'vscode';
import type { AlignmentDocument, ExcludedSource } from '../../core/alignments/alignment.ts';
import {
  type AlignmentEdit,
  changesMeaning,
  type MeaningEdit,
  withEdit,
} from '../../core/alignments/alignmentEdits.ts';
import { withPathsOf } from '../../core/alignments/documentPaths.ts';
import { qualityName } from '../../core/alignments/expectedQuality.ts';
import { recallOf } from '../../core/alignments/expectedRecall.ts';
import { joinedSources, partsOf, sourceGroups } from '../../core/alignments/members.ts';
import type { SenseOption } from '../../core/alignments/senseOptions.ts';
import { SemapError } from '../../core/errors.ts';
import { wholePercent } from '../../core/text/numbers.ts';
import { listed, phrase } from '../../core/text/text.ts';
import type { PageCommand } from '../../protocol/alignmentView.ts';
import { showError } from '../errors.ts';
import { plural, say } from '../language.ts';
import { showInformation, withProgress } from '../messages.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import { askText, type ListRow } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type ActiveAlignment, type AlignmentEntry, readEntry } from './activeAlignment.ts';
import { changeAlignment } from './alignmentFiles.ts';

/** What a command of the Alignment view is about; menus of the page pass what the pointer is on. */
export interface MenuContext {
  readonly semapTarget?: number | undefined;
  /** Among the sources of all backbones of the document. */
  readonly semapSource?: number | undefined;
  /** A backbone among several: 0 is the document's own, then its members. */
  readonly semapMember?: number | undefined;
  /** Address of the document; absent: the active alignment, which may be another after a question. */
  readonly semapDocument?: string | undefined;
  /** The document is open in its editor: saving is left to the person. */
  readonly semapEditor?: boolean | undefined;
}

/** What a command was called with: by a menu of the page, or by the title of an editor, which passes its file. */
export function menuOf(argument: unknown): MenuContext | undefined {
  return argument instanceof vscode.Uri
    ? { semapDocument: argument.toString(), semapEditor: true }
    : (argument as MenuContext | undefined);
}

type Ready = AlignmentEntry & Required<Pick<AlignmentEntry, 'document' | 'forEngine'>>;

/** Lemmas of a sense that a row names. */
const NAMES = 4;
/** Targets named for a source label. */
const USERS = 3;

/** Changes what the labels of the active alignment mean, and aligns them again. */
export class EditAlignment {
  readonly #engine: Engine;
  readonly #active: Pick<ActiveAlignment, 'current' | 'update'>;
  readonly #inGrid: (uri: vscode.Uri, command: PageCommand) => Promise<void>;

  /** @param inGrid has the grid of a document do something */
  constructor(
    engine: Engine,
    active: Pick<ActiveAlignment, 'current' | 'update'>,
    inGrid: (uri: vscode.Uri, command: PageCommand) => Promise<void>,
  ) {
    this.#engine = engine;
    this.#active = active;
    this.#inGrid = inGrid;
  }

  /** `Choose Sense...`: pins one of the senses that WordNet has for a target label. */
  async chooseSense(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const entry = await this.entry(menu);
    const target = await pickTarget(entry.document, menu, t("Which label's sense do you want to change?"));
    if (target === undefined) return;
    const { label } = entry.document.targets[target];
    const { senses, chosen, together, pinned } = await this.#engine.call('senses', {
      alignment: entry.forEngine,
      target,
    });
    if (senses.length === 0) {
      const hint = t('Add Hint...');
      const answer = await showInformation(
        t('WordNet has no entry for {0}. Add a hint to say what it means.', `"${label}"`),
        hint,
      );
      return answer === hint ? this.addHint({ ...menu, semapTarget: target }) : undefined;
    }
    const current = pinned ?? chosen;
    const items: (ListRow & { sense: string | null })[] = senses.map((sense) => ({
      label: sense.lemmas.slice(0, NAMES).join(', '),
      detail: sense.gloss,
      description: [
        sense.key === current || (pinned === undefined && together?.includes(sense.key)) ? t('current') : '',
        sense.key === chosen || together?.includes(sense.key) ? t("SeMap's choice") : '',
        sense.key === pinned ? t('pinned by you') : '',
        kindsOf(sense),
      ]
        .filter(Boolean)
        .join(' · '),
      sense: sense.key,
    }));
    if (pinned !== undefined) {
      items.push({ icon: 'discard', label: t('Leave the Choice to SeMap'), sense: null });
    }
    const item = await pick(
      t('Sense of {0}', label),
      t('What does {0} mean here?', label),
      items,
      ({ sense }) => sense === current,
    );
    if (!item || (item.sense !== null && item.sense === pinned)) return;
    await this.#realign(entry, { kind: 'sense', target, sense: item.sense }, menu);
  }

  /** `Add Hint...`: free text that tells what a target label means; the grid has the field for it. */
  async addHint(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const { uri, document } = await this.entry(menu);
    const target = await pickTarget(document, menu, t('Which label do you want to add a hint to?'));
    if (target !== undefined) await this.#inGrid(uri, { kind: 'editHint', target });
  }

  /** `Exclude Source Label...`: no target may use it. */
  async excludeSource(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const entry = await this.entry(menu);
    const { document } = entry;
    const sources = await this.#sourcesOf(entry.forEngine);
    let chosen = sources.find(({ joined }) => joined === menu?.semapSource);
    if (menu?.semapSource === undefined) {
      const out = new Set(excludedSources(document).map(({ joined }) => joined));
      const users = usersOf(document);
      const items = sources
        .map((source) => ({
          label: source.label,
          description: source.description,
          detail: users.has(source.joined) ? t('Used by {0}', few(users.get(source.joined)!)) : '',
          source,
        }))
        .filter(({ source: { joined } }) => !out.has(joined))
        .sort((a, b) => Number(users.has(b.source.joined)) - Number(users.has(a.source.joined)));
      chosen = (await pick(t('Exclude Source Label'), t('Which source label do you want to exclude?'), items))
        ?.source;
    }
    if (!chosen) return;
    const { label, wnid, index, of } = chosen;
    await this.#realign(entry, { kind: 'exclude', source: { label, wnid, index }, ...of }, menu);
  }

  /** The source labels of all backbones of a document. */
  async #sourcesOf(document: AlignmentDocument): Promise<readonly JoinedSource[]> {
    const labels = await Promise.all(
      partsOf(document).map(async ({ backbone: { path, name, texts } }) => {
        if (texts) return texts.labels.map((label, index) => ({ label, wnid: undefined, index }));
        const { labelSpace } = await this.#engine.call('describeBackbone', { backbone: path ?? name });
        return labelSpace.labels.map((label, index) => ({ label: label.name, wnid: label.wnid, index }));
      }),
    );
    return joinedSourcesOf(document, labels);
  }

  /** `Include Source Label...` */
  async includeSource(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const entry = await this.entry(menu);
    const items = excludedSources(entry.document);
    if (items.length === 0) {
      void showInformation(t('No source labels are excluded.'));
      return;
    }
    const given = items.find(({ joined }) => joined === menu?.semapSource);
    const item =
      given ??
      (await pick(t('Include Source Label'), t('Which source label do you want to include again?'), items));
    if (item) await this.#realign(entry, { kind: 'include', source: item.index, ...item.of }, menu);
  }

  /** `Add Target Label...`: at the end, aligned like the others. */
  async addTarget(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const entry = await this.entry(menu);
    const label = await askText({
      title: t('Add Target Label'),
      prompt: t('Name of the new target label'),
      ignoreFocusOut: true,
      validate: (text) =>
        entry.document.targets.some((target) => target.label === text.trim())
          ? t('A label with this name already exists.')
          : undefined,
    });
    if (label === undefined || label.trim() === '') return;
    await this.#realign(entry, { kind: 'add', label }, menu);
  }

  /** `Align Label Again`: maps one target as if nobody had changed it by hand. */
  async alignAgain(menu?: MenuContext): Promise<void> {
    const entry = await this.entry(menu);
    const question = vscode.l10n.t('Which label do you want to align again?');
    const target = await pickTarget(entry.document, menu, question);
    if (target !== undefined) await this.#realign(entry, { kind: 'again', target }, menu);
  }

  /**
   * Changes the document; where its meaning changes, labels are aligned again, and what a person mapped by hand stays.
   * @param label what the edit's target is called: where it is another by now, nothing is done; absent: whatever it is
   */
  async change(edit: AlignmentEdit, menu?: MenuContext, label?: string): Promise<void> {
    const isMeant = ({ targets }: AlignmentDocument) =>
      label === undefined || !('target' in edit) || targets[edit.target]?.label === label;
    if (changesMeaning(edit)) {
      const entry = await this.entry(menu);
      if (isMeant(entry.document)) await this.#realign(entry, edit, menu);
      return;
    }
    const uri = uriOf(menu) ?? this.#active.current?.uri;
    if (!uri) return;
    const change = (document: AlignmentDocument) => (isMeant(document) ? withEdit(document, edit) : document);
    await changeAlignment(uri, change, menu?.semapEditor !== true);
  }

  /** The edit of a page; the person is told what went wrong. */
  async ofPage(edit: AlignmentEdit, label: string | undefined, menu: MenuContext): Promise<void> {
    try {
      await this.change(edit, menu, label);
    } catch (error) {
      await showError(error, { document: uriOf(menu) });
    }
  }

  /** What an edit would make of the document; nothing is changed. */
  async preview(edit: MeaningEdit, menu?: MenuContext): Promise<AlignmentDocument> {
    const { forEngine } = await this.entry(menu);
    return this.#engine.call('realign', { alignment: forEngine, edit });
  }

  /** The document that a command is about, as it is now. */
  async document(menu?: MenuContext): Promise<AlignmentDocument> {
    return (await this.entry(menu)).document;
  }

  /** The same with its address, and as the engine takes it. */
  async entry(menu: MenuContext | undefined): Promise<Ready> {
    const uri = uriOf(menu);
    const current = uri ? await readEntry(uri) : this.#active.current;
    if (current?.document && current.forEngine) return current as Ready;
    throw (
      current?.problem ??
      new SemapError('not-found', phrase('There is no alignment to change.'), {
        hint: phrase('Align labels first.'),
      })
    );
  }

  /** One edit of the document's text: undo takes it back. */
  async #realign(entry: Ready, edit: MeaningEdit, menu: MenuContext | undefined): Promise<void> {
    const document = await withProgress(
      '',
      () => this.#engine.call('realign', { alignment: entry.forEngine, edit }),
      { viewId: 'semap.alignment' },
    );
    // The engine knows backbone, folders, prompt and head by absolute paths; the document keeps its own.
    const next = withPathsOf(document, entry.document);
    await this.#active.update(entry.uri, next, menu?.semapEditor !== true, entry.document);
  }
}

/** The document that a menu is about, where it names one. */
export function uriOf(menu: MenuContext | undefined): vscode.Uri | undefined {
  return menu?.semapDocument ? vscode.Uri.parse(menu.semapDocument, true) : undefined;
}

/** What the backbone knows of a sense. */
function kindsOf({ kinds, kindCount }: SenseOption): string {
  const { t } = vscode.l10n;
  if (kindCount === 0) return t('no source label is a kind of it');
  return plural(
    kindCount,
    '{0} source label: {1}',
    '{0} source labels: {1}',
    listed(kinds, USERS, kindCount),
  );
}

async function pickTarget(
  { targets }: AlignmentDocument,
  menu: MenuContext | undefined,
  placeholder: string,
): Promise<number | undefined> {
  const given = menu?.semapTarget;
  if (given !== undefined && targets[given]) return given;
  const items = targets.map((target, index) => {
    const { label, gloss, hint, expected } = target;
    const mark = say(phrase('expected: {0}, {1}', qualityName(expected), wholePercent(recallOf(target))));
    return { label, description: hint ?? '', detail: [gloss, mark].filter(Boolean).join(' · '), index };
  });
  return (await pick(vscode.l10n.t('Alignment'), placeholder, items))?.index;
}

async function pick<T extends ListRow>(
  title: string,
  placeholder: string,
  items: readonly T[],
  active?: (item: T) => boolean,
): Promise<T | undefined> {
  const answer = await new StepUi(title).pick({ placeholder, items, ...(active ? { active } : {}) });
  return answer === BACK || answer === CANCEL ? undefined : answer;
}

/** A source label of one of a document's backbones, as lists show it and edits name it. */
interface JoinedSource extends ExcludedSource {
  readonly description: string;
  /** Among the sources of all backbones. */
  readonly joined: number;
  readonly of: { readonly member?: number };
}

/** @param own source labels of each backbone, by its own indices */
function joinedSourcesOf(
  document: AlignmentDocument,
  own: readonly (readonly ExcludedSource[])[],
): readonly JoinedSource[] {
  const several = own.length > 1;
  return sourceGroups(document).flatMap(({ name, from }, member) =>
    own[member].map((source) => ({
      ...source,
      description: [source.wnid ?? '', several ? name : ''].filter(Boolean).join(' · '),
      joined: from + source.index,
      of: member === 0 ? {} : { member },
    })),
  );
}

function excludedSources(document: AlignmentDocument): readonly JoinedSource[] {
  return joinedSourcesOf(
    document,
    partsOf(document).map(({ excluded = [] }) => excluded),
  );
}

function usersOf(document: AlignmentDocument): Map<number, string[]> {
  const users = new Map<number, string[]>();
  for (const [t, sources] of joinedSources(document).entries()) {
    const { label } = document.targets[t];
    for (const { index } of sources) users.set(index, [...(users.get(index) ?? []), label]);
  }
  return users;
}

function few(labels: readonly string[]): string {
  return say(listed(labels, USERS));
}
