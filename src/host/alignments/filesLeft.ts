import { basename } from 'node:path';
import * as vscode from 'vscode';
import { parseAlignment } from '../../core/alignments/alignmentText.ts';
import { namesBeside } from '../../core/find/keptFiles.ts';
import { plural } from '../language.ts';
import { showInformation } from '../messages.ts';
import { isThere } from '../writtenFiles.ts';
import { textOf } from './alignmentFiles.ts';

/** Documents of one deletion that are looked at: of a whole folder, the files beside them go, too. */
const MOST = 50;
/** Documents of a folder that may name the same file. */
const MOST_BESIDE = 500;

/**
 * A kept classifier is a document and the files beside it: heads and prompts, up to some megabytes. When a person deletes the
 * document in VS Code, its files are offered for deletion, too, unless another document beside it names them.
 */
export function offerFilesLeft(): vscode.Disposable {
  /** What documents that are about to be deleted name; read while they are there. */
  const named = new Map<string, readonly vscode.Uri[]>();
  return vscode.Disposable.from(
    vscode.workspace.onWillDeleteFiles((event) => {
      const documents = event.files.filter(isDocument).slice(0, MOST);
      if (documents.length > 0) event.waitUntil(Promise.all(documents.map(note)));
    }),
    vscode.workspace.onDidDeleteFiles(async ({ files }) => {
      const beside = files.flatMap((uri) => named.get(uri.toString()) ?? []);
      for (const uri of files) named.delete(uri.toString());
      const left = await unused(beside);
      if (left.length > 0) await offer(left);
    }),
  );

  async function note(uri: vscode.Uri): Promise<void> {
    const files = await besideOf(uri);
    if (files.length > 0) named.set(uri.toString(), files);
  }
}

const isDocument = ({ path }: vscode.Uri) => path.endsWith('.semap.json');

async function besideOf(uri: vscode.Uri): Promise<readonly vscode.Uri[]> {
  const text = await textOf(uri);
  if (text === undefined) return [];
  try {
    return namesBeside(parseAlignment(text)).map((name) => vscode.Uri.joinPath(uri, '..', name));
  } catch {
    // What is no alignment names nothing.
    return [];
  }
}

/** Those that are there, and that no document beside them names. */
async function unused(files: readonly vscode.Uri[]): Promise<readonly vscode.Uri[]> {
  const all = new Map(files.map((uri) => [uri.toString(), uri]));
  const folders = new Map(files.map((uri) => [vscode.Uri.joinPath(uri, '..').toString(), uri]));
  for (const file of folders.values()) {
    const folder = vscode.Uri.joinPath(file, '..');
    const entries = await vscode.workspace.fs.readDirectory(folder).then(
      (found) => found,
      () => [],
    );
    const others = entries.map(([name]) => vscode.Uri.joinPath(folder, name)).filter(isDocument);
    // Of too many nothing is known: then nothing is offered.
    if (others.length > MOST_BESIDE) return [];
    for (const other of others) for (const used of await besideOf(other)) all.delete(used.toString());
  }
  const there = await Promise.all([...all.values()].map(async (uri) => ((await isThere(uri)) ? [uri] : [])));
  return there.flat();
}

async function offer(left: readonly vscode.Uri[]): Promise<void> {
  const { t } = vscode.l10n;
  const names = left.map(({ path }) => basename(path));
  const remove = t('Delete');
  const message = plural(
    left.length,
    '{1} is still there: it is what the deleted alignment had learned, and no other alignment uses it.',
    '{0} files are still there: they are what the deleted alignment had learned, and no other alignment uses them: {1}',
    names.join(', '),
  );
  if ((await showInformation(message, remove)) !== remove) return;
  for (const uri of left) {
    const { fs } = vscode.workspace;
    // On a remote machine there is no trash; the person pressed Delete.
    await fs.delete(uri, { useTrash: true }).then(undefined, () => fs.delete(uri));
  }
}
