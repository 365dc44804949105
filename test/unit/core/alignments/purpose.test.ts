import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isMadeFor, purposeFit } from '../../../../src/core/alignments/purpose.ts';

const backbone = { name: 'net', sha256: 'net', labelSpace: 'l', sourceCount: 5 };
const target = (label: string) => ({ label, expected: 'good' as const, sources: [] });
const document = { backbone, folders: ['/pets'], targets: ['Cat', 'hot_dog'].map(target) };
const purpose = { folders: ['/pets'], classes: ['cat', 'hot dog'], backbone: 'net' };

/** Whether the document is taken for a purpose while another is open, and while it is open itself. */
function taken(made: { readonly folders?: string[] | undefined }, wanted: Partial<typeof purpose>) {
  const fit = purposeFit({ ...document, ...made }, { ...purpose, ...wanted });
  return [isMadeFor(fit, false), isMadeFor(fit, true)];
}

describe('an alignment', () => {
  it('is taken unasked for its backbone, its folders and its labels, open or not', () => {
    assert.deepEqual(taken({}, {}), [true, true]);
    assert.deepEqual(taken({ folders: ['/b', '/a'] }, { folders: ['/a', '/b'] }), [true, true]);
    assert.deepEqual(taken({}, { classes: [] }), [true, true], 'a folder without classes');
  });

  it('is not taken for another backbone, another folder or other labels', () => {
    assert.deepEqual(taken({}, { backbone: 'other' }), [false, false]);
    assert.deepEqual(taken({}, { folders: ['/zoo'] }), [false, false]);
    assert.deepEqual(taken({}, { folders: ['/pets', '/zoo'] }), [false, false]);
    assert.deepEqual(taken({}, { classes: ['rose', 'tulip', 'cat'] }), [false, false]);
  });

  it('without folders is taken only where it is open and knows every class folder', () => {
    assert.deepEqual(taken({ folders: undefined }, {}), [false, true]);
    assert.deepEqual(taken({ folders: undefined }, { classes: ['cat', 'hot dog', 'bird'] }), [false, false]);
    assert.deepEqual(taken({ folders: undefined }, { classes: [] }), [false, true]);
  });

  it('of several backbones is taken for the first of them, and for the same ones together', () => {
    const member = {
      backbone: { ...backbone, sha256: 'b' },
      aggregation: { kind: 'max' as const },
      targets: [],
    };
    const several = { ...document, members: [member] };
    const fits = (beside?: string[]) =>
      purposeFit(several, { ...purpose, ...(beside && { beside }) }).sameBackbone;
    assert.deepEqual([fits(), fits(['b']), fits(['c']), fits(['b', 'c'])], [true, true, false, false]);
    assert.equal(purposeFit(document, { ...purpose, beside: ['b'] }).sameBackbone, false);
  });

  it('of its folders stays theirs when a label was taken out', () => {
    assert.deepEqual(taken({}, { classes: ['cat', 'hot dog', 'bird'] }), [true, true]);
  });

  it('says how many class folders it knows', () => {
    assert.deepEqual(purposeFit(document, { ...purpose, classes: ['cat', 'bird'], backbone: undefined }), {
      sameBackbone: false,
      sameFolders: true,
      known: 1,
      classes: 2,
    });
  });
});
