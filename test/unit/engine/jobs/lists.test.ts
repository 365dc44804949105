import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { linesOf } from '../../../../src/engine/jobs/listLines.ts';
import { ListText } from '../../../../src/engine/jobs/listText.ts';

const folder = await mkdtemp(path.join(os.tmpdir(), 'semap-lists-'));
after(() => rm(folder, { recursive: true }));

async function linesOfText(text: string): Promise<readonly string[]> {
  const file = path.join(folder, 'list.txt');
  await writeFile(file, text);
  const lines: string[] = [];
  for await (const some of linesOf(file)) lines.push(...some);
  return lines.filter((line) => line !== '');
}

test('lines are the same wherever the pieces of a file end', async () => {
  const names = Array.from({ length: 3000 }, (_, i) => `ö ${'x'.repeat(i % 97)} ${i}.jpg`);
  for (const end of ['\n', '\r\n', '\r'])
    for (const last of ['', end])
      assert.deepEqual(
        await linesOfText(names.join(end) + last),
        names,
        JSON.stringify(end) + JSON.stringify(last),
      );
  assert.deepEqual(await linesOfText('a\r\n\r\nb\n\rc\r'), ['a', 'b', 'c']);
  assert.deepEqual(await linesOfText(''), []);
});

test('a line without an end does not grow in memory', async () => {
  const lines = await linesOfText(`${'x'.repeat(5 << 20)}\na.jpg`);
  assert.equal(lines.at(-1), 'a.jpg');
  assert.ok(lines.length > 2 && lines.every(({ length }) => length < 2 << 20));
});

test('the text of a list has every line that was added since the last', () => {
  const text = new ListText();
  const lines = Array.from({ length: 5000 }, (_, i) => `["Löwe 🦁 ${i}.jpg"]\n`);
  for (const round of [lines, lines.slice(0, 2)]) {
    for (const line of round) text.add(line);
    assert.equal(text.lines, round.length);
    assert.equal(Buffer.from(text.take()).toString(), round.join(''));
    assert.equal(text.lines, 0);
  }
});
