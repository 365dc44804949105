import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { shownTexts } from '../../../scripts/texts.ts';

const folder = new URL('../../../l10n/', import.meta.url);
const placeholders = (text: string) => [...new Set(text.match(/\{\d\}/g))].sort();

it('Every text of the host can be translated, and those that are keep their placeholders', async () => {
  const texts = await shownTexts();
  assert.ok('Show Log' in texts);
  assert.ok('{0} class folders' in texts);
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json'))) {
    const bundle: Record<string, string> = JSON.parse(await readFile(new URL(file, folder), 'utf8'));
    for (const [text, translated] of Object.entries(bundle)) {
      assert.deepEqual(placeholders(translated), placeholders(text), `${file}: ${text}`);
    }
  }
});
