import path from 'node:path';
import * as z from 'zod';
import { leftWords } from '../../core/plans/planWords.ts';
import { phrase, say } from '../../core/text/text.ts';
import { undoPlan } from '../../files/plans/carryOut.ts';
import { findJournal, readJournal, STEP, stepsOf } from '../../files/plans/journal.ts';
import { reported } from '../placeImages.ts';
import type { AgentSession } from '../session.ts';
import { tool } from '../tool.ts';

const SHOWN = 10;

export const undoExport = tool({
  name: 'undo_export',
  title: phrase('Undo Export'),
  description:
    'Undoes an export that placed images or wrote files beside them, or an import of labels: images that were moved are back, copies and links are removed, files that were changed are as before. What was changed since stays as it is. Try it with dryRun first. Does not delete files that export_results wrote as one file.',
  changes: 'files',
  changesBy: ({ dryRun }) => (dryRun ? 'nothing' : 'files'),
  long: true,
  input: z.object({
    export: z
      .string()
      .min(1)
      .describe(
        'What export_results named to undo it, or the folder that was exported to; of several exports, the last.',
      ),
    dryRun: z.boolean().optional().describe('Tells what would be undone, and changes nothing.'),
  }),
  output: z.object({
    folder: z.string(),
    time: z.string().describe('When it was exported.'),
    dryRun: z.boolean(),
    undone: z.number().int().describe('Files that are as before, or would be.'),
    leftCount: z.number().int(),
    left: z.array(z.object({ file: z.string(), why: z.string() })),
  }),
  doing: (input) => phrase('Undoing the export to {0}', path.basename(input.export)),
  consent: (input) => (input.dryRun ? undefined : phrase('Undo the export to {0}?', input.export)),
  use: async (input, session) => {
    const { places, signal } = session;
    const file = await findJournal(await places.readable(input.export));
    const { folder, time, steps } = await checkedJournal(file, session);
    const common = { folder: places.shown(folder), time, dryRun: input.dryRun === true };
    if (input.dryRun) return { ...common, undone: steps, leftCount: 0, left: [] };
    const { done, left, leftFiles } = await reported(session)(file, (onProgress) =>
      undoPlan(file, { signal, onProgress }),
    );
    return {
      ...common,
      undone: done,
      leftCount: left,
      left: leftFiles
        .slice(0, SHOWN)
        .map((one) => ({ file: places.shown(one.file), why: say(leftWords(one)) })),
    };
  },
});

/**
 * A journal may have been written by anyone: what it moves back must go where the agent may write.
 * @throws {SemapError} `untrusted`; as `readJournal`
 */
async function checkedJournal(
  file: string,
  { places }: AgentSession,
): Promise<{ readonly folder: string; readonly time: string; readonly steps: number }> {
  const journal = await readJournal(file);
  let steps = 0;
  for (const folder of journal.truthFolders) await places.writable(folder);
  for await (const [n, step] of stepsOf(journal)) {
    if ('from' in step) await places.writable(step.from);
    if (journal.states[n] === STEP.done) steps++;
  }
  return { folder: journal.folder, time: journal.head.time, steps };
}
