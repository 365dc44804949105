import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { stage } from './withFakeVscode.ts';

const { Settings } = await import('../../../src/host/settings.ts');
const settings = new Settings();

describe('settings for new alignments', () => {
  afterEach(() => {
    stage.configuration = {};
  });

  it('leave everything to the method when nothing is set', () => {
    assert.equal(settings.aggregation, undefined);
    assert.equal(settings.promptTemplates, undefined);
  });

  it('name an aggregation, and alpha where it has one', () => {
    stage.configuration['aggregation'] = 'max';
    stage.configuration['aggregationAlpha'] = 0.5;
    assert.deepEqual(settings.aggregation, { kind: 'max' });
    stage.configuration['aggregation'] = 'log-mean-exp';
    assert.deepEqual(settings.aggregation, { kind: 'log-mean-exp', alpha: 0.5 });
    stage.configuration['aggregationAlpha'] = 7;
    assert.deepEqual(settings.aggregation, { kind: 'log-mean-exp', alpha: 2 });
    stage.configuration['aggregation'] = 'median';
    stage.configuration['aggregationAlpha'] = 1;
    assert.equal(settings.aggregation, undefined);
  });

  it('take templates with a place for the label, and no others', () => {
    stage.configuration['promptTemplates'] = ['a drawing of a {}.', 'no place'];
    assert.deepEqual(settings.promptTemplates, ['a drawing of a {}.']);
    stage.configuration['promptTemplates'] = ['no place'];
    assert.equal(settings.promptTemplates, undefined);
  });
});
