import * as vscode from 'vscode';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { modelName, segmentsOf } from '../../core/downloads/modelNames.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import { plural, say } from '../language.ts';
import { showWarning } from '../messages.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import type { ListRow } from '../questions.ts';
import { manageTrust, trustRows } from '../trust.ts';
import type { BackboneLibrary } from './backboneLibrary.ts';

interface BackboneItem extends ListRow {
  /** Absent for the lines between the groups, and for models that are not added yet. */
  readonly entry?: BackboneEntry;
  readonly uri?: vscode.Uri;
  readonly manageTrust?: true;
  readonly isActive?: boolean;
  readonly several?: true;
}

/** Answered by the row that leads to several backbones. */
const SEVERAL = Symbol('several');

/**
 * Asks for one of the backbones; a damaged one is explained, and asked again.
 * @param isOffered which to list; without it all
 */
export async function askForBackbone(
  library: BackboneLibrary,
  ui: StepUi,
  placeholder: string,
  isOffered: (entry: BackboneEntry) => boolean = () => true,
): Promise<Answer<BackboneEntry>> {
  const answer = await askForOne(library, ui, placeholder, { orSeveral: false, isOffered });
  return answer === SEVERAL ? CANCEL : answer;
}

/** The same for one or several that answer together; the first is the one that an alignment is named after. */
export async function askForBackbones(
  library: BackboneLibrary,
  ui: StepUi,
  placeholder: string,
): Promise<Answer<readonly BackboneEntry[]>> {
  const { t } = vscode.l10n;
  for (;;) {
    const answer = await askForOne(library, ui, placeholder, { orSeveral: true, isOffered: () => true });
    if (answer === BACK || answer === CANCEL) return answer;
    if (answer !== SEVERAL) return [answer];
    const [entries, active] = await Promise.all([library.list(), library.active()]);
    const picked = await ui.deeper().pickMany({
      placeholder: t(
        'Select the backbones that should answer together. Each image runs through all of them.',
      ),
      items: entries
        .filter(({ problem }) => !problem)
        .map((entry) => ({
          label: entry.name,
          description: backboneWords(entry, entry === active),
          entry,
        })),
      picked: ({ entry }) => entry === active,
    });
    if (picked === CANCEL) return picked;
    if (picked !== BACK && picked.length > 0) return picked.map(({ entry }) => entry);
  }
}

async function askForOne(
  library: BackboneLibrary,
  ui: StepUi,
  placeholder: string,
  offer: { readonly orSeveral: boolean; readonly isOffered: (entry: BackboneEntry) => boolean },
): Promise<Answer<BackboneEntry | typeof SEVERAL>> {
  const { t } = vscode.l10n;
  const { orSeveral, isOffered } = offer;
  const load = async (): Promise<BackboneItem[]> => {
    const [all, active] = await Promise.all([library.list(), library.active()]);
    const entries = all.filter(isOffered);
    const item = (entry: BackboneEntry, description: string, icon?: string): BackboneItem => ({
      label: entry.name,
      icon,
      description,
      detail: entry.embedded ? t('Embedded starter backbone') : entry.path,
      isActive: entry === active,
      entry,
    });
    const usable = entries.filter(({ problem }) => !problem);
    const undescribed = entries.filter(({ problem }) => problem?.reason === 'needs-description');
    const damaged = entries.filter(({ problem }) => problem && problem.reason !== 'needs-description');
    return [
      ...usable.map((entry) => item(entry, backboneWords(entry, entry === active))),
      ...(orSeveral && usable.length > 1
        ? [
            {
              icon: 'layers',
              label: t('Several Backbones Together...'),
              detail: t(
                'For nets that know different things, or agree on the same. Each image runs through all of them',
              ),
              several: true as const,
            },
          ]
        : []),
      ...separated(
        t('Need a description'),
        undescribed.map((entry) => item(entry, '', 'question')),
      ),
      ...separated(
        t('Cannot be used'),
        damaged.map((entry) => item(entry, entry.problem ? say(entry.problem.message) : '', 'warning')),
      ),
    ];
  };
  const item = await ui.pick<BackboneItem>({
    placeholder,
    items: load(),
    more: addableRows(library),
    active: ({ isActive }) => isActive === true,
  });
  if (item === BACK || item === CANCEL) return item;
  if (item.manageTrust) {
    await manageTrust();
    return CANCEL;
  }
  if (item.several) return SEVERAL;
  const again = () => askForOne(library, ui, placeholder, offer);
  if (item.uri) return (await library.add(item.uri.fsPath)) ?? again();
  const { entry } = item;
  if (!entry) return CANCEL;
  const { problem } = entry;
  if (problem && problem.reason !== 'needs-description') {
    void showWarning([problem.message, problem.hint].map((text) => (text ? say(text) : '')).join(' '));
    return again();
  }
  return entry;
}

/** The models of the workspace that could be added, below a line that says so. */
export async function addableRows(
  library: Pick<BackboneLibrary, 'addable'>,
): Promise<readonly (ListRow & { readonly uri?: vscode.Uri; readonly manageTrust?: true })[]> {
  const restricted = trustRows(vscode.l10n.t('Restricted Mode: models of this workspace are not offered.'));
  if (restricted.length > 0) return restricted;
  // What cannot be searched has nothing to offer.
  const found = await library.addable().catch(() => []);
  return separated(
    vscode.l10n.t('In this workspace, not added yet'),
    found.map((uri) => ({
      icon: 'add',
      label: modelName(segmentsOf(vscode.workspace.asRelativePath(uri, true))),
      detail: vscode.workspace.asRelativePath(uri),
      uri,
    })),
  );
}

/** What there is to say about a usable backbone beside its name. */
export function backboneWords({ description, embedded }: BackboneEntry, active: boolean): string {
  const { t } = vscode.l10n;
  const words = [
    active ? t('active') : '',
    description ? labelsOf(description) : '',
    embedded ? t('embedded') : '',
  ];
  return words.filter((word) => word !== '').join(' · ');
}

function labelsOf({ text, labelSpace }: BackboneDescription): string {
  if (text) return vscode.l10n.t('any labels');
  return plural(labelSpace.labels.length, '{0} source label', '{0} source labels');
}

function separated<T extends ListRow>(title: string, items: readonly T[]): readonly (T | ListRow)[] {
  return items.length === 0 ? [] : [{ label: title, kind: vscode.QuickPickItemKind.Separator }, ...items];
}
