import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Memento } from 'vscode';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import type { MenuContext } from '../../../../src/host/alignments/editAlignment.ts';
import { alignment } from '../results/fakeRun.ts';
import '../withFakeVscode.ts';

const vscode = await import('vscode');
const { ActiveAlignment } = await import('../../../../src/host/alignments/activeAlignment.ts');
const { alignmentCommands } = await import('../../../../src/host/alignments/alignmentCommands.ts');

describe('A command of the Alignment view', () => {
  const [pets, plants] = ['pets', 'plants'].map((name) => vscode.Uri.file(`/ws/${name}.semap.json`));

  it('is about the alignment that was active when it was chosen, whichever is after its question', async () => {
    const asked: (MenuContext | undefined)[] = [];
    const active = { current: { uri: pets } };
    const { 'semap.changeAggregation': change } = alignmentCommands({
      active,
      chooseMethod: { aggregation: async (menu: MenuContext) => void asked.push(menu) },
    } as never);
    const run = change as (menu?: unknown) => Promise<void>;
    await run();
    active.current = { uri: plants };
    // A menu of a page and the title of an editor name their own.
    await run({ semapTarget: 1, semapDocument: pets.toString() });
    await run(pets);
    assert.deepEqual(asked, [
      { semapDocument: pets.toString() },
      { semapTarget: 1, semapDocument: pets.toString() },
      { semapDocument: pets.toString(), semapEditor: true },
    ]);
  });

  it('does not undo what was changed while labels were aligned', async () => {
    const uri = vscode.Uri.from({ scheme: 'untitled', path: 'pets.semap.json' });
    const document = await vscode.workspace.openTextDocument(uri);
    const write = (next: AlignmentDocument) => Object.assign(document, { text: serialiseAlignment(next) });
    const read = () => JSON.parse(document.getText()) as AlignmentDocument;
    const memory = { get: () => undefined, update: async () => {} } as unknown as Memento;
    const active = new ActiveAlignment(memory);
    const aligned = { ...alignment, aggregation: { kind: 'max' } } as const;
    write(alignment);
    await active.update(uri, aligned, false, alignment);
    assert.equal(read().aggregation.kind, 'max');

    write({ ...alignment, targets: alignment.targets.slice(0, 1) });
    // Not as a cancel, of which nobody is told.
    await assert.rejects(active.update(uri, aligned, false, alignment), { reason: 'busy' });
    assert.deepEqual([read().aggregation, read().targets.length], [alignment.aggregation, 1]);
    (vscode.workspace.textDocuments as unknown[]).pop();
    active.dispose();
  });
});
