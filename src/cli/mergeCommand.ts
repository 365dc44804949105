import path from 'node:path';
import { type Classified, judgeTogether, type RanImages } from '../capabilities/classifyImages.ts';
import { keepClassified } from '../capabilities/keepClassified.ts';
import { toSemapError } from '../core/errors.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import { foldersOfJob, JOB_FILES, type JobDocument } from '../core/jobs/job.ts';
import { imageCount } from '../core/text/numbers.ts';
import { say } from '../core/text/text.ts';
import { readJob, readJobAlignment } from '../files/jobFolder.ts';
import type { ClassifyParams } from '../protocol/classification.ts';
import type { CheckedJob } from '../protocol/jobs.ts';
import { cautionOf, cautionOptions, mustSuit } from './cautionArguments.ts';
import { lackingLines, lackingOf, leftOutOf, noteLines, ranOn } from './checkedJob.ts';
import { tellClassified } from './classified.ts';
import { type Command, EXIT } from './command.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { type EngineSession, withEngine } from './engineSession.ts';
import { commonOptions } from './options.ts';
import { checkOutput } from './outputFiles.ts';
import { shardExit } from './runShardCommand.ts';
import { sessionOf } from './session.ts';
import { settleOptions, settlingOf } from './settleArguments.ts';
import { printable, type Terminal } from './terminal.ts';

/** Images that are held in memory, to be listed and settled together, at most. */
const MOST_TOGETHER = 1_000_000;
const ANSWERS = 'Path, label and confidence of each image are columns of the files in JOB/results.';

export const mergeCommand: Command = {
  name: 'merge',
  usage: 'merge JOB [--partial] [--csv FILE] [--json]',
  summary: 'Check the results of a job, and answer as semap classify does.',
  text: `Reads the results of all shards, checks that they are there, whole and of this job, and compares the answers of each shard with those of the others. Then it answers as semap classify does, from the outputs in the results: neither backbones nor images need be on this machine. Labels in the folders count where this machine has them, else those that were there when the job was planned. Exit code ${EXIT.again}: results are missing; they are named as semap run-shard takes them.`,
  options: {
    partial: { text: 'Answer for the shards that are there.' },
    csv: {
      value: 'FILE',
      text: 'Also write the predictions as CSV for spreadsheets, as semap classify does.',
    },
    run: {
      value: 'DIR',
      text: 'Also keep the results as a run in DIR, such as .semap/runs/photos, where the Runs view of VS Code shows it. JOB/run has them anyway, for semap export JOB.',
    },
    ...settleOptions,
    ...cautionOptions,
    ...commonOptions,
  },
  examples: [
    ['semap merge job', 'What semap classify would say of the images.'],
    ['semap merge job --json > answers.json', 'With every prediction.'],
    ['semap merge job --partial --no-settle', 'What there is so far, every image judged alone.'],
  ],
  failed: shardExit,
  async run({ argv, args, setup, terminal, signal }) {
    const time = new Date().toISOString();
    const named = args.only('semap merge takes a job.', 'For example: semap merge job');
    const caution = await cautionOf(args);
    const asked = settlingOf(args);
    const csv = args.text('csv');
    const given = args.text('run');
    checkOutput('csv', csv);
    const folder = path.resolve(named);
    const job = await readJob(folder);
    const alignment = await readJobAlignment(folder, job);
    const many = job.images > MOST_TOGETHER;
    const alone = job.lean || many;
    if (alone) refuseTogether(args, job);
    const listing = csv !== undefined ? '--csv' : given !== undefined ? '--run' : undefined;
    if (many && listing !== undefined)
      throw new UsageError(`${listing} takes ${MOST_TOGETHER.toLocaleString('en')} images at most.`, ANSWERS);
    if (caution)
      mustSuit(
        caution,
        alignment.targets.map(({ label }) => label),
      );
    return withEngine(setup, async (engine) => {
      const checked = await check(engine, folder, terminal, signal);
      const lacking = lackingOf(checked);
      const complete = Object.keys(lacking).length === 0;
      for (const line of lackingLines(lacking)) terminal.err(`${line}\n`);
      if (!complete && (!args.flag('partial') || checked.shards.length === 0)) {
        if (args.flag('json')) terminal.json({ job: { folder, id: job.id, complete, ...lacking } });
        terminal.err(
          checked.shards.length === 0
            ? 'Run them: semap run-shard\n'
            : 'Run them (semap run-shard), or answer for the others with --partial.\n',
        );
        return EXIT.again;
      }
      for (const line of noteLines(checked, job)) terminal.err(`Note: ${printable(line)}\n`);
      if (many) terminal.err(`Note: answers of so many images are not listed. ${ANSWERS}\n`);
      const backbone = job.backbones[0].path;
      const about: JobParams = { ...foldersOfJob(job), job: folder, backbone, alignment };
      const merged = alone
        ? await answeredAlone(engine, about, { many, terminal, signal })
        : await answeredTogether(engine, about, signal);
      const run = { ...merged.run, ...leftOutOf(job, checked), ...ranOn(checked) };
      const { drift, changed } = checked;
      const versions = [...new Set(checked.shards.map(({ semap }) => semap))];
      const more = {
        job: {
          folder,
          id: job.id,
          shards: job.shards,
          complete,
          ...lacking,
          changed,
          drift,
          versions,
          ...(many && { predictionsIn: path.join(folder, JOB_FILES.results) }),
        },
      };
      const runs = [path.join(folder, JOB_FILES.run), ...(given === undefined ? [] : [path.resolve(given)])];
      const asJson = args.flag('json');
      const looks = csv !== undefined || asJson;
      const classified = await judgeTogether(
        { ...merged, run },
        { about, asked, caution, looks, alone },
        sessionOf(engine, terminal, signal),
      ).finally(() => terminal.rewrite(''));
      if (!many) {
        const kept = { id: job.id, time, total: job.images, complete };
        for (const one of runs) await keepIn(one, classified, kept, terminal);
      }
      const made = { time, alignment: path.join(folder, JOB_FILES.alignment), argv };
      return tellClassified(classified, { csv, made, more, json: asJson }, terminal);
    });
  },
};

type JobParams = ClassifyParams & { readonly job: string };

function check(
  engine: EngineSession,
  job: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<CheckedJob> {
  const onProgress = ({ done, total }: { done: number; total: number }) =>
    terminal.rewrite(`Checked: ${done} of ${total} shards`);
  return engine.call('checkJob', { job }, { signal, onProgress }).finally(() => terminal.rewrite(''));
}

/** Every image as its shard judged it. @param many their answers are counted, and not held */
async function answeredAlone(
  engine: EngineSession,
  about: JobParams,
  { many, terminal, signal }: { many: boolean; terminal: Terminal; signal: AbortSignal },
): Promise<RanImages> {
  const predictions: Prediction[] = [];
  const run = await engine
    .call('answerJob', about, {
      signal,
      onProgress: ({ predictions: more, done, total }) => {
        if (many) terminal.rewrite(`Merged: ${done.toLocaleString('en')} of ${say(imageCount(total))}`);
        else for (const prediction of more) predictions.push(prediction);
      },
    })
    .finally(() => terminal.rewrite(''));
  return { run, predictions, sources: [] };
}

/** From the outputs in the results, as if a backbone had been run. */
async function answeredTogether(
  engine: EngineSession,
  about: JobParams,
  signal: AbortSignal,
): Promise<RanImages> {
  const { predictions, sources, unseen: _, ...run } = await engine.call('rescore', about, { signal });
  return { run, predictions, sources };
}

/** Keeps what was merged as a run; where that is not possible, it is told anyway. */
async function keepIn(
  folder: string,
  classified: Classified,
  as: Parameters<typeof keepClassified>[2],
  terminal: Terminal,
): Promise<void> {
  await keepClassified(folder, classified, as).catch((error) => {
    terminal.err(`Note: the run is not kept: ${printable(toSemapError(error).message)}\n`);
  });
}

/** @throws {UsageError} for options that need the images of a job together, where they are too many or lean */
function refuseTogether(args: Arguments, { lean }: JobDocument): void {
  const refused = ['settle', 'balanced', 'truths', ...Object.keys(cautionOptions)].find((name) =>
    args.has(name),
  );
  if (refused === undefined) return;
  throw new UsageError(
    lean
      ? `--${refused} needs outputs, which the results of a lean job do not hold.`
      : `--${refused} takes ${MOST_TOGETHER.toLocaleString('en')} images at most.`,
    lean ? 'Plan it again without --lean.' : 'Plan jobs of parts of the folder.',
  );
}
