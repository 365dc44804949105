import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { lookAtFiles } from '../../../../src/engine/jobs/fileLooks.ts';
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

test('looks at files say the same on a disk that is near and on one that is far away', async () => {
  const files = Array.from({ length: 40 }, (_, i) => path.join(folder, `${i}.jpg`));
  const there = files.filter((_, i) => i % 5 !== 3);
  for (const [i, file] of there.entries()) {
    await writeFile(file, 'x'.repeat(i));
    await utimes(file, 1000, 1000.25 + i);
  }
  // Every look is slow, or none.
  for (const slowMilliseconds of [-1, Number.POSITIVE_INFINITY]) {
    const looks = await lookAtFiles(files, { slowMilliseconds });
    const found = files.flatMap((file, i) => {
      const look = looks[i];
      if (look instanceof Error) assert.equal((look as NodeJS.ErrnoException).code, 'ENOENT');
      return look instanceof Error ? [] : [{ file, ...look }];
    });
    assert.equal(looks.length, files.length);
    assert.deepEqual(
      found,
      there.map((file, i) => ({ file, bytes: i, modified: 1_000_250 + 1000 * i })),
    );
  }
});
