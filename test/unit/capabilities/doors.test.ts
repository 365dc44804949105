import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CAPABILITIES } from '../../../src/capabilities/doors.ts';
import { TOOLS } from '../../../src/capabilities/tools/tools.ts';
import { COMMANDS as WORDS } from '../../../src/cli/semap.ts';
import '../host/withFakeVscode.ts';

const { COMMANDS } = await import('../../../src/host/commands.ts');

/** What each door has, by itself. */
const doors = {
  palette: Object.values(COMMANDS).flat() as readonly string[],
  commandLine: WORDS.map(({ name }) => name),
  agents: TOOLS.map(({ name }) => name),
};

describe('The three doors', () => {
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
