import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { say } from '../../../../src/core/text/text.ts';
import { colourSidecar, colours, ppm, writeBackbone } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

/** A new version of SeMap brings a starter with other labels under the same name. */
describe('an alignment whose backbone has other labels now', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let alignment: AlignmentDocument;

  before(async () => {
    const backbone = writeBackbone(files, 'net');
    files.write('photos/cat/1.ppm', ppm(colours.cat));
    alignment = await engine.rpc.call('align', {
      targets: [{ name: 'cat' }, { name: 'bird' }],
      backbone,
      method: 'semap',
    });
    files.write('renewed.txt', 'tench\ngoldfish\nshark\n');
    writeBackbone(files, 'net', undefined, { ...colourSidecar, labels: 'renewed.txt' });
  });

  it('is refused with what happened and what to do, not with the advice to use what it has', async () => {
    const refused = async (work: Promise<unknown>) => {
      const error = await work.then(
        () => assert.fail('it is taken'),
        (thrown) => thrown,
      );
      assert.ok(error instanceof SemapError);
      assert.equal(error.reason, 'labels-mismatch');
      assert.match(say(error.text), /made for the 3 labels ".*" of net, which now has the 3 labels ".*"\.$/);
      assert.match(say(error.hintText!), /replaced or described again.* this alignment is kept as it is\.$/);
    };
    const { rpc } = engine;
    await refused(
      rpc.call('classify', {
        folders: [files.path('photos')],
        backbone: alignment.backbone.path!,
        alignment,
      }),
    );
    // Its cells would stand under the names of other labels.
    await refused(rpc.call('similarities', { alignment }));
    await refused(rpc.call('explain', { alignment, target: 0, source: 0 }));
    await refused(rpc.call('realign', { alignment, edit: { kind: 'add', label: 'dog' } }));
  });
});
