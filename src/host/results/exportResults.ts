import path from 'node:path';
import * as vscode from 'vscode';
import type { ExportSource } from '../../core/exports/exportedRun.ts';
import { filtered } from '../../core/exports/exportFilter.ts';
import { followed, mustHaveImages } from '../../core/exports/followedSource.ts';
import type { Format, FormatOptions } from '../../core/exports/format.ts';
import { treeOptions } from '../../core/exports/trees/treeFormats.ts';
import { imageCount } from '../../core/text/numbers.ts';
import { writeExport } from '../../files/exportFile.ts';
import { isWithin } from '../../files/paths.ts';
import { exportSidecars } from '../exports/exportSidecars.ts';
import { exportTree } from '../exports/exportTree.ts';
import type { FilePlacing } from '../exports/filePlacing.ts';
import { reveal } from '../files.ts';
import { language, say } from '../language.ts';
import { showInformation, withCancel } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { MovedImages } from './classifyRun.ts';
import { type ExportChoice, ExportForm } from './exportForm.ts';

/** What an export is about, and how it is told and stopped. */
export interface AskedExport {
  /** The images that were chosen; their count grows as they are read. */
  readonly source: ExportSource;
  readonly options: FormatOptions;
  readonly filter: ExportChoice['filter'];
  /** The file or folder; absent for what is written beside the images. */
  readonly to: string | undefined;
}

/** How the formats of one kind are written. @returns when everything was told, the images that were moved */
type Write<Kind extends Format['kind']> = (
  format: Extract<Format, { readonly kind: Kind }>,
  asked: AskedExport,
) => Promise<MovedImages | undefined>;

interface ExportParts {
  readonly engine: Pick<Engine, 'call'>;
  /** Places files, and takes them back. */
  readonly placing: FilePlacing;
  /** Keeps what was chosen last. */
  readonly memory: vscode.Memento;
  /** Of SeMap. */
  readonly version: string;
}

/** *Export Results...*: asks what, as what and where to, and writes it. */
export class ExportResults {
  readonly #parts: ExportParts;
  readonly #writers: { readonly [Kind in Format['kind']]: Write<Kind> } = {
    file: (format, asked) => this.#writeFile(format, asked),
    tree: (format, asked) => this.#placeImages(format, asked),
    sidecars: (_, asked) => this.#writeSidecars(asked),
  };

  constructor(parts: ExportParts) {
    this.#parts = parts;
  }

  /**
   * @param isSelection whether the source is only what was selected
   * @returns the images that were moved
   */
  async run(source: ExportSource, isSelection = false): Promise<MovedImages | undefined> {
    const choice = await new ExportForm(this.#parts.memory).ask(source, isSelection);
    if (!choice) return undefined;
    const { format, filter, options, to } = choice;
    const chosen = filtered(source, filter);
    await mustHaveImages(chosen);
    const write = this.#writers[format.kind] as Write<Format['kind']>;
    return write(format, { source: chosen, options: options[format.id] ?? {}, filter, to });
  }

  async #writeSidecars({ source, options }: AskedExport): Promise<undefined> {
    const { engine, placing } = this.#parts;
    await exportSidecars(engine, placing, source, options);
    return undefined;
  }

  async #placeImages(
    format: Extract<Format, { readonly kind: 'tree' }>,
    { source, options, to }: AskedExport,
  ): Promise<MovedImages | undefined> {
    if (to === undefined) return undefined;
    const placed = await exportTree(this.#parts.placing, source, { format, options, folder: to });
    if (!placed || treeOptions(format, options).mode !== 'move') return undefined;
    const isWithinRun = source.run.folders.some((folder) => isWithin(placed.folder, folder));
    return { images: placed.done, within: isWithinRun ? placed.done : 0 };
  }

  async #writeFile(
    format: Extract<Format, { readonly kind: 'file' }>,
    { source, options, filter, to }: AskedExport,
  ): Promise<undefined> {
    const { t } = vscode.l10n;
    if (to === undefined) return undefined;
    const { version, engine } = this.#parts;
    const files = await withCancel(t('Exporting results as {0}', say(format.title)), (signal, report) => {
      const onImages = (images: number) => report({ message: say(imageCount(images)) });
      return writeExport({
        format,
        source: followed(source, { signal, onImages }),
        options,
        context: {
          version,
          language: language(),
          filter,
          thumbnail: (file, size) => engine.call('thumbnail', { path: file, size }, { signal }),
        },
        to,
      });
    });
    const target = vscode.Uri.file(files[0]);
    const wrote = t('Wrote {0}.', files.map((file) => path.basename(file)).join(', '));
    const open = { title: t('Open'), command: 'vscode.open', arguments: [target] };
    const isPage = format.extension === 'html';
    // An editor would show how the page is written; a browser has no file of another computer.
    const browse = { ...open, title: t('Open in Browser') };
    const view = { ...open, command: 'semap.openReport' };
    const shown = !isPage ? open : vscode.env.remoteName === undefined ? browse : view;
    const show = { title: t('Reveal') };
    const chosen = await showInformation<typeof shown | typeof show>(wrote, shown, show);
    if (chosen === browse) await vscode.env.openExternal(target);
    else if (chosen === show) await reveal(target);
    else if (chosen && 'command' in chosen)
      await vscode.commands.executeCommand(chosen.command, ...chosen.arguments);
    return undefined;
  }
}
