import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mappingMarkdown, matrixCsv } from '../../../../src/core/alignments/alignmentTables.ts';
import { withMember } from '../../../../src/core/alignments/memberEdits.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

const named = target('=cmd()|x', source(0, 1, 0.98768, 'a | b'), source(2, 0.25, 0.5, '![x](http://x)'));
const document = alignmentOf(3, [named, { ...target('two\nlines'), expected: 'none' }], {
  method: { name: 'semap-k', similarity: 'wordnet', k: 2 },
});
const table = {
  sources: [{ name: 'a | b', wnid: 'n1' }, { name: '+1', wnid: 'n2' }, { name: 'say "c", d' }],
  values: new Float32Array([0.98768, 0, 0.5, Number.NaN, 0.25, 1]),
};

describe('an alignment as tables', () => {
  test('the matrix has a line a source with similarities and weights', () => {
    const lines = matrixCsv(document, table).slice(1).split('\r\n');
    assert.equal(lines[0], `source label,wnid,'=cmd()|x,"two\nlines",'=cmd()|x: weight,"two\nlines: weight"`);
    assert.equal(lines[1], 'a | b,n1,0.9877,,1,');
    assert.equal(lines[3], '"say ""c"", d",,0.5,1,0.25,');
  });

  test('of several backbones have the sources of all', () => {
    const other = alignmentOf(1, [target('cat', source(0, 0.5, 0.9, 'felis'))], {
      backbone: { name: 'B', sha256: 'b', labelSpace: 'l', sourceCount: 1 },
    });
    const both = withMember(alignmentOf(1, [target('cat', source(0, 1, 0.8, 'tabby'))]), other);
    const sources = [{ name: 'tabby' }, { name: 'felis' }];
    const lines = matrixCsv(both, { sources, values: Float32Array.of(0.8, 0.9) }).split('\r\n');
    assert.deepEqual(lines.slice(1, 3), ['tabby,,0.8,1', 'felis,,0.9,0.5']);
    assert.match(
      mappingMarkdown(both),
      /Backbone net \+ B,[\s\S]*tabby \(0\.80\); felis \(0\.90, weight 0\.5\)/,
    );
  });

  test('no cell of the matrix is a formula', () => {
    const cells = matrixCsv(document, table)
      .slice(1)
      .split(/[,\r\n]+/);
    const formulas = cells.filter((cell) => /^"?[=@]/.test(cell));
    assert.deepEqual(formulas, []);
  });

  test('a pipe in a label does not make a cell, and a label no picture', () => {
    const lines = mappingMarkdown(document).split('\n');
    const rows = lines.filter((line) => line.startsWith('|'));
    for (const row of rows) assert.equal(row.split(/(?<!\\)\|/).length, 6, row);
    assert.ok(rows[2].includes('\\!\\[x\\]'), rows[2]);
    assert.ok(rows[2].startsWith('| \\=cmd()'), rows[2]);
    assert.ok(rows[2].includes('weight 0.25'));
    assert.ok(rows[3].startsWith('| two lines | 0 |'));
  });

  test('a label is no markup, address, formula or entity, and hides nothing', () => {
    const label = '<img src=x> https://a.b www.a.b me@a.b $x$ \u202eab';
    const markdown = mappingMarkdown({ ...document, targets: [{ label, expected: 'none', sources: [] }] });
    const written = '\\<img src=x\\> https\\://a.b www\\.a.b me\\@a.b \\$x\\$ ab';
    assert.equal(markdown.split('\n')[4], `| ${written} | 0 |  | none |`);
  });
});
