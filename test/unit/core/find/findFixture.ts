import type { FindPoint, FindRecord } from '../../../../src/core/find/findRecord.ts';
import { phrase } from '../../../../src/core/text/text.ts';

/** A point of a search; `change` says what is particular to it. */
export function pointOf(id: string, change: Partial<FindPoint> = {}): FindPoint {
  return {
    id,
    way: { scores: 'semap' },
    backbones: [{ name: 'starter', path: '/models/starter.onnx', sha256: 'ab'.repeat(32) }],
    figure: { value: 0.6, low: 0.5, high: 0.7, images: 120, by: 'held-out' },
    cost: { labels: 0, seconds: 0, imagesPerSecond: 300, bytes: 5_000_000 },
    round: 1,
    searched: 0.63,
    frontier: ['labels', 'seconds'],
    ...change,
  };
}

/** A search of icons that is over: zero-shot, a probe that is recommended, and a prompt that fell out. */
export function findRecordOf(runFolder: string, change: Partial<FindRecord> = {}): FindRecord {
  return {
    version: 1,
    kind: 'find',
    time: '2026-11-20T10:00:00.000Z',
    status: 'done',
    params: {
      folders: ['/photos/icons'],
      targets: [{ name: 'cat' }, { name: 'dog' }],
      backbones: ['/models/starter.onnx'],
      budgetMinutes: 5,
      runFolder,
    },
    labels: ['cat', 'dog'],
    parts: { search: 280, heldOut: 120, unlabeled: 0 },
    seed: 0,
    device: { provider: 'cpu', name: 'CPU', threads: 2, why: phrase('The only device.') },
    points: [
      pointOf('probe', {
        way: { scores: 'linear-probe' },
        figure: { value: 0.81, low: 0.74, high: 0.87, images: 120, by: 'held-out' },
        cost: { labels: 280, seconds: 2.5, imagesPerSecond: 300, bytes: 5_100_000 },
        searched: 0.84,
        frontier: ['labels', 'seconds', 'speed', 'bytes'],
      }),
      pointOf('prompt', {
        way: { prompt: { kind: 'watermark' }, epochs: 20, scores: 'blm+' },
        figure: { value: 0.71, low: 0.65, high: 0.77, images: 280, by: 'validation' },
        cost: { labels: 280, seconds: 200, imagesPerSecond: 300, bytes: 5_600_000 },
        searched: 0.71,
        frontier: [],
        ended: phrase('Others with as many labels were right more often.'),
        training: 'prompt-0',
      }),
      pointOf('zero'),
    ],
    differences: [{ of: 'probe', than: 'zero', value: 0.21, low: 0.12, high: 0.3, p: 0.0004, images: 120 }],
    verdict: [phrase('With no labels: {0}.', '60.0%'), phrase('With all {0} labels: {1}.', 280, '81.0%')],
    recommended: 'probe',
    tried: 12,
    seconds: 180,
    ended: phrase('Everything was tried.'),
    skipped: [],
    ...change,
  };
}
