import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { exportClassifier } from '../../capabilities/exportClassifier.ts';
import { deployedClassifier } from '../../core/classifiers/deploy/deployedClassifier.ts';
import { parityText } from '../../core/classifiers/parityText.ts';
import { SemapError } from '../../core/errors.ts';
import { datasetOfRun, RUN_FILES } from '../../core/runs/run.ts';
import { fileSize } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import { addToTriton, writeSnippets } from '../../files/deployFiles.ts';
import { rootOfRun } from '../../files/runFolders.ts';
import type { ExportedClassifier } from '../../protocol/classifierExport.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { showError } from '../errors.ts';
import { reveal } from '../files.ts';
import { say } from '../language.ts';
import { showInformation, withCancel } from '../messages.ts';
import { sessionOf } from '../session.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrusted } from '../trust.ts';
import { freeUri } from '../writtenFiles.ts';
import { type ActiveAlignment, type AlignmentEntry, pickAlignment, readEntry } from './activeAlignment.ts';
import { askExport, type BesidePlace, type ExportChoice } from './exportClassifierForm.ts';

interface ExportClassifierParts {
  readonly engine: Engine;
  readonly library: Pick<BackboneLibrary, 'resolve'>;
  readonly active: Pick<ActiveAlignment, 'current'>;
  /** Remembers what was chosen last. */
  readonly memory: Pick<vscode.Memento, 'get' | 'update'>;
  readonly version: string;
}

/** `Export Classifier...`: what an alignment describes as one ONNX file, and what runs it. */
export class ExportClassifier {
  readonly #parts: ExportClassifierParts;

  constructor(parts: ExportClassifierParts) {
    this.#parts = parts;
  }

  /** @param target a document, or the row of a run; absent: the active alignment */
  async run(target: vscode.Uri | { readonly folder: string } | undefined): Promise<void> {
    mustBeTrusted(phrase('Trust the workspace to export its classifiers.'));
    const { engine, library, memory, version } = this.#parts;
    const entry = await this.#entry(target);
    if (!entry) return;
    const { document, forEngine } = entry;
    if (!document || !forEngine) throw entry.problem;
    // One that is not found is told by the engine, which knows what there is.
    const backbone = (await library.resolve(document, entry.uri)) ?? document.backbone.name;
    const choice = await askExport({ ...placeOf(entry.uri), labels: document.targets.length }, memory);
    if (!choice) return;
    const { file, snippets, triton, ...options } = choice;
    const exported = await withDescription(engine, backbone, async () =>
      withCancel(vscode.l10n.t('Exporting {0}', basename(file.fsPath)), (signal, report) =>
        exportClassifier(
          { backbone, alignment: forEngine, options, file: file.fsPath, version },
          sessionOf(engine, signal, report),
        ),
      ),
    );
    if (!exported) return;
    // The file stands whatever becomes of what is beside it.
    await writeBeside(choice, exported).catch((error) => void showError(error));
    await tell(exported);
  }

  async #entry(
    target: vscode.Uri | { readonly folder: string } | undefined,
  ): Promise<AlignmentEntry | undefined> {
    const { t } = vscode.l10n;
    const { current } = this.#parts.active;
    if (target === undefined && current) return current;
    const uri =
      target instanceof vscode.Uri
        ? target
        : target
          ? vscode.Uri.joinPath(vscode.Uri.file(target.folder), RUN_FILES.alignment)
          : await pickAlignment({
              title: t('SeMap: Export Classifier'),
              placeholder: t('Which alignment do you want to export?'),
            });
    if (!uri) return undefined;
    const entry = await readEntry(uri);
    if (!entry) throw new SemapError('not-found', phrase('There is no alignment {0}.', uri.fsPath));
    return entry;
  }
}

/** What the file is called, and where it is proposed: beside the document, but not in the folder of a run. */
function placeOf(uri: vscode.Uri): { readonly name: string; readonly folder: vscode.Uri } {
  const folder = dirname(uri.fsPath);
  // A training of a search lies in the folder of that.
  const run = [folder, dirname(folder)].find((one) => rootOfRun(one) !== one);
  if (uri.scheme === 'file' && run !== undefined)
    return { name: datasetOfRun(basename(run)) ?? 'classifier', folder: vscode.Uri.file(rootOfRun(run)) };
  const name = basename(uri.fsPath).replace(/(\.semap)?\.json$/i, '');
  const [first] = vscode.workspace.workspaceFolders ?? [];
  return { name, folder: uri.scheme === 'file' || !first ? vscode.Uri.file(folder) : first.uri };
}

async function writeBeside(
  { file, snippets, triton }: Pick<ExportChoice, 'file' | 'snippets' | 'triton'>,
  exported: ExportedClassifier,
): Promise<void> {
  const classifier = deployedClassifier(basename(file.fsPath), exported);
  if (snippets !== 'none')
    await writeSnippets(
      await folderFor(snippets, file, `${classifier.name}-snippets`),
      classifier,
      file.fsPath,
    );
  if (triton !== 'none')
    await addToTriton(await folderFor(triton, file, `${classifier.name}-triton`), classifier, file.fsPath);
}

/** A folder beside the file is a new one, since an older one is of an older file. */
async function folderFor(
  place: Exclude<BesidePlace, 'none'>,
  file: vscode.Uri,
  name: string,
): Promise<string> {
  if (place !== 'beside') return place.folder;
  const uri = await freeUri((number) => [
    vscode.Uri.joinPath(file, '..', number === 1 ? name : `${name}-${number}`),
  ]);
  return uri.fsPath;
}

async function tell({ file, bytes, parity }: ExportedClassifier): Promise<void> {
  const { t } = vscode.l10n;
  const what = t('Exported {0} ({1}).', basename(file), say(fileSize(bytes)));
  const [open, add] = [t('Reveal'), t('Add as Backbone')];
  const pressed = await showInformation(`${what} ${say(parityText(parity))}`, open, add);
  const uri = vscode.Uri.file(file);
  if (pressed === open) await reveal(uri);
  if (pressed === add) await vscode.commands.executeCommand('semap.addBackbone', uri);
}
