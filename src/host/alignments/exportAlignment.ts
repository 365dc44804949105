import { posix } from 'node:path';
import * as vscode from 'vscode';
import { mappingMarkdown, matrixCsv } from '../../core/alignments/alignmentTables.ts';
import { offer } from '../messages.ts';
import { type ListRow, pickOne, pickTargetFile } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { writeFile } from '../writtenFiles.ts';
import { type ActiveAlignment, type AlignmentEntry, readEntry } from './activeAlignment.ts';

type Format = 'png' | 'svg' | 'csv' | 'md';

/** A page that shows an alignment: only it can draw the grid. */
export interface DrawingPage {
  /** Brings the page of a document into view and asks it for a picture, which comes to {@link ExportAlignment.save}. */
  draw(uri: vscode.Uri, format: 'png' | 'svg'): Promise<void>;
}

/** `Export Alignment`: the grid as a picture, the matrix as CSV, the mapping as Markdown. */
export class ExportAlignment {
  readonly #engine: Engine;
  readonly #active: ActiveAlignment;
  readonly #page: DrawingPage;

  constructor(engine: Engine, active: ActiveAlignment, page: DrawingPage) {
    this.#engine = engine;
    this.#active = active;
    this.#page = page;
  }

  /** @param uri absent: the active alignment */
  async run(uri: vscode.Uri | undefined): Promise<void> {
    const entry = uri ? await readEntry(uri) : this.#active.current;
    if (!entry) return void (await this.#active.open());
    if (!entry.document) throw entry.problem;
    const format = await askFormat();
    if (format === 'png' || format === 'svg') await this.#page.draw(entry.uri, format);
    else if (format) await saveExport(entry.uri, format, () => this.#text(entry, format));
  }

  async #text({ document, forEngine }: AlignmentEntry, format: 'csv' | 'md'): Promise<Uint8Array> {
    const text =
      format === 'md'
        ? mappingMarkdown(document!)
        : matrixCsv(document!, await this.#engine.call('similarities', { alignment: forEngine! }));
    return new TextEncoder().encode(text);
  }
}

/** Asks where to, and writes what there is beside the document. */
export async function saveExport(
  alignment: vscode.Uri,
  format: Format,
  content: () => Promise<Uint8Array> | Uint8Array,
): Promise<void> {
  const { t } = vscode.l10n;
  const name = posix.basename(alignment.path).replace(/(\.semap)?\.json$/i, '');
  const folder =
    alignment.scheme === 'untitled'
      ? vscode.workspace.workspaceFolders?.[0]?.uri
      : vscode.Uri.joinPath(alignment, '..');
  const target = await pickTargetFile({
    title: t('Export Alignment'),
    filters: { [format === 'md' ? 'Markdown' : format.toUpperCase()]: [format] },
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, `${name}.${format}`) } : {}),
  });
  if (!target) return;
  await writeFile(target, await content());
  const open = { title: t('Open'), command: 'vscode.open', arguments: [target] };
  await offer('information', t('Exported {0}.', posix.basename(target.path)), [open]);
}

async function askFormat(): Promise<Format | undefined> {
  const { t } = vscode.l10n;
  const items: readonly (ListRow & { readonly format: Format })[] = [
    { icon: 'file-media', label: t('Image (PNG)'), detail: t('The visible part of the grid'), format: 'png' },
    {
      icon: 'file-code',
      label: t('Drawing (SVG)'),
      detail: t('The visible part of the grid'),
      format: 'svg',
    },
    { icon: 'table', label: t('Matrix (CSV)'), detail: t('All similarities and weights'), format: 'csv' },
    {
      icon: 'markdown',
      label: t('Table (Markdown)'),
      detail: t('The mapping, one label per line'),
      format: 'md',
    },
  ];
  const chosen = await pickOne(items, {
    title: t('SeMap: Export Alignment'),
    placeholder: t('Which format do you want to export?'),
  });
  return chosen?.format;
}
