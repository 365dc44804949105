import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FindCost } from '../../../../src/core/find/findRecord.ts';
import type { FoundPoint } from '../../../../src/protocol/findView.ts';
import { costAxis, costWords, logTicks, usualCost } from '../../../../webview/find/costAxis.ts';
import { frontierPath, nearestPoint, placed, placeNames } from '../../../../webview/find/frontier.ts';
import { pointOf } from '../../core/find/findFixture.ts';

describe('the axis of a cost', () => {
  const span = { start: 100, end: 400, room: 8 };

  it('goes by powers of ten, what costs nothing has a place of its own', () => {
    const axis = costAxis([0, 10, 100, 1000], costWords().labels, span);
    const [nothing, ten, hundred, thousand] = [0, 10, 100, 1000].map(axis.place);
    assert.ok(100 <= nothing && nothing < ten && ten < hundred && hundred < thousand && thousand <= 400);
    assert.ok(Math.abs(hundred - ten - (thousand - hundred)) < 1e-9);
    assert.deepEqual(
      axis.ticks.map(({ text }) => text),
      ['none', '10', '20', '50', '100', '200', '500', '1,000'],
    );
    assert.deepEqual(
      axis.ticks.map(({ value, at }) => axis.place(value) === at),
      axis.ticks.map(() => true),
    );
  });

  it('has what is fastest on the left, and milliseconds of learning as nothing', () => {
    const speed = costAxis([10, 1000], costWords().speed, span);
    assert.ok(speed.place(1000) < speed.place(10));
    const seconds = costAxis([0.01, 0, 100], costWords().seconds, span);
    assert.equal(seconds.place(0.01), seconds.place(0));
  });

  it('stays an axis where all costs are equal, all are nothing, or there are none', () => {
    const equal = costAxis([7, 7], costWords().labels, span);
    assert.equal(equal.place(7), 250);
    assert.ok(equal.ticks.length > 0);
    const nothing = costAxis([0, 0], costWords().labels, span);
    assert.deepEqual([nothing.place(0), nothing.ticks.map(({ text }) => text)], [250, ['none']]);
    assert.deepEqual(costAxis([], costWords().labels, span).ticks, []);
  });

  it('is another cost where all ways learned from as many labels, once nothing may come that did not', () => {
    const cost = { labels: 0, seconds: 1, imagesPerSecond: 1, bytes: 1 };
    const beside = (other: Partial<typeof cost>, live = false) =>
      usualCost([{ cost }, { cost: { ...cost, ...other } }], live);
    assert.equal(beside({ labels: 20, seconds: 9 }), 'labels');
    assert.equal(beside({ seconds: 9 }), 'seconds');
    assert.equal(beside({ seconds: 9 }, true), 'labels');
    assert.equal(beside({ imagesPerSecond: 9 }), 'speed');
    assert.equal(beside({ bytes: 9 }), 'bytes');
    assert.equal(beside({}), 'labels');
    assert.equal(usualCost([], false), 'labels');
  });

  it('has as many ticks as there is room for', () => {
    assert.deepEqual(logTicks(0, 2, 9), [1, 2, 5, 10, 20, 50, 100]);
    assert.deepEqual(logTicks(0, 2, 5), [1, 3, 10, 30, 100]);
    assert.deepEqual(logTicks(0, 2, 3), [1, 10, 100]);
    assert.deepEqual(logTicks(-2, 9, 4), [0.01, 10, 10_000, 10_000_000]);
    for (const room of [1, 2, 3]) assert.ok(logTicks(-3, 12, room).length <= room);
  });
});

describe('the frontier', () => {
  const cost = (labels: number, imagesPerSecond: number | null = 100) => ({
    labels,
    seconds: 0,
    imagesPerSecond,
    bytes: 1,
  });
  const figure = (value: number) => ({ value, low: value, high: value, images: 10, by: 'held-out' as const });
  const points: readonly FoundPoint[] = [
    pointOf('dear', { cost: cost(100, 10), figure: figure(0.9), frontier: ['labels', 'speed'] }),
    pointOf('beaten', { cost: cost(100), figure: figure(0.7), frontier: [] }),
    pointOf('cheap', { cost: cost(0), figure: figure(0.6), frontier: ['labels', 'speed'] }),
    pointOf('slow', { cost: cost(20, null), figure: null, searched: 0.8, frontier: ['labels'] }),
    pointOf('failed', { cost: cost(0), figure: null, searched: null, frontier: [] }),
  ];
  const at = (weighed: FindCost) =>
    placed(points, weighed, costWords()[weighed].of).map(({ point }) => point.id);

  it('has what can be placed, the cheapest first, the better one first of equals', () => {
    assert.deepEqual(at('labels'), ['cheap', 'slow', 'dear', 'beaten']);
    // Of speed, the fastest is the cheapest; what was not measured has no place.
    assert.deepEqual(at('speed'), ['beaten', 'cheap', 'dear']);
  });

  it('tells what only images say that took part in choosing', () => {
    const all = placed(
      [...points, pointOf('v', { figure: { ...figure(0.5), by: 'validation' } })],
      'labels',
      costWords().labels.of,
    );
    assert.deepEqual(
      all.filter(({ provisional }) => provisional).map(({ point }) => point.id),
      ['v', 'slow'],
    );
  });

  it('is a staircase through what nothing as cheap beats', () => {
    const all = placed(points, 'labels', costWords().labels.of);
    assert.equal(
      frontierPath(
        all,
        (labels) => labels,
        (share) => 100 * share,
        120,
      ),
      'M0 60H20V80H100V90H120',
    );
    assert.equal(
      frontierPath(
        [],
        (labels) => labels,
        (share) => share,
        120,
      ),
      '',
    );
  });

  it('finds the nearest point within reach', () => {
    const dots = [
      { id: 'a', x: 0, y: 0 },
      { id: 'b', x: 10, y: 0 },
    ];
    assert.equal(nearestPoint(dots, { x: 6, y: 3 }, 20)?.id, 'b');
    assert.equal(nearestPoint(dots, { x: 60, y: 3 }, 20), undefined);
  });

  it('names points where there is room, and covers neither names, points nor edges', () => {
    const dots = [
      { x: 50, y: 50 },
      { x: 52, y: 50 },
    ];
    const names = placeNames(
      dots.map((dot) => ({ ...dot, width: 40 })),
      dots,
      { left: 0, right: 200, top: 0, bottom: 100 },
      10,
    );
    const boxes = names.flatMap((place) =>
      place ? [{ left: place.x, right: place.x + 40, top: place.y - 10, bottom: place.y + 2.5 }] : [],
    );
    assert.equal(boxes.length, 2);
    const [a, b] = boxes;
    assert.ok(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top);
    // The first name has room on the left, and keeps off a ring around its point, or its neighbor's.
    const room = { left: 0, right: 60, top: 0, bottom: 100 };
    const [plain, ringed] = [undefined, 10].map((radius) => {
      const dot = { x: 58, y: 50, ...(radius && { radius }) };
      return placeNames([{ ...dot, width: 30 }], [dot], room, 10)[0]!;
    });
    assert.ok(plain!.y > 40 - 2.5, 'just above a plain point');
    assert.ok(ringed!.y + 2.5 <= 40, `above the ring: ${ringed!.y}`);
    // Above it another point is nearer, and the name would be taken for that one's.
    const under = { x: 58, y: 50, radius: 10 };
    const [beside] = placeNames([{ ...under, width: 30 }], [{ x: 58, y: 40 }, under], room, 10);
    assert.ok(beside!.x + 30 < 58 - 10 && beside!.y > 50, 'to the left of its own');
    assert.deepEqual(
      placeNames([{ x: 5, y: 5, width: 400 }], [], { left: 0, right: 100, top: 0, bottom: 100 }, 10),
      [undefined],
    );
  });
});
