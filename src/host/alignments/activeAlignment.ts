import { isAbsolute, win32 } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { parseAlignment, serialiseAlignment } from '../../core/alignments/alignmentText.ts';
import { withPaths } from '../../core/alignments/documentPaths.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { backbonePath, isFile } from '../backbones/backboneLibrary.ts';
import { offer } from '../messages.ts';
import { pickOne } from '../questions.ts';
import { ALIGNMENT_EDITOR } from './alignmentEditorType.ts';
import { isAlignment } from './alignmentFileName.ts';
import { changeAlignment, findAlignments, textOf } from './alignmentFiles.ts';
import { SETTLE_MS, Settling } from './settling.ts';

/** An alignment document as it is now. */
export interface AlignmentEntry {
  readonly uri: vscode.Uri;
  /** Undefined when the text cannot be read as an alignment: then `problem` says why. */
  readonly document?: AlignmentDocument;
  /** The document with absolute paths of its backbone, folders and prompt, as the engine wants it. */
  readonly forEngine?: AlignmentDocument;
  readonly problem?: SemapError;
}

const STORED = 'activeAlignment';

/** The alignment that views and commands are about: the last one made, or the one in the active editor. */
export class ActiveAlignment implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<AlignmentEntry | undefined>();
  readonly #listening: vscode.Disposable;
  #current: AlignmentEntry | undefined;
  /** What is being read, or else the current one: another document that a person asked for is not lost to a change. */
  #wanted: vscode.Uri | undefined;
  /** The last one that was there: gone under one name, it may be there under another. */
  #last: vscode.Uri | undefined;
  readonly #settling = new Settling(SETTLE_MS, () => {
    if (this.#wanted) void this.show(this.#wanted);
  });
  /** Guards against answers of slow reads that came too late. */
  #reads = 0;

  /** Another document, or its text changed. */
  readonly onDidChange = this.#changed.event;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.semap.json');
    const touched = (uri: vscode.Uri) => {
      if (this.#isCurrent(uri)) this.#settling.touch();
    };
    this.#listening = vscode.Disposable.from(
      watcher,
      watcher.onDidChange(touched),
      watcher.onDidDelete(touched),
      // The first document of a workspace is worth showing; those of runs are opened from their run.
      watcher.onDidCreate((uri) =>
        this.#current || uri.path.includes('/.semap/') ? touched(uri) : void this.show(uri),
      ),
      vscode.workspace.onDidRenameFiles(({ files }) => this.#followFiles(files)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        // Saving and the like change no text.
        if (contentChanges.length > 0) touched(document.uri);
      }),
      // Unsaved text that was thrown away, or a file that was deleted under its editor.
      vscode.workspace.onDidCloseTextDocument(({ uri }) => touched(uri)),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.#follow(editor)),
      // Paths in the document may be used now.
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#settling.touch()),
    );
  }

  get current(): AlignmentEntry | undefined {
    return this.#current;
  }

  dispose(): void {
    this.#settling.dispose();
    this.#listening.dispose();
    this.#changed.dispose();
  }

  /** Takes up the document of the active editor, the one of the last session, or one that lies in the workspace. */
  async restore(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor && isAlignment(editor.document.uri)) return void (await this.show(editor.document.uri));
    const stored = this.#memory.get<string>(STORED);
    if (stored && (await this.show(vscode.Uri.parse(stored)))) return;
    const [found] = await findAlignments(1);
    if (found && !this.#current) await this.show(found);
  }

  /** Makes `uri` the active document. Undefined when there is no such file. */
  async show(uri: vscode.Uri): Promise<AlignmentEntry | undefined> {
    const read = ++this.#reads;
    this.#wanted = uri;
    const entry = await readEntry(uri);
    if (read !== this.#reads) return this.#current;
    this.#current = entry;
    this.#wanted = entry?.uri;
    this.#last = entry?.uri ?? this.#last;
    await this.#memory.update(STORED, entry && uri.scheme === 'file' ? uri.toString() : undefined);
    this.#changed.fire(entry);
    return entry;
  }

  /**
   * `SeMap: Open Alignment`: opens a document as a grid; asks which when there are several.
   * @param preserveFocus nobody asked for the grid itself: the keyboard stays where it is
   */
  async open(uri?: vscode.Uri, { preserveFocus = false } = {}): Promise<void> {
    const chosen = uri ?? (await pickAlignment(openWords()));
    if (!chosen) return;
    await this.show(chosen);
    await this.reopen('grid', chosen, { preserveFocus });
  }

  /** Opens the document in its grid editor, or its text, in place of the other. */
  async reopen(as: 'grid' | 'text', uri?: vscode.Uri, { preserveFocus = false } = {}): Promise<void> {
    const chosen = uri ?? openedAlignment() ?? this.#current?.uri ?? (await pickAlignment(openWords()));
    if (!chosen) return;
    const wanted = as === 'grid' ? ALIGNMENT_EDITOR : 'default';
    const open = openTab(chosen);
    if (open && open.viewType !== wanted) {
      const { group } = open.tab;
      const isFront = () => vscode.window.tabGroups.activeTabGroup.activeTab === openTab(chosen)?.tab;
      if (!isFront())
        await vscode.commands.executeCommand('vscode.openWith', chosen, open.viewType, group.viewColumn);
      // Another editor may have taken the focus since: that one is not to be reopened.
      if (isFront() && (await reopenInFront(wanted)) && openTab(chosen)?.viewType === wanted) return;
    }
    const viewColumn = open?.viewType === wanted ? open.tab.group.viewColumn : undefined;
    const options = { viewColumn, preserveFocus, preview: false };
    await vscode.commands.executeCommand('vscode.openWith', chosen, wanted, options);
  }

  /**
   * Writes what a document shall say as one edit that undo takes back; saves it where {@link changeAlignment} says so.
   * @param before what it was made of
   * @throws {SemapError} `busy` where the document is another by now: what was changed meanwhile stays
   */
  async update(
    uri: vscode.Uri,
    document: AlignmentDocument,
    save: boolean,
    before: AlignmentDocument,
  ): Promise<void> {
    const known = serialiseAlignment(before);
    const change = (now: AlignmentDocument) => {
      if (serialiseAlignment(now) === known) return document;
      throw new SemapError('busy', phrase('The alignment has changed in the meantime.'), {
        hint: phrase('Try again.'),
      });
    };
    await changeAlignment(uri, change, save);
  }

  #isCurrent(uri: vscode.Uri): boolean {
    return this.#current?.uri.toString() === uri.toString();
  }

  /** A document that was renamed, or that lies in a folder that was, is shown on; its watcher may have told its end before. */
  #followFiles(files: readonly { readonly oldUri: vscode.Uri; readonly newUri: vscode.Uri }[]): void {
    const shown = this.#wanted ?? this.#last;
    if (!shown) return;
    for (const { oldUri, newUri } of files) {
      const below = `${oldUri}/`;
      const isIt = shown.toString() === oldUri.toString();
      if (!isIt && !shown.toString().startsWith(below)) continue;
      const uri = isIt ? newUri : vscode.Uri.joinPath(newUri, shown.path.slice(oldUri.path.length));
      if (isAlignment(uri)) void this.show(uri);
      return;
    }
  }

  #follow(editor: vscode.TextEditor | undefined): void {
    const uri = editor?.document.uri;
    if (uri && isAlignment(uri) && !this.#isCurrent(uri)) void this.show(uri);
  }
}

/** Reads an alignment document; undefined when the file is not there. */
export async function readEntry(uri: vscode.Uri): Promise<AlignmentEntry | undefined> {
  const text = await textOf(uri);
  if (text === undefined) return undefined;
  try {
    const document = parseAlignment(text);
    return { uri, document, forEngine: await withAbsolutePaths(document, uri) };
  } catch (error) {
    return { uri, problem: toSemapError(error) };
  }
}

/**
 * Paths as the engine takes them. A prompt or head that is not there is for the engine to tell. A backbone's path that
 * leads nowhere, or that a workspace names which is not trusted, is left out: the engine then looks for an installed
 * backbone of that name. A prompt or head of such a workspace has no path that the engine takes, and its documents name
 * no folders.
 */
async function withAbsolutePaths(document: AlignmentDocument, uri: vscode.Uri): Promise<AlignmentDocument> {
  const { isTrusted } = vscode.workspace;
  const absolute = withPaths(document, (file, what) =>
    isTrusted || what === 'backbone' ? (backbonePath(file, uri) ?? file) : win32.basename(file),
  );
  const usable = async <T extends AlignmentDocument['backbone']>({ path, ...backbone }: T) =>
    path !== undefined && isAbsolute(path) && isTrusted && (await isFile(path))
      ? { ...backbone, path }
      : backbone;
  const { folders, members, ...rest } = absolute;
  return {
    ...rest,
    ...(isTrusted && folders?.every((folder) => isAbsolute(folder)) ? { folders } : {}),
    backbone: await usable(absolute.backbone),
    ...(members && {
      members: await Promise.all(
        members.map(async (member) => ({ ...member, backbone: await usable(member.backbone) })),
      ),
    }),
  };
}

/** The alignment document of the editor in front. */
function openedAlignment(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = (input as { uri?: unknown } | undefined)?.uri;
  return uri instanceof vscode.Uri && isAlignment(uri) ? uri : undefined;
}

/** The tab of a document, the one in front first, and what it shows of it. */
function openTab(uri: vscode.Uri): { readonly tab: vscode.Tab; readonly viewType: string } | undefined {
  const { activeTabGroup, all } = vscode.window.tabGroups;
  const tabs = [activeTabGroup.activeTab, ...all.flatMap((group) => group.tabs)].filter(
    (tab) => tab !== undefined,
  );
  const tab = tabs.find(({ input }) => {
    const isEditor = input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom;
    return isEditor && input.uri.toString() === uri.toString();
  });
  return (
    tab && { tab, viewType: tab.input instanceof vscode.TabInputCustom ? tab.input.viewType : 'default' }
  );
}

/** Another editor in the place of the one in front. @returns false where this VS Code cannot */
async function reopenInFront(viewType: string): Promise<boolean> {
  try {
    await vscode.commands.executeCommand('reopenActiveEditorWith', viewType);
    return true;
  } catch {
    return false;
  }
}

/** What a list of alignments says about itself. */
interface PickWords {
  readonly title: string;
  readonly placeholder: string;
}

function openWords(): PickWords {
  return {
    title: vscode.l10n.t('SeMap: Open Alignment'),
    placeholder: vscode.l10n.t('Which alignment do you want to open?'),
  };
}

/** One of the alignments of the workspace: the only one, or which the person says. */
export async function pickAlignment(words: PickWords): Promise<vscode.Uri | undefined> {
  const found = await findAlignments(200);
  if (found.length === 0) {
    const align = { title: vscode.l10n.t('Align Labels...'), command: 'semap.alignLabels' };
    await offer('information', vscode.l10n.t('No alignments found in this workspace.'), [align]);
    return undefined;
  }
  if (found.length === 1) return found[0];
  const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  items.sort((a, b) => a.label.localeCompare(b.label));
  return (await pickOne(items, words))?.uri;
}
