import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressText } from '../../../../src/core/downloads/progress.ts';
import { say } from '../../../../src/core/text/text.ts';

test('the progress of a download says how much, how fast and how long', () => {
  const text = progressText({
    stage: 'downloading',
    file: 'model.onnx',
    bytesDone: 20_000_000,
    bytesTotal: 65_100_000,
    bytesPerSecond: 3_000_000,
    secondsLeft: 17.2,
  });
  assert.equal(say(text), '20.0 MB of 65.1 MB at 3.0 MB/s, 17 s left');
});
