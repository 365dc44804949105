import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { ImageScorer } from '../../../../src/core/evidence/imageScorer.ts';
import { FolderTargets } from '../../../../src/core/labels/folderTargets.ts';
import { builtWordNet, noTable } from '../labels/table.ts';

test('an alignment without target labels scores nothing, and says so', { skip: noTable }, () => {
  const document: AlignmentDocument = {
    version: 1,
    backbone: { name: 'net', sha256: 'ab', labelSpace: 'own', sourceCount: 3 },
    method: { name: 'semap', similarity: 'wordnet' },
    aggregation: { kind: 'max' },
    targets: [],
  };
  assert.throws(() => new ImageScorer(document, new FolderTargets([], builtWordNet())), {
    reason: 'invalid-document',
    message: 'The alignment has no target labels.',
  });
});
