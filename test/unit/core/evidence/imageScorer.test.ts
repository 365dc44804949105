import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImageScorer } from '../../../../src/core/evidence/imageScorer.ts';
import { FolderTargets } from '../../../../src/core/labels/folderTargets.ts';
import { alignmentOf } from '../../alignments.ts';
import { builtWordNet, noTable } from '../labels/table.ts';

test('an alignment without target labels scores nothing, and says so', { skip: noTable }, () => {
  const document = alignmentOf(3, []);
  assert.throws(() => new ImageScorer(document, new FolderTargets([], builtWordNet())), {
    reason: 'invalid-document',
    message: 'The alignment has no target labels.',
  });
});
