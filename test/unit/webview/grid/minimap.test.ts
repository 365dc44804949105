import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesInTime } from '../../../../webview/common/grid/minimap.ts';

describe('the picture of a minimap', () => {
  /** A clock that goes on by so many milliseconds whenever it is read. */
  const clock = (step: number) => {
    let time = 0;
    return () => {
      time += step;
      return time;
    };
  };
  const row = (at: number) => at;

  it('gets rows for five milliseconds, and ends with the last', () => {
    assert.deepEqual(linesInTime(3, 1000, row, clock(1)), [3, 4, 5, 6, 7]);
    assert.deepEqual(linesInTime(998, 1000, row, clock(1)), [998, 999]);
  });

  it('gets a row where a busy machine took all the time before the first', () => {
    assert.deepEqual(linesInTime(3, 1000, row, clock(50)), [3]);
  });
});
