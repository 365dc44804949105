import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import type * as vscode from 'vscode';
import type { DocumentExpectation } from '../../../../src/core/expectations/statedExpectations.ts';
import { CLASS_FOLDERS } from '../../../../src/core/folders/layout.ts';
import type { Engine } from '../../../../src/host/supervisor/engineClient.ts';
import type { ResultsSource } from '../../../../src/protocol/resultsView.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { testFolder } from '../../folders.ts';
import { eventually, stage } from '../withFakeVscode.ts';

type Item = vscode.TestItem;
interface FakeController extends vscode.TestController {
  readonly profiles: readonly {
    run(request: Partial<vscode.TestRunRequest>, token: object): Promise<void>;
  }[];
  readonly runs: readonly {
    readonly told: readonly (readonly [string, Item?, vscode.TestMessage?])[];
    readonly output: readonly string[];
  }[];
}
interface Fake {
  readonly testControllers: FakeController[];
  readonly documentSaved: { fire(document: { readonly uri: object }): void };
  readonly Uri: typeof vscode.Uri;
}

const { ExpectationTests } = await import('../../../../src/host/expectations/expectationTests.ts');
// @ts-expect-error: plain JavaScript
const { testControllers, documentSaved, Uri } = (await import('../fakeVscode.mjs')) as Fake;

const HOSTILE = '](command:x) <b>.jpg';
const never = { isCancellationRequested: false, onCancellationRequested: () => {} };

describe('Expectations in the Test Explorer', () => {
  let folder = '';
  let file = '';
  let classified = 0;
  let shown: [ResultsSource, string][] = [];
  let controller: FakeController;
  let tests: InstanceType<typeof ExpectationTests>;

  const engine = {
    call: async (
      method: string,
      { folders }: { folders: string[] },
      { onProgress }: never | Handlers = {},
    ) => {
      if (method === 'recogniseLayouts')
        return folders.map((one) => ({
          ...{ folder: one, layout: CLASS_FOLDERS, classes: 2, examples: [] },
          ...{ splits: [], alternatives: [], refused: [] },
        }));
      classified++;
      const image = (name: string, at: number, truth: number) => ({
        ...{ path: path.join(folders[0], name), target: at, truth, confidence: 0.75, fired: [] },
      });
      const predictions = [image('cat/1.jpg', 0, 0), image(`cat/${HOSTILE}`, 1, 0)];
      onProgress?.({ predictions, done: 2, total: 2, listed: true });
      return { skipped: [], measuredOn: { learned: 0 }, cancelled: false };
    },
  } as unknown as Engine;
  interface Handlers {
    onProgress?: (progress: object) => void;
  }

  const write = (expectations: readonly DocumentExpectation[] | undefined) => {
    const targets = [target('cat', source(0)), target('dog', source(1))];
    const document = alignmentOf(2, targets, { folders: ['photos'], expectations });
    writeFileSync(file, JSON.stringify(document, null, 2));
  };
  const children = () =>
    [...controller.items].flatMap(([, item]) => [...item.children].map(([, one]) => one));
  const state = (name: string) => controller.runs.at(-1)!.told.filter(([state]) => state === name);
  const run = (request: Partial<vscode.TestRunRequest> = {}, token: object = never) =>
    controller.profiles[0].run(request, token);

  beforeEach(async () => {
    folder = await testFolder();
    mkdirSync(path.join(folder, 'photos'));
    file = path.join(folder, 'pets.semap.json');
    write(['accuracy >= .9', 'at most 0 unread', 'acuracy >= .9']);
    classified = 0;
    shown = [];
    stage.folders = [folder];
    stage.files = [file];
    stage.trusted = true;
    stage.messages = [];
    tests = new ExpectationTests({
      engine,
      library: { resolve: async () => 'net' },
      showResults: async (source, image) => void shown.push([source, image]),
    });
    controller = testControllers.at(-1)!;
    await controller.resolveHandler!(undefined);
  });

  it('are listed below their documents, at their lines, with what is broken', () => {
    assert.deepEqual(
      [...controller.items].map(([, { label }]) => label),
      ['pets.semap.json'],
    );
    const [accuracy, unread, slip] = children();
    assert.equal(accuracy.label, 'accuracy >= .9');
    assert.equal(unread.range!.start.line, accuracy.range!.start.line + 1);
    assert.equal(accuracy.error, undefined);
    assert.match(String(slip.error), /at character 1: "acuracy" .* Did you mean accuracy\?/);
  });

  it('are tested in one go, and tell which images broke them without doing what names say', async () => {
    await run();
    assert.equal(classified, 1);
    assert.deepEqual(
      state('passed').map(([, item]) => item!.label),
      ['at most 0 unread'],
    );
    assert.deepEqual(
      state('errored').map(([, item]) => item!.label),
      ['acuracy >= .9'],
    );
    const [[, item, message]] = state('failed');
    assert.equal(item!.label, 'accuracy >= .9');
    const words = (message!.message as vscode.MarkdownString).value;
    assert.match(words, /^Accuracy is 50\\\.0\\% .*expected at least 90\\\.0\\%/);
    const [, link, about] = /- \[cat\\\/\\\]\\\(command\\:x\\\) \\<b\\>\\\.jpg\]\(([^()<>\s]+)\): (.*)$/.exec(
      words,
    )!;
    assert.ok(link.startsWith('file:///') && link.endsWith('/cat/%5d%28command:x%29%20%3cb%3e.jpg'), link);
    assert.equal(about, 'dog \\(75\\.0\\%\\)\\, truth cat');
    const runs = /\[Show in Results\]\(command:semap\.showBrokenImages\?([^()\s]+)\)/.exec(words)!;
    assert.deepEqual([...words.matchAll(/\]\(command:/g)].length, 2);
    assert.deepEqual((message!.message as vscode.MarkdownString).isTrusted, {
      enabledCommands: ['semap.showBrokenImages', 'semap.openExpectation'],
    });
    assert.equal(message!.location!.range.start.line, item!.range!.start.line);
    assert.deepEqual(controller.runs.at(-1)!.told.at(-1), ['end']);
    assert.match(controller.runs.at(-1)!.output.join(''), /^error: acuracy.*\r\nfailed: accuracy/);

    await tests.commands['semap.showBrokenImages']({ test: item } as never);
    const [key] = JSON.parse(decodeURIComponent(runs[1]));
    stage.executed = [];
    await tests.commands['semap.openExpectation'](key as never);
    await tests.commands['semap.openExpectation'](item as never);
    const opened = ['vscode.openWith', item!.uri, 'default', { preview: false, selection: item!.range }];
    assert.deepEqual(stage.executed, [opened, opened]);
    await tests.commands['semap.showBrokenImages'](key as never);
    assert.deepEqual(
      shown.map(([, image]) => image),
      [shown[0][1], shown[0][1]],
    );
    const [[shownSource, image]] = shown;
    assert.deepEqual(shownSource.folders, [path.join(folder, 'photos')]);
    assert.equal(image, path.join(folder, 'photos', 'cat', HOSTILE));
  });

  it('are tested alone where only they are wanted', async () => {
    const [, unread] = children();
    await run({ include: [unread] });
    assert.deepEqual(
      controller.runs.at(-1)!.told.map(([state, item]) => [state, item?.label]),
      [
        ['enqueued', 'at most 0 unread'],
        ['started', 'at most 0 unread'],
        ['passed', 'at most 0 unread'],
        ['end', undefined],
      ],
    );
    const [document] = [...controller.items].map(([, item]) => item);
    await run({ include: [document], exclude: [unread] });
    assert.equal(state('passed').length, 0);
    assert.equal(state('failed').length, 1);
  });

  it('follow the document when it is saved, and keep what is known of those that stay', async () => {
    const [accuracy] = children();
    write(['at least 1 images', 'accuracy >= .9']);
    documentSaved.fire({ uri: Uri.file(file) });
    await eventually(() => (children().length === 2 ? true : undefined), 'two expectations');
    assert.equal(children()[1].id, accuracy.id);
    write(undefined);
    documentSaved.fire({ uri: Uri.file(file) });
    await eventually(() => (controller.items.size === 0 ? true : undefined), 'empty tree');
    writeFileSync(file, '{ "expectations": [');
    await controller.refreshHandler!(never as never);
    assert.match(String([...controller.items][0][1].error), /not valid JSON/);
  });

  it('leave alone what runs keep', async () => {
    stage.files = [path.join(folder, '.semap', 'runs', 'x', 'alignment.semap.json')];
    await controller.refreshHandler!(never as never);
    assert.equal(controller.items.size, 1);
  });

  it('are not tested before the workspace is trusted, nor after a cancel', async () => {
    stage.trusted = false;
    await run();
    assert.equal(classified, 0);
    assert.match(stage.messages[0].message, /not trusted.*Trust the workspace/);
    stage.trusted = true;
    await run({}, { ...never, isCancellationRequested: true });
    assert.equal(classified, 0);
    assert.deepEqual(controller.runs.at(-1)!.told.at(-1), ['end']);
    assert.equal(stage.messages.length, 1);
  });
});
