import assert from 'node:assert/strict';
import { readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openLink, readOpenLink } from '../../../../src/capabilities/openLink.ts';
import type { Engine } from '../../../../src/capabilities/session.ts';
import { SpareFolder } from '../../../../src/capabilities/sessionRuns.ts';
import { TOOLS } from '../../../../src/capabilities/tools/tools.ts';
import { manifestEntry, titles } from '../../../../src/host/agents/manifestTools.ts';
import { CommandLine } from '../../../../src/host/commandLine.ts';
import { scratch } from '../../engine/engineHarness.ts';
import { stage } from '../withFakeVscode.ts';

const { registerAgentTools } = await import('../../../../src/host/agents/agentTools.ts');
const { registerMcpServer } = await import('../../../../src/host/agents/mcpServer.ts');
const { AgentLinks } = await import('../../../../src/host/agents/agentLinks.ts');

const root = path.resolve(import.meta.dirname, '../../../..');
const json = (name: string) => JSON.parse(readFileSync(path.join(root, name), 'utf8'));

interface RegisteredTool {
  prepareInvocation(options: { input: object }): Promise<{
    invocationMessage?: string;
    confirmationMessages?: { title: string; message: string };
  }>;
  invoke(options: { input: object }, token: object): Promise<{ content: { value: string }[] }>;
}

const registered = (name: string) => stage.tools.get(name) as RegisteredTool;

describe('Tools for language models', () => {
  const files = scratch();
  const engine: Engine = {
    call: async (method) => {
      if (method === 'listBackbones')
        return [{ name: 'starter', path: '/models/starter.onnx', embedded: true }] as never;
      if (method === 'thumbnail') return { type: 'image/jpeg', bytes: Uint8Array.of(1, 2, 3) } as never;
      throw new Error(`Not expected: ${method}`);
    },
  };
  let tools: { dispose(): void };
  before(() => {
    stage.folders = [files.folder];
    tools = registerAgentTools(json('package.json').contributes.languageModelTools, {
      engine,
      version: '1',
      uriScheme: 'vscode',
      spare: new SpareFolder(files.path('cache')),
    });
  });
  after(() => {
    tools.dispose();
    stage.folders = [];
    files.dispose();
  });
  const invoke = async (name: string, input: object, token: object = { onCancellationRequested() {} }) => {
    const { content } = await registered(name).invoke({ input }, token);
    return JSON.parse(content[0].value);
  };

  it('are in the manifest as they are in the code (npm run texts writes them)', () => {
    const { contributes } = json('package.json');
    assert.deepEqual(contributes.languageModelTools, JSON.parse(JSON.stringify(TOOLS.map(manifestEntry))));
    const said = json('package.nls.json');
    for (const [key, title] of Object.entries(titles(TOOLS))) assert.equal(said[key], title);
    assert.deepEqual(
      [...stage.tools.keys()].sort(),
      contributes.languageModelTools.map((one: { name: string }) => one.name).sort(),
    );
  });

  it('say what they do, and ask before they write', async () => {
    const { prepareInvocation } = registered('semap_align_labels');
    assert.deepEqual(await prepareInvocation({ input: { labels: ['cat'] } }), {
      invocationMessage: 'Aligning labels',
    });
    const { confirmationMessages } = await prepareInvocation({
      input: { labels: ['cat'], out: 'a.semap.json' },
    });
    assert.match(confirmationMessages!.message, /Write the alignment a\.semap\.json\?/);
    assert.deepEqual(await prepareInvocation({ input: { labels: 3 } }), {});
  });

  it('answer in JSON, and with words where they fail', async () => {
    assert.deepEqual(await invoke('semap_list_backbones', {}), {
      backbones: [{ name: 'starter', embedded: true }],
    });
    assert.match((await invoke('semap_describe_folder', { folder: '/etc' })).error, /outside the folders/);
    assert.match((await invoke('semap_describe_folder', {})).error, /^folder: /);
    stage.trusted = false;
    assert.match((await invoke('semap_list_backbones', {})).error, /not trusted.*untrusted/);
    stage.trusted = true;
  });

  it('show pictures after asking, each time', async () => {
    files.write('cats/1.jpg', 'x');
    const input = { images: ['cats/1.jpg', path.join('cats', '1.jpg'), 'cats/../cats/1.jpg'] };
    const tool = registered('semap_show_images');
    const { message } = (await tool.prepareInvocation({ input })).confirmationMessages!;
    assert.match(message, /^Show 3 pictures of cats.* to the model\?$/);
    const { content } = await tool.invoke({ input }, { onCancellationRequested() {} });
    const [text, picture] = content as unknown as [{ value: string }, { mimeType: string; data: Uint8Array }];
    assert.deepEqual(JSON.parse(text.value).notShown, []);
    assert.deepEqual([picture.mimeType, [...picture.data]], ['image/jpeg', [1, 2, 3]]);
  });

  it('throw only when they are canceled', async () => {
    const token = { isCancellationRequested: true, onCancellationRequested() {} };
    await assert.rejects(
      registered('semap_describe_folder').invoke({ input: {} }, token),
      (error: Error) => error.constructor.name === 'CancellationError',
    );
  });

  it('are served to other agents for trusted folders only', () => {
    const parts = {
      file: '/dist/cli.mjs',
      args: () => ['--threads', '0'],
      env: () => ({ SEMAP_CACHE: '/c' }),
    };
    const server = registerMcpServer(new CommandLine(parts), '1');
    const provider = stage.tools.get('semap') as {
      provideMcpServerDefinitions(): { args: string[]; env: object }[];
    };
    const [{ args, env }] = provider.provideMcpServerDefinitions();
    assert.deepEqual(args, ['/dist/cli.mjs', 'mcp', '--threads', '0', '--root', files.folder]);
    assert.deepEqual(env, { SEMAP_CACHE: '/c', ELECTRON_RUN_AS_NODE: '1', SEMAP_URI_SCHEME: 'vscode' });
    stage.trusted = false;
    assert.deepEqual(provider.provideMcpServerDefinitions(), []);
    stage.trusted = true;
    server.dispose();
  });
});

describe('Links of agents', () => {
  const files = scratch();
  const opened: unknown[] = [];
  const links = new AgentLinks({
    run: async (folder) => void opened.push(folder),
    cell: async (_uri, cell) => void opened.push(cell),
  });
  const open = (link: string) => {
    const { pathname, search } = new URL(link);
    return links.handleUri({ path: pathname, query: asVsCodeHas(search) } as never);
  };
  after(() => files.dispose());
  /** Uris of VS Code have their query decoded. */
  const asVsCodeHas = (search: string) => decodeURIComponent(search.slice(1));

  it('come back as they were made', () => {
    for (const one of [
      { kind: 'run', folder: '/a b/ü&c=1' },
      { kind: 'folder', folder: '/R+D & more/100%41/#1?' },
      { kind: 'alignment', file: '/a&b/c+d.semap.json', cell: { label: '100%25 & +', target: 3, source: 0 } },
      { kind: 'alignment', file: '/x/pets.semap.json' },
      { kind: 'alignment', file: '/x/pets.semap.json', cell: { label: 'a&b', target: 0, source: 12 } },
    ] as const) {
      const { search } = new URL(openLink('vscode', one));
      assert.deepEqual(readOpenLink(asVsCodeHas(search)), one);
      assert.deepEqual(readOpenLink(search.slice(1)), one);
    }
    assert.match(openLink('vscode', { kind: 'run', folder: '/a\ud800' }), /folder=%252Fa%25EF%25BF%25BD$/);
    for (const query of [
      '',
      'kind=run',
      'kind=run&folder=a',
      'kind=run&folder=%25',
      'kind=run&folder=100%',
      'kind=alignment&file=/etc/passwd',
      'kind=command&folder=/x',
    ])
      assert.equal(readOpenLink(query), undefined, query);
  });

  it('open what lies in the open folder, and nothing else', async () => {
    stage.folders = [files.folder];
    stage.messages = [];
    const document = files.write('pets.semap.json', '{}');
    symlinkSync(path.dirname(files.folder), files.path('out'));
    const cell = { label: 'cat', target: 0, source: 1 };
    await open(openLink('vscode', { kind: 'run', folder: path.dirname(document) }));
    await open(openLink('vscode', { kind: 'alignment', file: document, cell }));
    assert.deepEqual(opened, [files.folder, cell]);
    assert.deepEqual(stage.messages, []);
    for (const link of [
      openLink('vscode', { kind: 'run', folder: '/etc' }),
      openLink('vscode', { kind: 'run', folder: files.path('nowhere') }),
      openLink('vscode', { kind: 'run', folder: files.path('out') }),
      'vscode://semap.semap/command?kind=run&folder=/etc',
    ])
      await open(link);
    assert.equal(opened.length, 2);
    assert.deepEqual(
      stage.messages.map(({ kind }) => kind),
      ['error', 'error', 'error', 'error'],
    );
    stage.folders = [];
  });
});
