import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { TOOLS } from '../../../src/capabilities/tools/tools.ts';
import type { ServeOptions } from '../../../src/mcp/serve.ts';
import { linearColour } from '../engine/classifierModel.ts';
import { colours, ppm, writeBackbone } from '../engine/colours.ts';
import { noModels, type RunningEngine, scratch, startEngine } from '../engine/engineHarness.ts';
import { connected } from './mcpClient.ts';

describe('Agents over MCP', { skip: noModels }, () => {
  const files = scratch();
  let engine: RunningEngine;
  let served: Pick<ServeOptions, 'engine' | 'roots' | 'cacheFolder' | 'uriScheme'>;
  let client: Client;
  let close: () => Promise<void>;
  const root = files.path('work');

  const call = async (name: string, given: Record<string, unknown> = {}, of = client) => {
    const { isError = false, content, structuredContent } = await of.callTool({ name, arguments: given });
    const [{ text }] = content as { text: string }[];
    return { isError, text, told: structuredContent as Record<string, unknown> };
  };

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    for (const [name, colour] of Object.entries(colours))
      files.write(`work/pets/${name}/1.ppm`, ppm(colour, 1));
    files.write('outside/secret/1.ppm', ppm(Object.values(colours)[0], 2));
    symlinkSync(files.path('outside'), files.path('work/link'));
    engine = await startEngine(files.folder, { backboneFolders: [files.path('models')] });
    served = { engine: engine.rpc, roots: [root], cacheFolder: files.path('cache'), uriScheme: 'vscode' };
    ({ client, close } = await connected({ ...served, allowWrite: false }));
  });
  after(async () => {
    await close();
    await engine.stop();
    files.dispose();
  });

  it('lists every tool, with schemas that its own answers keep', async () => {
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      TOOLS.map(({ name }) => name),
    );
    for (const { name, description, inputSchema, outputSchema } of tools) {
      assert.match(name, /^[a-z]+(_[a-z]+)+$/);
      assert.ok(description!.length > 60, name);
      assert.equal(inputSchema.type, 'object');
      assert.equal(outputSchema!.type, 'object');
    }
    // The client checks structured content against the schema, and fails where it does not fit.
    const { told } = await call('describe_folder', { folder: 'pets' });
    assert.deepEqual([told['images'], told['labelCount'], told['folder']], [3, 3, 'pets']);
  });

  it('aligns and explains, and writes only where it may', async () => {
    const { told } = await call('align_labels', { labels: ['cat', 'dog'], backbones: ['linear'] });
    assert.equal((told['labels'] as { sources: string[] }[])[0].sources[0], 'cat');
    const out = { labels: ['cat', 'dog'], backbones: ['linear'], out: 'pets.semap.json' };
    const refused = await call('align_labels', out);
    assert.equal(refused.isError, true);
    assert.match(refused.text, /may only read.*--allow-write.*untrusted/);

    const writing = await connected({ ...served, allowWrite: true });
    const { told: written } = await call('align_labels', out, writing.client);
    assert.equal(written['alignment'], 'pets.semap.json');
    const again = await call('align_labels', out, writing.client);
    assert.match(again.text, /already exists/);
    const cell = { alignment: 'pets.semap.json', target: 'Cat', source: 'dog' };
    const explained = await call('explain_cell', cell, writing.client);
    assert.equal(typeof explained.told['similarity'], 'number', explained.text);
    assert.ok((explained.told['reasons'] as string[]).length > 0);
    const near = await call('explain_cell', { ...cell, target: 'cats' }, writing.client);
    assert.match(near.text, /no target label "cats".*Did you mean cat\?/);
    await writing.close();
  });

  it('sees nothing outside the roots', async () => {
    for (const folder of [
      '..',
      '../outside',
      files.path('outside'),
      'link/secret',
      'link',
      '/etc',
      'pets/../..',
    ])
      assert.match((await call('describe_folder', { folder })).text, /outside the folders/, folder);
    assert.match((await call('describe_folder', { folder: 'nowhere' })).text, /does not exist/);
    const secret = files.write('outside/a.semap.json', '{}');
    await assert.rejects(
      client.readResource({ uri: `semap://alignment/${encodeURIComponent(secret)}` }),
      /outside the folders/,
    );
    const document = JSON.parse(readFileSync(path.join(root, 'pets.semap.json'), 'utf8'));
    document.backbone = { ...document.backbone, path: files.path('outside/net.onnx') };
    files.write('work/evil.semap.json', JSON.stringify(document));
    files.write('outside/net.onnx', 'x');
    const evil = await call('explain_cell', { alignment: 'evil.semap.json', target: 'cat', source: 'cat' });
    assert.match(evil.text, /names .*net\.onnx, which SeMap may not use/);
  });

  it('takes the roots of the client, within those of the person', async () => {
    mkdirSync(files.path('work/sub/deep'), { recursive: true });
    const within = await connected({ ...served, allowWrite: false }, [
      files.path('work/sub'),
      files.path('outside'),
    ]);
    assert.match(
      (await call('describe_folder', { folder: root }, within.client)).text,
      /outside the folders/,
    );
    assert.match(
      (await call('describe_folder', { folder: files.path('outside') }, within.client)).text,
      /outside the folders/,
    );
    assert.equal((await call('describe_folder', { folder: 'deep' }, within.client)).told['images'], 0);
    await within.close();
  });

  it('asks a client again that could not name its roots', async () => {
    mkdirSync(files.path('work/sub/deep'), { recursive: true });
    let asked = 0;
    const late = await connected({ ...served, allowWrite: false }, () => {
      if (asked++ === 0) throw new Error('No folder is open yet.');
      return [files.path('work/sub')];
    });
    assert.equal((await call('describe_folder', { folder: 'pets' }, late.client)).told['images'], 3);
    assert.equal((await call('describe_folder', { folder: 'deep' }, late.client)).told['images'], 0);
    assert.match((await call('describe_folder', { folder: root }, late.client)).text, /outside the folders/);
    assert.equal(asked, 2);
    await late.close();
  });

  it('says what is wrong with what it was asked', async () => {
    assert.match((await call('describe_folder', { folder: 3 })).text, /^folder: .*string/);
    assert.match((await call('describe_folder', { folder: 'pets', depth: 2 })).text, /depth/);
    assert.match((await call('align_labels', {})).text, /either labels or a folder/);
    assert.match(
      (await call('align_labels', { labels: ['cat'], backbones: ['resnet'] })).text,
      /no backbone "resnet"/,
    );
    assert.match((await call('nothing')).text, /no tool "nothing"/);
  });

  it('offers alignments, runs and label spaces to read, and the usual jobs', async () => {
    files.write(
      'work/.semap/runs/2026-01-01-classify-pets/run.json',
      JSON.stringify({ rows: [...Array(99).keys()] }),
    );
    const { resources } = await client.listResources();
    const uris = resources.map(({ uri }) => decodeURIComponent(uri));
    for (const uri of [
      'alignment/pets.semap.json',
      'run/.semap/runs/2026-01-01-classify-pets',
      'labels/linear',
    ])
      assert.ok(uris.includes(`semap://${uri}`), uri);
    const read = async (uri: string) => {
      const [content] = (await client.readResource({ uri })).contents;
      return (content as { text: string }).text;
    };
    assert.equal(await read('semap://labels/linear'), 'cat\ndog\nbird\n');
    const run = JSON.parse(await read(resources.find(({ uri }) => uri.startsWith('semap://run'))!.uri));
    assert.deepEqual([run.rows.length, run.rows.at(-1)], [51, 'and 49 more']);
    files.write('work/.semap/runs/2026-01-02-classify-pets/run.json', '{');
    await assert.rejects(
      read('semap://run/.semap%2Fruns%2F2026-01-02-classify-pets'),
      /run\.json is not valid JSON/,
    );
    await assert.rejects(read('semap://labels/none'), /no backbone/);
    await assert.rejects(read('file:///etc/passwd'), /no resource/);

    // Many new runs hide no alignment.
    for (let i = 0; i < 205; i++) mkdirSync(files.path(`work/.semap/runs/2027-01-01-rank-${i}`));
    const many = (await client.listResources()).resources.map(({ uri }) => uri);
    assert.ok(many.includes('semap://alignment/pets.semap.json'));
    assert.equal(many.filter((uri) => uri.startsWith('semap://run')).length, 200);

    const { prompts } = await client.listPrompts();
    assert.ok(prompts.length >= 5);
    const { messages } = await client.getPrompt({ name: 'classify_folder', arguments: { folder: 'pets' } });
    assert.match(
      (messages[0].content as { text: string }).text,
      /images in pets\. Begin with describe_folder/,
    );
    await assert.rejects(client.getPrompt({ name: 'classify_folder', arguments: {} }), /needs "folder"/);
  });

  it('names in its jobs only tools that there are', async () => {
    const names = new Set(TOOLS.map(({ name }) => name));
    const { prompts } = await client.listPrompts();
    for (const { name, arguments: args = [] } of prompts) {
      const given = Object.fromEntries(args.map((one) => [one.name, 'x']));
      const { messages } = await client.getPrompt({ name, arguments: given });
      const words = (messages[0].content as { text: string }).text.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [];
      for (const word of words) assert.ok(names.has(word), `${name}: ${word}`);
    }
  });
});
