import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ModelPlan, ModelVariant } from '../../core/downloads/modelInstall.ts';
import { hostOf } from '../../core/downloads/requests.ts';
import { fileSize } from '../../core/text/numbers.ts';
import { say } from '../language.ts';
import { askText, type ListRow, pickFolder, pickOne } from '../questions.ts';
import { manageTrust, trustRows } from '../trust.ts';
import type { ModelWish } from './modelDownloads.ts';

/** What is asked about one kind of model. */
export interface ModelQuestion {
  /** The command. */
  readonly title: string;
  readonly placeholder: string;
  /** Models that are known by name. */
  readonly known: readonly (ListRow & { readonly id: string })[];
  /** What other repositories may hold. */
  readonly other: string;
  /** A repository: `owner/name`. */
  readonly example: string;
  /** What a folder must hold. */
  readonly folder: string;
}

/** Asks which model to install. */
export async function askModel(question: ModelQuestion): Promise<ModelWish | undefined> {
  const { t } = vscode.l10n;
  const rows: readonly (ListRow & {
    readonly id?: string;
    readonly from?: 'hub' | 'folder';
    readonly manageTrust?: true;
  })[] = [
    ...question.known,
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { icon: 'globe', label: t('Other Repository...'), detail: question.other, from: 'hub' },
    {
      icon: 'folder',
      label: t('Install from Folder...'),
      detail: t('A clone, a snapshot or an extracted archive. Works offline.'),
      from: 'folder',
    },
    ...trustRows(
      t(
        'Restricted Mode: saved in your own model folder, not in one that the settings of this workspace name.',
      ),
    ),
  ];
  const row = await pickOne(rows, {
    title: question.title,
    placeholder: question.placeholder,
    ignoreFocusOut: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (row?.manageTrust) await manageTrust();
  if (row?.from === 'folder') return askModelFolder(question);
  if (row?.from === 'hub') return askRepository(question);
  return row?.id === undefined ? undefined : { kind: 'hub', name: row.id };
}

/** Asks for a folder on this machine. */
export async function askModelFolder({ folder }: ModelQuestion): Promise<ModelWish | undefined> {
  const chosen = await pickFolder(folder, vscode.l10n.t('Install'));
  return chosen && { kind: 'folder', folder: chosen.fsPath };
}

async function askRepository({ title, example }: ModelQuestion): Promise<ModelWish | undefined> {
  const name = await askText({
    title,
    prompt: vscode.l10n.t('Repository on the Hugging Face Hub, as owner/name'),
    placeholder: example,
    ignoreFocusOut: true,
    validate: (value) =>
      /^(https?:\/\/[^/]+\/)?[\w-][\w.-]*\/[\w-][\w.-]*/.test(value.trim()) || value === ''
        ? undefined
        : vscode.l10n.t('Enter owner/name, such as {0}.', example),
  });
  return name?.trim() ? { kind: 'hub', name: name.trim() } : undefined;
}

/** The sizes, and with them the decision to download. */
export async function askVariant<V extends ModelVariant>(plan: ModelPlan<V>): Promise<V | undefined> {
  const { t } = vscode.l10n;
  const { source, proposed, variants } = plan;
  const from = source.kind === 'hub' ? hostOf(source.repository.endpoint) : basename(source.folder);
  const items = [proposed, ...variants.filter((variant) => variant !== proposed)].map((variant) => {
    const size = say(fileSize(variant.bytes));
    const { dtype, modelPath, files } = variant;
    return {
      label: source.kind === 'hub' ? t('Download {0}', size) : t('Copy {0}', size),
      description: variant === proposed ? t('{0} (recommended)', dtype) : dtype,
      detail: t('{0} and {1} more files from {2}', modelPath, files.length - 1, from),
      variant,
    };
  });
  const item = await pickOne(items, {
    title: plan.title,
    placeholder: t('Select a precision'),
    ignoreFocusOut: true,
  });
  return item?.variant;
}
