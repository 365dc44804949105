import assert from 'node:assert/strict';
import type { AlignmentDocument } from '../../../src/core/alignments/alignment.ts';
import { alignmentWarnings, mappingOf } from '../../../src/core/alignments/alignmentBuilding.ts';
import { differenceOf } from '../../../src/core/alignments/alignmentDifference.ts';
import { type MappingEdit, withEdit } from '../../../src/core/alignments/alignmentEdits.ts';
import { mappingMarkdown } from '../../../src/core/alignments/alignmentTables.ts';
import {
  alignmentTextEdits,
  parseAlignment,
  serialiseAlignment,
} from '../../../src/core/alignments/alignmentText.ts';
import { applyEdits } from '../../../src/core/json/jsonEdits.ts';
import { MappingScorer } from '../../../src/core/mapping/scoring.ts';
import { damageJson } from '../damage/json.ts';
import { alignments } from '../seeds/alignments.ts';
import { type FuzzTarget, mustBeFinite, orRefusal } from '../target.ts';

/** The text of an alignment is refused, or everything that is done with one goes well. */
export const documents: FuzzTarget = {
  name: 'documents',
  megabytes: 200,
  make: (random) => damageJson(random.pick(alignments), random),
  async check(input) {
    const text = new TextDecoder().decode(input);
    const document = await orRefusal(() => parseAlignment(text));
    if (!document) return;
    const written = serialiseAlignment(document);
    const said = JSON.parse(JSON.stringify(document));
    assert.deepEqual(parseAlignment(written), said, 'written and read again, it is another');
    assert.equal(serialiseAlignment(parseAlignment(written)), written);
    await orRefusal(() => mustScore(document));
    alignmentWarnings(document);
    mappingMarkdown(document);
    differenceOf(document, alignments[0]);
    for (const edit of editsOf(document)) {
      await orRefusal(() => {
        const next = withEdit(document, edit);
        const edited = applyEdits(text, alignmentTextEdits(text, next));
        // A number beyond all, of a field that nobody knows, stays as it is written.
        const read = JSON.parse(edited.replace(/^\uFEFF/, ''));
        assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(next)));
      });
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined, 'a document changed all objects');
  },
};

function mustScore(document: AlignmentDocument): void {
  const { sourceCount } = document.backbone;
  // A count is only a number in a text: what it says need not fit into memory.
  if (sourceCount > 1e6 || document.targets.length === 0) return;
  const logits = Float32Array.from({ length: sourceCount }, (_, i) => Math.sin(i) * 10);
  const scores = new MappingScorer(mappingOf(document)).score(logits);
  document.targets.forEach(({ sources }, t) => {
    if (sources.length > 0) mustBeFinite(scores[t], `the score of target ${t}`);
  });
}

function editsOf({ targets }: AlignmentDocument): readonly MappingEdit[] {
  const source = { label: 'new', index: 0, weight: 0.5, similarity: 0.1 };
  return [
    { kind: 'map', target: 0, source },
    { kind: 'unmap', target: 0, source: targets[0]?.sources[0]?.index ?? 0 },
    { kind: 'rename', target: targets.length - 1, label: 'bird "x"' },
    { kind: 'move', target: 0, to: targets.length - 1 },
    { kind: 'remove', target: 0 },
    { kind: 'award', target: 0, source: 0 },
    { kind: 'aggregation', aggregation: { kind: 'max' } },
  ];
}
