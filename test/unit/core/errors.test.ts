import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SemapError, untilAborted } from '../../../src/core/errors.ts';
import { phrase, say, verbatim } from '../../../src/core/text/text.ts';

test('an error that quotes a file keeps what failed and why, at a length that can be read', () => {
  const { message, text, hint } = new SemapError(
    'not-onnx',
    phrase('Output "{0}" is not made by any node.', 'A'.repeat(1e6)),
    { hint: verbatim('B'.repeat(1e6)) },
  );
  assert.equal(message.length, 2000);
  assert.match(message, /^Output "A+…A+" is not made by any node\.$/);
  assert.ok(say(text).length < 1100);
  assert.ok(hint!.length <= 1000);
});

test('a usual message stays as it is', () => {
  const message = 'C'.repeat(1000);
  assert.equal(new SemapError('internal', verbatim(message)).message, message);
});

test('what is waited for until an abort gives its answer, or ends as canceled, also after an earlier abort', async () => {
  const controller = new AbortController();
  assert.equal(await untilAborted(Promise.resolve(3), controller.signal), 3);
  const waiting = untilAborted(new Promise<never>(() => {}), controller.signal);
  controller.abort();
  await assert.rejects(waiting, { reason: 'cancelled' });
  await assert.rejects(untilAborted(new Promise<never>(() => {}), controller.signal), {
    reason: 'cancelled',
  });
});
