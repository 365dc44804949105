import { basename, dirname, isAbsolute, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import {
  alignmentTextEdits,
  parseAlignment,
  serialiseAlignment,
} from '../../core/alignments/alignmentText.ts';
import { withPaths } from '../../core/alignments/documentPaths.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { type DocumentWithFiles, filesBeside } from '../../core/find/keptFiles.ts';
import type { TextEdit } from '../../core/json/jsonEdits.ts';
import { phrase } from '../../core/text/text.ts';
import { refuseLinks } from '../../files/links.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { showError } from '../errors.ts';
import { say } from '../language.ts';
import { askModal, showWarning } from '../messages.ts';
import { mustBeTrusted } from '../trust.ts';
import { freeUri, isThere, writeFile } from '../writtenFiles.ts';
import { ALIGNMENT_EDITOR } from './alignmentEditorType.ts';
import { alignmentFileName } from './alignmentFileName.ts';

/** Alignments of the workspace, those of runs and of other programs left out. */
export async function findAlignments(most: number): Promise<readonly vscode.Uri[]> {
  return vscode.workspace.findFiles('**/*.semap.json', '**/{node_modules,.*}/**', most);
}

/** A dense mapping of a thousand labels to a thousand fits well. */
const LARGEST_DOCUMENT = 256 << 20;

/**
 * The text of a document, unsaved changes included; undefined when there is no such file, or something else of that
 * name. A link in a workspace that is not trusted is not followed.
 */
export async function textOf(uri: vscode.Uri): Promise<string | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    const bytes = uri.scheme === 'file' ? readDocument(uri) : vscode.workspace.fs.readFile(uri);
    return new TextDecoder().decode(await bytes);
  } catch {
    return undefined;
  }
}

function readDocument(uri: vscode.Uri): Promise<Uint8Array> {
  const limit = LARGEST_DOCUMENT;
  const folder = vscode.workspace.isTrusted ? undefined : vscode.workspace.getWorkspaceFolder(uri);
  return readRegularFile(uri.fsPath, folder ? { limit, root: folder.uri.fsPath } : { limit });
}

/** @throws {SemapError} `not-writable` where VS Code does not take the edit */
async function apply(edit: vscode.WorkspaceEdit, uri: vscode.Uri): Promise<void> {
  if (await vscode.workspace.applyEdit(edit)) return;
  const name = vscode.workspace.asRelativePath(uri);
  throw new SemapError('not-writable', phrase('Cannot change {0}: VS Code rejected the edit.', name));
}

/** Replaces a file's whole text as one edit that can be undone; saves it unless it had unsaved changes before. */
async function replaceText(uri: vscode.Uri, text: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const wasDirty = document.isDirty;
  const edit = new vscode.WorkspaceEdit();
  const end = document.lineAt(document.lineCount - 1).range.end;
  edit.replace(uri, new vscode.Range(new vscode.Position(0, 0), end), text);
  await apply(edit, uri);
  if (!wasDirty && !document.isUntitled) await document.save();
}

/** Changes of one document wait for each other: each is made of the text that the one before left. */
const changing = new Map<string, Promise<void>>();

/**
 * Changes an alignment document by as few lines as possible, as one edit that undo takes back.
 * @param change gets the document as it is now, unsaved changes included
 * @param save saves it unless it had unsaved changes before
 */
export function changeAlignment(
  uri: vscode.Uri,
  change: (document: AlignmentDocument) => AlignmentDocument,
  save: boolean,
): Promise<void> {
  return changeText(uri, (text) => alignmentTextEdits(text, change(parseAlignment(text))), save);
}

/** The same with edits of the text. */
export function changeText(
  uri: vscode.Uri,
  editsOf: (text: string) => readonly TextEdit[],
  save: boolean,
): Promise<void> {
  const key = uri.toString();
  const mine = (changing.get(key) ?? Promise.resolve())
    .catch(() => {})
    .then(async () => {
      const document = await vscode.workspace.openTextDocument(uri);
      const wasDirty = document.isDirty;
      const edits = editsOf(document.getText());
      if (edits.length === 0) return;
      const edit = new vscode.WorkspaceEdit();
      for (const { start, end, text: put } of edits) {
        edit.replace(uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), put);
      }
      await apply(edit, uri);
      if (save && !wasDirty && !document.isUntitled) await document.save();
    })
    .finally(() => {
      if (changing.get(key) === mine) changing.delete(key);
    });
  changing.set(key, mine);
  return mine;
}

/** Where a new alignment document goes: the workspace folder of `near`, or the first one. */
export function alignmentFolder(near: vscode.Uri | undefined): vscode.Uri | undefined {
  const folder = near && vscode.workspace.getWorkspaceFolder(near);
  return (folder ?? vscode.workspace.workspaceFolders?.[0])?.uri;
}

/**
 * Writes a new alignment document as `<name>.semap.json` into `folder`. A file that is there is replaced only when the
 * person says so; with another name to take instead, nobody is asked. Where nothing can be written, and in a workspace that is not trusted, the document becomes an unsaved
 * one.
 * @returns the document's address; undefined when the person changed their mind
 */
export async function writeAlignment(
  document: AlignmentDocument,
  folder: vscode.Uri | undefined,
  name: string,
  otherwise?: string,
): Promise<vscode.Uri | undefined> {
  const fileName = alignmentFileName(name);
  if (!folder) return openUntitled(document, fileName);
  try {
    mustBeTrusted(
      phrase('Trust the workspace to save alignments in it. This alignment is open as an unsaved document.'),
    );
  } catch (error) {
    void showError(error);
    return openUntitled(document, fileName);
  }
  let uri = vscode.Uri.joinPath(folder, `${fileName}.semap.json`);
  if ((await isThere(uri)) && otherwise !== undefined) {
    uri = await freeName(folder, alignmentFileName(otherwise));
  } else if (await isThere(uri)) {
    const replace = vscode.l10n.t('Replace');
    const keepBoth = vscode.l10n.t('Keep Both');
    const answer = await askModal(
      vscode.l10n.t('{0}.semap.json already exists.', fileName),
      [vscode.l10n.t('To get its current content back, use Undo in its editor.')],
      replace,
      keepBoth,
    );
    if (answer === undefined) return undefined;
    if (answer === replace) {
      try {
        if (uri.scheme === 'file') await refuseLinks(uri.fsPath, folder.fsPath);
        await replaceText(uri, serialiseAlignment(withNearPaths(document, uri)));
        return uri;
      } catch (error) {
        return explainAndOpenUntitled(document, fileName, folder, error);
      }
    }
    uri = await freeName(folder, fileName);
  }
  try {
    const text = serialiseAlignment(withNearPaths(document, uri));
    await writeFile(uri, new TextEncoder().encode(text), folder);
    return uri;
  } catch (error) {
    return explainAndOpenUntitled(document, fileName, folder, error);
  }
}

/**
 * Writes a document with the file of its head beside it, under a name that nothing has yet.
 * @param near a folder or document of the workspace folder that it goes to
 * @returns the document's address
 * @throws {SemapError} `untrusted`, `not-writable`, `out-of-space`
 */
export function writeClassifier(
  document: AlignmentDocument,
  head: Uint8Array,
  near: vscode.Uri,
  name: string,
): Promise<vscode.Uri> {
  const heads = document.head ? [{ file: document.head.file, bytes: head }] : [];
  return writeWithFiles({ document, heads, prompts: [] }, near, name);
}

/** The same with the files of any heads and prompts. */
export async function writeWithFiles(
  kept: DocumentWithFiles,
  near: vscode.Uri,
  name: string,
): Promise<vscode.Uri> {
  mustBeTrusted(phrase('Trust the workspace to save classifiers in it.'));
  const folder = alignmentFolder(near);
  if (!folder) {
    throw new SemapError('not-writable', phrase('There is no folder to save the classifier in.'), {
      hint: phrase('Open a folder in VS Code, then try again.'),
    });
  }
  const named = (uri: vscode.Uri) =>
    filesBeside(kept, basename(uri.path).replace(/\.semap\.json$/, ''), (path, what) =>
      what === 'prompt' ? path : nearPath(path, uri),
    );
  const uri = await freeUri((n) => {
    const one = alignmentFileName(name);
    const document = vscode.Uri.joinPath(folder, `${n === 1 ? one : `${one}-${n}`}.semap.json`);
    const beside = named(document).files.map(({ file }) => vscode.Uri.joinPath(folder, file));
    return [document, ...beside];
  });
  const { document, files } = named(uri);
  for (const { file, bytes } of files) await writeFile(vscode.Uri.joinPath(folder, file), bytes, folder);
  await writeFile(uri, new TextEncoder().encode(serialiseAlignment(document)), folder);
  return uri;
}

/** The document with the paths of its backbone, folders and head relative to it where both lie in the workspace. */
export function withNearPaths(document: AlignmentDocument, uri: vscode.Uri): AlignmentDocument {
  return withPaths(document, (path, what) => (what === 'prompt' ? path : nearPath(path, uri)));
}

/** A path as a document names it: relative to it where both lie in the workspace. */
export function nearPath(path: string, uri: vscode.Uri): string {
  if (!vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path))) return path;
  const near = relative(dirname(uri.fsPath), path);
  if (isAbsolute(near)) return path;
  return near === '' ? '.' : near.split(sep).join('/');
}

async function explainAndOpenUntitled(
  document: AlignmentDocument,
  fileName: string,
  folder: vscode.Uri,
  error: unknown,
): Promise<vscode.Uri> {
  const uri = await openUntitled(document, fileName);
  const saveAs = vscode.l10n.t('Save As...');
  void showWarning(
    vscode.l10n.t(
      'Cannot write {0}.semap.json to {1}: {2} It is open as an unsaved document. Save it to another folder.',
      fileName,
      folder.fsPath,
      whyNot(error),
    ),
    saveAs,
  ).then(async (chosen) => {
    if (chosen !== saveAs) return;
    await vscode.commands.executeCommand('vscode.openWith', uri, ALIGNMENT_EDITOR);
    await vscode.commands.executeCommand('workbench.action.files.saveAs');
  });
  return uri;
}

/** Why a file could not be written, in a sentence. */
function whyNot(error: unknown): string {
  const { reason, text, cause } = toSemapError(error);
  const message = say(text);
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (code === 'NoPermissions' || /\b(EROFS|EACCES|EPERM)\b/.test(`${code} ${message}`)) {
    return vscode.l10n.t('the folder is read-only.');
  }
  if (reason === 'out-of-space' || /\bENOSPC\b/.test(message)) return vscode.l10n.t('the disk is full.');
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

async function openUntitled(document: AlignmentDocument, fileName: string): Promise<vscode.Uri> {
  const taken = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.toString()));
  const named = (n: number) =>
    vscode.Uri.from({ scheme: 'untitled', path: `${fileName}${n === 1 ? '' : `-${n}`}.semap.json` });
  let n = 1;
  while (taken.has(named(n).toString())) n++;
  const { uri } = await vscode.workspace.openTextDocument(named(n));
  await replaceText(uri, serialiseAlignment(document));
  return uri;
}

/** `<name>.semap.json`, or the first with a number that is free. */
function freeName(folder: vscode.Uri, name: string): Promise<vscode.Uri> {
  return freeUri((n) => [vscode.Uri.joinPath(folder, `${n === 1 ? name : `${name}-${n}`}.semap.json`)]);
}
