import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withTargetCalled } from '../../../../src/core/alignments/targetNames.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

const document = alignmentOf(9, [
  target('car', source(1, 1), source(2, 0.5)),
  target('bus', source(3, 1)),
  target('automobile', source(2, 1), source(4, 0.25)),
]);
const mapped = ({ targets }: typeof document) =>
  targets.map(({ label, sources }) => [label, ...sources.map(({ index, weight }) => `${index}:${weight}`)]);

describe('calling a target label otherwise', () => {
  it('changes its name and nothing else', () => {
    assert.deepEqual(mapped(withTargetCalled(document, 'bus', 'coach')), [
      ['car', '1:1', '2:0.5'],
      ['coach', '3:1'],
      ['automobile', '2:1', '4:0.25'],
    ]);
  });

  it('merges it into the label that is called so: that keeps its weights and gets the sources that it lacks', () => {
    assert.deepEqual(mapped(withTargetCalled(document, 'automobile', 'car')), [
      ['car', '1:1', '2:0.5', '4:0.25'],
      ['bus', '3:1'],
    ]);
    assert.deepEqual(mapped(withTargetCalled(document, 'car', 'automobile')), [
      ['bus', '3:1'],
      ['automobile', '2:1', '1:1', '4:0.25'],
    ]);
  });

  it('does nothing for a label that is no target, or the same name', () => {
    assert.equal(withTargetCalled(document, 'tram', 'bus'), document);
    assert.equal(withTargetCalled(document, 'bus', 'bus'), document);
  });
});
