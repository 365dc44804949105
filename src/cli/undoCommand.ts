import type { PlanOutcome } from '../core/plans/filePlan.ts';
import { fileSize, imageCount } from '../core/text/numbers.ts';
import { plural, say } from '../core/text/text.ts';
import { carryOut, undoPlan } from '../files/plans/carryOut.ts';
import { findJournal, type Journal, readJournal, STEP, stepsOf } from '../files/plans/journal.ts';
import { type Command, type CommandContext, EXIT } from './command.ts';
import { exitOf, followedPlan, leftLines } from './exportTree.ts';
import { commonOptions } from './options.ts';
import { printable } from './terminal.ts';

export const undoCommand: Command = {
  name: 'undo',
  usage: 'undo FOLDER|JOURNAL [--dry-run] [--json]',
  summary: 'Undo an export that placed images or wrote sidecars, or an import of labels.',
  text: 'FOLDER is the folder that images were exported to, or that sidecars or labels were written into; of several exports and imports, the last one is undone. Its journal is in that folder. Images that were moved are back, copies and links are removed, and files that were changed are as before. What was changed since is left as it is, and so is the last file with an image; both are listed. An export that was interrupted can be undone, too.',
  options: {
    'dry-run': { text: 'Say what would be undone, and change nothing.' },
    ...commonOptions,
  },
  examples: [
    ['semap undo sorted/', 'Images are where they were before semap export moved them to sorted/.'],
    ['semap undo sorted/ --dry-run', 'What would that do?'],
  ],
  async run({ args, terminal, signal }) {
    const named = args.only('semap undo takes one folder.', 'For example: semap undo sorted/');
    const file = await findJournal(named);
    if (args.flag('dry-run')) {
      const journal = await readJournal(file);
      const steps = await madeSteps(journal);
      const { head, folder, phase } = journal;
      const value = {
        dryRun: true,
        journal: file,
        folder,
        format: head.title,
        time: head.time,
        phase,
        ...steps,
      };
      terminal.result(args.flag('json'), value, () =>
        [
          `${printable(head.title)} of ${printable(head.time)} in ${printable(folder)} (${phase})\n`,
          `Would bring back ${say(imageCount(steps.moved))} and remove ${say(plural(steps.made, '{0} file', '{0} files'))}\n`,
          steps.replaced > 0
            ? `Would write ${say(plural(steps.replaced, '{0} file', '{0} files'))} as before\n`
            : '',
        ].join(''),
      );
      return EXIT.done;
    }
    const outcome = await followedPlan(
      terminal,
      file,
      (onProgress) => undoPlan(file, { signal, onProgress }),
      true,
    );
    terminal.result(args.flag('json'), outcome, () =>
      [
        `Undid ${say(plural(outcome.done, '{0} file', '{0} files'))}\n`,
        leftLines(outcome.leftFiles, outcome.left),
        outcome.left > 0 ? 'The journal is kept, so that it can be tried again.\n' : '',
      ].join(''),
    );
    return outcome.left > 0 ? EXIT.failed : EXIT.done;
  },
};

/** Goes on with an export that was interrupted. @returns the exit code */
export async function continueExport(
  named: string,
  { args, terminal, signal }: CommandContext,
): Promise<number> {
  const file = await findJournal(named);
  const outcome: PlanOutcome = await followedPlan(terminal, file, (onProgress) =>
    carryOut(file, { signal, onProgress }),
  );
  terminal.result(args.flag('json'), outcome, () =>
    [
      `Placed ${say(imageCount(outcome.done))} (${say(fileSize(outcome.bytes))}) in ${printable(outcome.folder)}\n`,
      leftLines(outcome.leftFiles, outcome.left),
    ].join(''),
  );
  return exitOf(outcome);
}

async function madeSteps(journal: Journal): Promise<{ moved: number; made: number; replaced: number }> {
  const steps = { moved: 0, made: 0, replaced: 0 };
  for await (const [n, step] of stepsOf(journal)) {
    if (journal.states[n] !== STEP.done) continue;
    steps[step.do === 'move' ? 'moved' : step.do === 'replace' ? 'replaced' : 'made']++;
  }
  return steps;
}
