import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { agentToolsPage } from '../../../scripts/agentToolsPage.ts';
import { tool } from '../../../src/capabilities/tool.ts';
import { TOOLS } from '../../../src/capabilities/tools/tools.ts';
import { verbatim } from '../../../src/core/text/text.ts';

const root = path.resolve(import.meta.dirname, '../../..');

test('the page of tools for agents is that of the tools: npm run texts writes it', () => {
  const page = readFileSync(path.join(root, 'docs/reference/agent-tools.md'), 'utf8');
  assert.equal(page, agentToolsPage(TOOLS));
  for (const { name } of TOOLS) assert.ok(page.includes(`\n## ${name}\n`), name);
});

test('a page says what a tool takes and gives, and whether it may be left out', () => {
  const one = tool({
    name: 'count_images',
    title: verbatim('Count Images'),
    description: 'Counts a|b in *.png.',
    changes: 'runs',
    long: true,
    input: z.object({
      folder: z.string().describe('Where.'),
      most: z.int().min(1).max(9).default(3).describe('At most.'),
      how: z.enum(['all', 'new']).optional(),
    }),
    output: z.object({
      counts: z.record(z.string(), z.int()),
      first: z.array(z.object({ file: z.string() })).nullable(),
    }),
    doing: () => verbatim('Counting'),
    use: async () => ({ counts: {}, first: null }),
  });
  const page = agentToolsPage([one]);
  for (const line of [
    '| [`count_images`](#count_images) | Count Images | keeps a run; may take long |',
    'Counts a\\|b in \\*.png.',
    '| `folder` | string | Where. |',
    '| *`most`* | whole number, 1 to 9 | At most. Default: 3. |',
    '| *`how`* | "all" or "new" |  |',
    '| `counts` | whole number by name |  |',
    '| `first` | list of { file } or null |  |',
  ])
    assert.ok(page.split('\n').includes(line), `${line}\n${page}`);
});
