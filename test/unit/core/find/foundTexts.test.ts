import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foundColumns, foundRow, foundRows } from '../../../../src/core/find/foundRows.ts';
import {
  differenceText,
  figureTexts,
  isWorthALook,
  pointName,
  pointNames,
} from '../../../../src/core/find/foundTexts.ts';
import { say, type Text, verbatim } from '../../../../src/core/text/text.ts';
import { findRecordOf, pointOf } from './findFixture.ts';

describe('What a search says of what it tried', () => {
  const { points, recommended } = findRecordOf('/run');
  const [probe, prompt] = points;

  it('names a way with its backbones', () => {
    assert.equal(say(pointName(probe)), 'Linear probe · starter');
    const pair = pointOf('pair', { backbones: [...probe.backbones, { name: 'b', path: '/b', sha256: '' }] });
    assert.match(say(pointName(pair)), /· starter and b$/);
  });

  it('tells two ways of one name apart by the labels that they learn from', () => {
    const cost = { ...probe.cost, labels: 0 };
    const named = pointNames([
      { ...probe, id: 'with' },
      { ...probe, id: 'without', cost },
      { ...probe, id: 'other', backbones: [{ name: 'b', path: '/b', sha256: '' }] },
    ]);
    assert.deepEqual(
      [...named].map(([id, name]) => `${id}: ${say(name)}`),
      [
        `with: Linear probe · starter (${probe.cost.labels} labeled images)`,
        'without: Linear probe · starter (no labels)',
        'other: Linear probe · b',
      ],
    );
  });

  it('tells what reports, and apart from it what it looked like while choosing', () => {
    assert.deepEqual(
      figureTexts(probe).map((text) => say(text)),
      ['81.0% (74.0 to 87.0%), 120 held-out images', 'It looked like 84.0% while choosing.'],
    );
    assert.match(
      figureTexts(prompt)
        .map((text) => say(text))
        .join(' '),
      /280 validation images These images took part/,
    );
    const figure = { value: 0.62, low: 0.55, high: 0.7, images: 90, by: 'expected' as const };
    assert.deepEqual(
      figureTexts({ figure, searched: null }).map((text) => say(text)),
      ['55 to 70%, 90 images, judged without labels'],
    );
    assert.deepEqual(figureTexts({ figure: null, searched: 0.5 }), []);
  });

  it('calls a difference clear only where a test does', () => {
    const than = verbatim('zero-shot');
    const one = { of: 'a', than: 'b', value: 0.21, low: 0.12, high: 0.3, p: 0.0004, images: 120 };
    assert.equal(
      say(differenceText(one, than)),
      '+21.0 points (12.0 to 30.0) against zero-shot, on 120 images: a clear difference (p < 0.001).',
    );
    assert.match(
      say(differenceText({ ...one, value: -0.02, p: 0.42 }, than)),
      /^-2\.0 points .* no clear difference \(p = 0\.42\)\.$/,
    );
  });

  it('orders the table by the accuracy that it shows, whatever looked best while choosing', () => {
    const figure = (value: number) => ({ ...probe.figure!, value });
    const all = [
      pointOf('looked', { searched: 0.9, figure: figure(0.7) }),
      pointOf('untold', { searched: null, figure: null }),
      pointOf('is', { searched: 0.8, figure: figure(0.82) }),
      pointOf('also', { searched: 0.6, figure: figure(0.7) }),
      pointOf('unknown', { searched: null, figure: null }),
    ];
    const order = (leader?: string) => foundRows(all, leader).map(({ id }) => id);
    assert.deepEqual(order(), ['is', 'looked', 'also', 'untold', 'unknown']);
    assert.deepEqual(order('also'), ['is', 'also', 'looked', 'untold', 'unknown']);
  });

  it('folds away what fell out, but not what reports, leads or is on a frontier', () => {
    assert.equal(isWorthALook(probe, recommended), true);
    assert.equal(isWorthALook(prompt, recommended), false);
    assert.equal(isWorthALook(prompt, prompt.id), true);
    const problem = { reason: 'internal' as const, message: verbatim('No.') };
    assert.equal(isWorthALook({ ...probe, problem }, recommended), false);
    // Without labels nothing was compared.
    const untold = foundRow(pointOf('settled', { figure: null, searched: null, frontier: [] }));
    assert.match(
      say(foundColumns.find(({ id }) => id === 'outcome')!.text(untold) as Text),
      /^There is no accuracy/,
    );
    const outcome = foundColumns.find(({ id }) => id === 'outcome')!.text(foundRow(prompt));
    assert.match(typeof outcome === 'string' ? outcome : say(outcome), /right more often/);
  });
});
