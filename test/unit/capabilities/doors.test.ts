import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CAPABILITIES } from '../../../src/capabilities/doors.ts';
import { TOOLS } from '../../../src/capabilities/tools/tools.ts';
import { COMMANDS as WORDS } from '../../../src/cli/semap.ts';
import '../host/withFakeVscode.ts';

const { COMMANDS } = await import('../../../src/host/commands.ts');

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));

/** What each door has, by itself. */
const doors = {
  palette: Object.values(COMMANDS).flat() as readonly string[],
  commandLine: WORDS.map(({ name }) => name),
  agents: TOOLS.map(({ name }) => name),
};

/** Files that call a method of the engine themselves. */
async function callersOf(method: string): Promise<string[]> {
  const files = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const calls = new RegExp(String.raw`\.call\(\s*'${method}'`);
  const texts = await Promise.all(files.map((file) => readFile(path.join(SRC, file), 'utf8')));
  return files.filter((_, i) => calls.test(texts[i]));
}

describe('The three doors', () => {
  for (const method of CAPABILITIES.flatMap(({ does = [] }) => does)) {
    it(`${method}: is called where all doors share it`, async () => {
      // Those of the engine are threads, which have methods of the same name.
      const others = (await callersOf(method)).filter((file) => !/^(capabilities|engine)\b/.test(file));
      assert.deepEqual(others, []);
    });
  }

  for (const [door, has] of Object.entries(doors) as [keyof typeof doors, readonly string[]][]) {
    it(`${door}: has what the table says, and nothing that it does not`, () => {
      const said = new Set(CAPABILITIES.flatMap((one) => one[door] ?? []));
      assert.deepEqual([...said].sort(), [...has].sort());
    });

    it(`${door}: says why what is missing is missing, and only that`, () => {
      for (const one of CAPABILITIES) {
        const isThere = (one[door] ?? []).length > 0;
        assert.equal(one.why?.[door] !== undefined, !isThere, one.name);
      }
    });
  }
});
