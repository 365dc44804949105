import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Terminal } from '../../../src/cli/terminal.ts';
import { WatchedAnswers } from '../../../src/cli/watchedAnswers.ts';
import { phrase } from '../../../src/core/text/text.ts';
import type { ClassifyProgress } from '../../../src/protocol/classification.ts';

test('what can no longer be read is in no table of answers', () => {
  const lines: string[] = [];
  const out = (text: string) => {
    lines.push(JSON.parse(text).event);
  };
  const answers = new WatchedAnswers(
    new Terminal({ out, err: () => {}, interactive: false, columns: 80 }),
    ['cat'],
    true,
  );
  const nothing = { predictions: [], skipped: [] } as unknown as ClassifyProgress;
  const prediction = { path: '/a', target: 0, confidence: 1, truth: -1, fired: [] };
  answers.show({ ...nothing, predictions: [prediction] });
  answers.show({ ...nothing, skipped: [{ path: '/a', reason: phrase('The file is incomplete.') }] });
  assert.deepEqual(answers.predictions, []);
  answers.show({ ...nothing, predictions: [prediction] });
  assert.deepEqual(answers.predictions, [prediction]);
  assert.deepEqual(lines, ['answer', 'unreadable', 'answer']);
});
