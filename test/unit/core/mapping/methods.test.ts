import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { offeredAggregations } from '../../../../src/core/mapping/mapping.ts';
import {
  comparesLabels,
  isLearned,
  mappingByNames,
  mappingMethods,
  methodNames,
} from '../../../../src/core/mapping/methods.ts';
import { say } from '../../../../src/core/text/text.ts';
import { column } from '../../column.ts';

const json = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8'));
const manifest = json('package.json');
const texts = json('package.nls.json');
const schema = json('media/schemas/alignment.schema.json');
const setting = (name: string) =>
  Object.assign({}, ...[manifest.contributes.configuration].flat().map(({ properties }) => properties))[name];

describe('the table of mapping methods', () => {
  it('is what the schema of alignment documents knows', () => {
    const { definitions } = schema;
    assert.deepEqual([...definitions.method.properties.name.enum].sort(), [...methodNames].sort());
    const kinds = JSON.stringify(definitions.aggregation);
    for (const kind of offeredAggregations) assert.ok(kinds.includes(`"${kind}"`), kind);
  });

  it('is what the settings offer: methods that need names only, by their titles and summaries', () => {
    const offered = methodNames.filter((name) => mappingMethods[name].needs === 'names');
    const { enum: names, enumItemLabels, enumDescriptions } = setting('semap.defaultMethod');
    assert.deepEqual(names, offered);
    const said = (key: string) => (key.startsWith('%') ? texts[key.slice(1, -1)] : key);
    assert.deepEqual(
      enumItemLabels.map(said),
      offered.map((name) => say(mappingMethods[name].title)),
    );
    assert.deepEqual(
      enumDescriptions.map(said),
      offered.map((name) => `${say(mappingMethods[name].summary)}.`),
    );
    assert.deepEqual(setting('semap.aggregation').enum, offeredAggregations);
  });

  it('says which methods learn, and for which it matters how labels are compared', () => {
    assert.deepEqual(methodNames.filter(isLearned), ['semap-labels', 'blm+', 'blm', 'flm', 'linear']);
    assert.deepEqual(methodNames.filter(comparesLabels), [
      'semap',
      'semap-1',
      'semap-k',
      'conse',
      'semap-labels',
    ]);
  });

  it('makes mappings with what is usual where nothing is told, and says with what', () => {
    const similarity = { rows: 1, columns: 3, values: Float32Array.of(0.1, 0.9, 0.5) };
    const made = (name: 'semap-k' | 'semap-1' | 'random' | 'conse', given = {}) =>
      mappingByNames(name, similarity, { given, excluded: [2], adaptive: {} });
    assert.deepEqual(made('semap-1').parameters, { shared: true });
    assert.deepEqual(made('random').parameters, { seed: 0 });
    assert.deepEqual(made('conse').parameters, { k: 10 });
    assert.deepEqual(column(made('conse').mapping.targets[0], 'source'), [1, 0]);
    assert.deepEqual(made('semap-k', { k: 2, seed: 7 }).parameters, { k: 2 });
    assert.throws(() => made('semap-k', { k: 3 }), /from 1 to 2, not 3/);
    assert.throws(() => made('semap-k'), /from 1 to 2, not 5/);
    assert.throws(
      () => mappingByNames('blm', similarity, { given: {}, excluded: [], adaptive: {} }),
      /learns from labeled images/,
    );
  });
});
