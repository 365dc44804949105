import * as vscode from 'vscode';
import type { Engine, Session } from '../../capabilities/session.ts';
import { type StatingDocument, statingOf, testExpectations } from '../../capabilities/testExpectations.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { statedText } from '../../core/expectations/statedExpectations.ts';
import type { TestedExpectation } from '../../core/expectations/testedExpectations.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import { escapeHidden } from '../../core/text/plainText.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { decidedBy } from '../../files/decidedBy.ts';
import type { ResultsSource } from '../../protocol/resultsView.ts';
import { isAlignment } from '../alignments/alignmentFileName.ts';
import { findAlignments, textOf } from '../alignments/alignmentFiles.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import type { CommandTable } from '../commands.ts';
import { describeError, showError } from '../errors.ts';
import { say } from '../language.ts';
import { abortedBy, plain, plainName } from '../messages.ts';
import { mustBeTrusted } from '../trust.ts';
import { failItem, fillItem, statedById } from './expectationItems.ts';
import { messageOf } from './expectationMessages.ts';

/** Documents that are looked at for expectations. */
const MOST_DOCUMENTS = 1000;
/** Folders that no person writes alignments into: runs keep theirs in `.semap`. */
const NOT_OF_PEOPLE = /\/(?:node_modules|\.[^/]+)\//;

interface Parts {
  readonly engine: Engine;
  readonly library: Pick<BackboneLibrary, 'resolve'>;
  /** Shows the images of a source, and among them one. */
  readonly showResults: (source: ResultsSource, image: string) => Promise<void>;
}

/** What alignments of the workspace promise, in VS Code's Test Explorer: documents, and below them their expectations. */
export class ExpectationTests implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #controller = vscode.tests.createTestController('semap', 'SeMap');
  readonly #listening: vscode.Disposable;
  /** The images that broke an expectation, by document and id. */
  readonly #broken = new Map<string, { readonly source: ResultsSource; readonly image: string }>();
  /** Reads of a document, of which the last counts. */
  readonly #turns = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#controller.resolveHandler = async (item) => {
      if (item?.uri) await this.#read(item.uri);
      else await this.refresh();
    };
    this.#controller.refreshHandler = () => this.refresh();
    const profile = this.#controller.createRunProfile(
      vscode.l10n.t('Test Expectations'),
      vscode.TestRunProfileKind.Run,
      (request, token) => this.#run(request, token),
      true,
    );
    const files = vscode.workspace.createFileSystemWatcher('**/*.semap.json');
    const read = (uri: vscode.Uri) => void this.#read(uri);
    this.#listening = vscode.Disposable.from(
      profile,
      files,
      files.onDidCreate(read),
      files.onDidChange(read),
      files.onDidDelete(read),
      vscode.workspace.onDidOpenTextDocument(({ uri }) => read(uri)),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => read(uri)),
    );
    for (const { uri } of vscode.workspace.textDocuments) read(uri);
  }

  get commands(): CommandTable<'expectations'> {
    return {
      'semap.showBrokenImages': (chosen?: unknown) => this.#showBroken(chosen),
      'semap.openExpectation': (chosen?: unknown) => this.#openText(chosen),
    };
  }

  dispose(): void {
    this.#listening.dispose();
    this.#controller.dispose();
  }

  /** Looks for expectations in all alignments of the workspace. */
  async refresh(): Promise<void> {
    const found = await findAlignments(MOST_DOCUMENTS);
    const known = [...this.#controller.items].flatMap(([, { uri }]) => (uri ? [uri] : []));
    const all = new Map([...known, ...found].map((uri) => [uri.toString(), uri]));
    for (const uri of all.values()) await this.#read(uri);
  }

  /** Shows what a document states, or nothing where it states nothing. */
  async #read(uri: vscode.Uri): Promise<void> {
    if (uri.scheme !== 'file' || !isAlignment(uri) || NOT_OF_PEOPLE.test(uri.path)) return;
    const id = uri.toString();
    const turn = (this.#turns.get(id) ?? 0) + 1;
    this.#turns.set(id, turn);
    const text = await textOf(uri);
    if (this.#turns.get(id) !== turn) return;
    const { items } = this.#controller;
    if (!text?.includes('"expectations"')) return items.delete(id);
    try {
      const stating = statingOf(text, uri.fsPath);
      if (stating.stated.length === 0) return items.delete(id);
      fillItem(this.#controller, this.#itemOf(uri), stating);
    } catch (error) {
      failItem(this.#itemOf(uri), error);
    }
  }

  #itemOf(uri: vscode.Uri): vscode.TestItem {
    const { items } = this.#controller;
    const known = items.get(uri.toString());
    if (known) return known;
    const label = plainName(vscode.workspace.asRelativePath(uri));
    const item = this.#controller.createTestItem(uri.toString(), label, uri);
    items.add(item);
    return item;
  }

  async #run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    if (!request.include && this.#controller.items.size === 0) await this.refresh();
    const wanted = wantedOf(request, this.#controller.items);
    const run = this.#controller.createTestRun(request);
    const signal = abortedBy(token);
    try {
      mustBeTrusted(phrase('Trust the workspace to test what its alignments promise.'));
      for (const item of [...wanted.values()].flat()) run.enqueued(item);
      for (const [document, items] of wanted) {
        if (signal.aborted) break;
        await this.#test(document, items, run, signal);
      }
    } catch (error) {
      // What was not come to is left as it was.
      if (!signal.aborted) await showError(error);
    } finally {
      run.end();
    }
  }

  /** Tests some expectations of one document, as it is now: unsaved changes included. */
  async #test(
    document: vscode.TestItem,
    items: readonly vscode.TestItem[],
    run: vscode.TestRun,
    signal: AbortSignal,
  ): Promise<void> {
    const uri = document.uri!;
    let since = performance.now();
    const end = (item: vscode.TestItem, one: TestedExpectation) => {
      // What is about images that others were about takes no time of its own.
      const milliseconds = one.stated.problem ? undefined : performance.now() - since;
      since = performance.now();
      if (one.status === 'passed') return run.passed(item, milliseconds);
      const message = messageOf(one, item, keyOf(item));
      if (one.status === 'failed') run.failed(item, message, milliseconds);
      else run.errored(item, message, milliseconds);
    };
    try {
      const stating = await readNow(uri);
      const { file, alignment } = stating;
      const byId = statedById(stating);
      const itemOf = new Map(items.map((item) => [byId.get(item.id), item]));
      // What a document no longer states.
      for (const item of items) if (!byId.has(item.id)) run.skipped(item);
      const stated = stating.stated.filter((one) => itemOf.has(one));
      if (stated.length === 0) return;
      for (const one of stated) run.started(itemOf.get(one)!);
      const backbone = await this.#parts.library.resolve(alignment, uri);
      const tell = (one: TestedExpectation, images?: ImageFolders) => {
        const item = itemOf.get(one.stated)!;
        this.#remember(item, one, images, { file, decided: decidedBy(alignment) });
        end(item, one);
        run.appendOutput(outputLine(one));
      };
      await testExpectations({ file, alignment, stated, backbone }, this.#session(run, signal), tell);
    } catch (error) {
      if (signal.aborted || toSemapError(error).reason === 'cancelled') throw error;
      const { message } = describeError(error);
      for (const item of items) run.errored(item, new vscode.TestMessage(plain(message)));
    }
  }

  #session(run: vscode.TestRun, signal: AbortSignal): Session {
    const inDocument = phrase('The document names them.');
    return {
      engine: this.#parts.engine,
      signal,
      report: () => {},
      note: ({ text, hint }) => run.appendOutput(`${lineOf(text)}${hint ? ` ${lineOf(hint)}` : ''}\r\n`),
      ways: { labels: inDocument, layout: inDocument, balanced: inDocument },
    };
  }

  /** What the results page shows of an expectation, as long as it fails. */
  #remember(
    item: vscode.TestItem,
    { status, stated, verdict }: TestedExpectation,
    images: ImageFolders | undefined,
    { file, decided }: { readonly file: string; readonly decided: string },
  ): void {
    const first = verdict?.broke.find(({ reason }) => reason === undefined);
    this.#broken.delete(keyOf(item));
    if (status !== 'failed' || !images || !first) return;
    const time = new Date().toISOString();
    const source: ResultsSource = {
      id: `expectations ${file} ${time}`,
      ...images,
      ...{ alignment: file, decided, time },
      phase: 'done',
      skipped: 0,
      ...(stated.scope.settled && { settled: 'settled' }),
    };
    this.#broken.set(keyOf(item), { source, image: first.path });
  }

  /** Opens the text of a document at an expectation; VS Code itself would open the grid. */
  async #openText(chosen: unknown): Promise<void> {
    const key = keyIn(chosen);
    const items = [...this.#controller.items].flatMap(([, item]) => [item, ...childrenOf(item)]);
    const item = items.find((one) => keyOf(one) === key);
    if (!item?.uri) return;
    const selection = item.range && { selection: item.range };
    await vscode.commands.executeCommand('vscode.openWith', item.uri, 'default', {
      preview: false,
      ...selection,
    });
  }

  async #showBroken(chosen: unknown): Promise<void> {
    const broken = this.#broken.get(keyIn(chosen));
    if (!broken)
      throw new SemapError('not-found', phrase('Nothing is known of the images by now.'), {
        hint: phrase('Test the expectation again.'),
      });
    await this.#parts.showResults(broken.source, broken.image);
  }
}

/** The expectations that a person wants tested, by document. */
function wantedOf(
  { include, exclude = [] }: vscode.TestRunRequest,
  all: vscode.TestItemCollection,
): ReadonlyMap<vscode.TestItem, readonly vscode.TestItem[]> {
  const left = new Set(exclude.map(keyOf));
  const wanted = new Map<vscode.TestItem, vscode.TestItem[]>();
  for (const item of include ?? [...all].map(([, one]) => one)) {
    const document = item.parent ?? item;
    const items = wanted.get(document) ?? [];
    const some = item.parent ? [item] : childrenOf(item);
    items.push(...some.filter((one) => !items.includes(one) && !left.has(keyOf(one))));
    if (!left.has(keyOf(document))) wanted.set(document, items);
  }
  return wanted;
}

function childrenOf({ children }: vscode.TestItem): readonly vscode.TestItem[] {
  return [...children].map(([, child]) => child);
}

/** The key that a link has, or that of the item that VS Code gives to a command in the menu of an item or message. */
function keyIn(chosen: unknown): string {
  if (typeof chosen === 'string') return chosen;
  const { test, id } = (chosen ?? {}) as { readonly test?: vscode.TestItem; readonly id?: unknown };
  if (test) return keyOf(test);
  return typeof id === 'string' ? keyOf(chosen as vscode.TestItem) : '';
}

function keyOf({ id, uri }: vscode.TestItem): string {
  return `${uri?.toString()} ${id}`;
}

async function readNow(uri: vscode.Uri): Promise<StatingDocument> {
  const text = await textOf(uri);
  if (text === undefined) {
    const name = vscode.workspace.asRelativePath(uri);
    throw new SemapError('not-found', phrase('{0} was deleted or renamed.', name));
  }
  return statingOf(text, uri.fsPath);
}

function outputLine({ status, stated, said }: TestedExpectation): string {
  return `${status}: ${lineOf(statedText(stated))}: ${lineOf(said)}\r\n`;
}

function lineOf(text: Text): string {
  return escapeHidden(say(text));
}
