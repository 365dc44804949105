import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Uri } from 'vscode';
import '../withFakeVscode.ts';

const vscode = await import('vscode');
const { GridInView } = await import('../../../../src/host/alignments/showCell.ts');

const CELL = { target: 2, source: 7 };

describe('a jump to a cell', () => {
  let folder: string;
  let uri: Uri;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'semap-jump-'));
    uri = vscode.Uri.file(path.join(folder, 'pets.semap.json'));
    await writeFile(uri.fsPath, '{}');
  });
  after(() => rm(folder, { recursive: true }));

  /** Grids by where they are; `did` tells what was done, in order. */
  function jumps(there: { editor?: boolean; panel?: boolean; hiddenIn?: number }) {
    const did: string[] = [];
    const shown = (where: string) => ({
      page: { send: (about: string, { kind }: { kind: string }) => did.push(`${where} ${kind} ${about}`) },
      reveal: () => did.push(`reveal ${where}`),
    });
    const where = { ...there };
    const parts = {
      active: { current: { uri }, show: async () => void did.push('active') },
      view: {
        get visible() {
          return where.panel ? shown('panel') : undefined;
        },
      },
      editors: {
        visible: () => (where.editor ? shown('editor') : undefined),
        hidden: (_: Uri, column: number) =>
          where.hiddenIn !== undefined && where.hiddenIn !== column ? shown('hidden') : undefined,
        openBeside: async () => {
          did.push('open');
          await new Promise((resolve) => setImmediate(resolve));
          where.editor = true;
        },
      },
    };
    return { did, grid: new GridInView(parts as never) };
  }

  it('goes to the grid that is in view: an editor before the panel', async () => {
    const both = jumps({ editor: true, panel: true });
    await both.grid.showCell({ uri, ...CELL });
    assert.deepEqual(both.did, [`editor showCell ${uri}`, 'reveal editor']);
    const panel = jumps({ panel: true, hiddenIn: 2 });
    await panel.grid.showCell(CELL);
    assert.deepEqual(panel.did, ['active', `panel showCell ${uri}`, 'reveal panel']);
  });

  it('brings a hidden editor of another column to the front, and leaves alone what is in the column in front', async () => {
    const elsewhere = jumps({ hiddenIn: 2 });
    await elsewhere.grid.showCell({ uri, ...CELL });
    assert.deepEqual(elsewhere.did, [`hidden showCell ${uri}`, 'reveal hidden']);
    const behind = jumps({ hiddenIn: 1 });
    await behind.grid.showCell({ uri, ...CELL });
    assert.deepEqual(behind.did, ['open']);
  });

  it('opens one grid however quickly one follows the other', async () => {
    const { grid, did } = jumps({});
    await Promise.all([1, 2, 3].map((source) => grid.showCell({ uri, target: 0, source })));
    assert.deepEqual(
      did.filter((each) => each !== 'reveal editor'),
      ['open', `editor showCell ${uri}`, `editor showCell ${uri}`],
    );
  });

  it('says so where the document is gone, and is none the worse for the next one', async () => {
    const { grid, did } = jumps({});
    const gone = vscode.Uri.file(path.join(folder, 'gone.semap.json'));
    await assert.rejects(grid.showCell({ uri: gone, ...CELL }), { reason: 'not-found' });
    await grid.showCell({ uri, ...CELL });
    assert.deepEqual(did, ['open']);
  });
});
