import path from 'node:path';
import { toSemapError } from '../core/errors.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import { imageFolders } from '../core/folders/layout.ts';
import { driftText } from '../core/jobs/drift.ts';
import { indexText } from '../core/jobs/indexes.ts';
import { foldersOfJob, JOB_FILES, type JobDocument } from '../core/jobs/job.ts';
import { contradictedPromise } from '../core/metrics/balance.ts';
import type { StoredAnswer } from '../core/runs/classificationRecord.ts';
import type { DeviceInfo } from '../core/runs/run.ts';
import type { SettlingRecord } from '../core/runs/settlingRecord.ts';
import { inNaturalOrder } from '../core/text/naturalOrder.ts';
import { imageCount } from '../core/text/numbers.ts';
import { listed, plural, say } from '../core/text/text.ts';
import { GIVEN } from '../core/truths/imageTruths.ts';
import { readJob, readJobAlignment } from '../files/jobFolder.ts';
import { keepMerged, type MergedJob } from '../files/keptJob.ts';
import type { ClassifyParams, ClassifyResult } from '../protocol/classification.ts';
import type { CheckedJob } from '../protocol/jobs.ts';
import type { SettleResult } from '../protocol/settling.ts';
import { cautionOf, cautionOptions, mustSuit } from './cautionArguments.ts';
import { type ToldAnswers, tellClassified } from './classified.ts';
import { type Command, EXIT } from './command.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { commonOptions } from './options.ts';
import { checkOutput } from './outputFiles.ts';
import { shardExit } from './runShardCommand.ts';
import { type SettleAsked, settleOptions, settlingOf } from './settleArguments.ts';
import { printable } from './terminal.ts';

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
    const named = args.only('merge takes a job.', 'For example: semap merge job');
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
    if (many && csv !== undefined)
      throw new UsageError(`--csv takes ${MOST_TOGETHER.toLocaleString('en')} images at most.`, ANSWERS);
    if (caution)
      mustSuit(
        caution,
        alignment.targets.map(({ label }) => label),
      );
    return withEngine(setup, async (engine) => {
      const checked = await engine
        .call(
          'checkJob',
          { job: folder },
          {
            signal,
            onProgress: ({ done, total }) => terminal.rewrite(`Checked: ${done} of ${total} shards`),
          },
        )
        .finally(() => terminal.rewrite(''));
      const lacking = lackingOf(checked);
      for (const line of lackingLines(lacking)) terminal.err(`${line}\n`);
      if (Object.keys(lacking).length > 0 && (!args.flag('partial') || checked.shards.length === 0)) {
        if (args.flag('json')) terminal.json({ job: { folder, id: job.id, complete: false, ...lacking } });
        return EXIT.again;
      }
      for (const line of noteLines(checked, job)) terminal.err(`Note: ${printable(line)}\n`);
      const about: ClassifyParams & { readonly job: string } = {
        ...foldersOfJob(job),
        job: folder,
        backbone: job.backbones[0].path,
        alignment,
      };
      const predictions: Prediction[] = [];
      const sources: string[] = [];
      const answered = alone
        ? await engine.call('answerJob', about, {
            signal,
            onProgress: (progress) => {
              if (many)
                terminal.rewrite(
                  `Merged: ${progress.done.toLocaleString('en')} of ${say(imageCount(progress.total))}`,
                );
              else for (const prediction of progress.predictions) predictions.push(prediction);
            },
          })
        : await engine
            .call('rescore', about, { signal })
            .then(({ predictions: all, sources: names, unseen: _, ...rest }) => {
              for (const prediction of all) predictions.push(prediction);
              sources.push(...names);
              return rest;
            });
      const run = { ...answered, ...leftOutOf(job, checked), ...ranOn(checked) };
      const { drift, changed } = checked;
      if (many) terminal.err(`Note: answers of so many images are not listed. ${ANSWERS}\n`);
      const versions = [...new Set(checked.shards.map(({ semap }) => semap))];
      const more = {
        job: {
          folder,
          id: job.id,
          shards: job.shards,
          complete: Object.keys(lacking).length === 0,
          ...lacking,
          changed,
          drift,
          versions,
          ...(many && { predictionsIn: path.join(folder, JOB_FILES.results) }),
        },
      };
      const runs = [path.join(folder, JOB_FILES.run), ...(given === undefined ? [] : [path.resolve(given)])];
      const kept = async ({ predictions: ordered, together }: ToldAnswers) => {
        const { skipped, ...figures } = run;
        const merged: MergedJob = {
          id: job.id,
          time,
          images: imageFolders(about),
          alignment,
          backbonePath: job.backbones[0].path,
          figures,
          skipped,
          skippedCount: skipped.length,
          caution,
          settling: together && settlingRecord(together, asked),
          predictions: ordered,
          answerOf: together && storedAnswers(ordered, together),
          sources,
        };
        for (const one of runs) {
          try {
            await keepMerged(one, merged);
          } catch (error) {
            // What was merged is told anyway.
            terminal.err(`Note: the run is not kept: ${printable(toSemapError(error).message)}\n`);
          }
        }
      };
      return tellClassified(
        engine,
        {
          run,
          predictions,
          about,
          asked,
          caution,
          csv,
          json: args.flag('json'),
          made: { time, alignment: path.join(folder, JOB_FILES.alignment), argv },
          more,
          alone,
          keep: (told) => (many ? Promise.resolve() : kept(told)),
        },
        terminal,
        signal,
      );
    });
  },
};

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

/** How a run keeps that its images were settled. */
function settlingRecord(together: SettleResult, { mode, balanced }: SettleAsked): SettlingRecord {
  const { settled, kind, information, evidence, changed, learned, held, expected } = together;
  const { rare, frequent } = contradictedPromise(together.shares, together.targets.length);
  return {
    ...{
      shown: settled,
      mode,
      balanced,
      settled,
      kind,
      information,
      evidence,
      changed,
      learned,
      held,
    },
    ...(expected && { expected }),
    rare,
    frequent,
    measured: together.figures,
    plainMeasured: together.plainFigures,
  };
}

/** What stands beside each prediction in a kept run. */
function storedAnswers(
  predictions: readonly Prediction[],
  { paths = [], targets, confidences, given }: SettleResult,
): (at: number) => StoredAnswer {
  const places = new Map(paths.map((file, place) => [file, place]));
  return (at) => {
    const { path: file, target, confidence } = predictions[at];
    const place = places.get(file);
    return place === undefined
      ? { target, confidence, given: GIVEN.nothing }
      : { target: targets[place], confidence: confidences[place], given: given[place] };
  };
}

type Lacking = Readonly<Partial<Record<'missing' | 'damaged' | 'foreign', string>>>;

/** Shards without a result that can be used, as ranges. */
function lackingOf(checked: CheckedJob): Lacking {
  const kinds = ['missing', 'damaged', 'foreign'] as const;
  return Object.fromEntries(
    kinds.filter((kind) => checked[kind].length > 0).map((kind) => [kind, indexText(checked[kind])]),
  );
}

function lackingLines({ missing, damaged, foreign }: Lacking): readonly string[] {
  return [
    ...(missing ? [`Missing shards: ${missing}`] : []),
    ...(damaged ? [`Damaged results, to be run again: ${damaged}`] : []),
    ...(foreign ? [`Results of another job, to be run again: ${foreign}`] : []),
  ];
}

/** What a person should know of results that are all there. */
function noteLines({ shards, changed, drift }: CheckedJob, { semap }: JobDocument): readonly string[] {
  const versions = [...new Set([semap, ...shards.map((shard) => shard.semap)])];
  const runtimes = [...new Set(shards.map(({ onnxruntime }) => onnxruntime))];
  const devices = [...new Set(shards.map(({ device }) => device))].filter((device) => device !== 'cache');
  return [
    ...(versions.length > 1 ? [`SeMap ${say(listed(versions))} were at work.`] : []),
    ...(runtimes.length > 1 ? [`onnxruntime ${say(listed(runtimes))} were at work.`] : []),
    ...(devices.length > 1 ? [`Devices differ, and round differently: ${say(listed(devices))}.`] : []),
    ...(changed > 0
      ? [
          say(
            plural(
              changed,
              '{0} image was changed after the job was planned.',
              '{0} images were changed after the job was planned.',
            ),
          ),
        ]
      : []),
    ...drift.map((one) => say(driftText(one))),
  ];
}

/** What the walk and the shards could not read. */
function leftOutOf(
  { leftOut }: JobDocument,
  { skipped }: CheckedJob,
): Pick<ClassifyResult, 'skipped' | 'passedOver'> {
  const all = [...leftOut.skipped, ...skipped].sort((a, b) => inNaturalOrder(a.path, b.path));
  return { skipped: all, passedOver: leftOut.passedOver };
}

/** What ran the shards, and for how long together. */
function ranOn({ shards }: CheckedJob): Pick<ClassifyResult, 'device' | 'seconds'> {
  const providers = [...new Set(shards.map(({ device }) => device))].sort();
  const device: DeviceInfo = {
    provider: providers.join(' + '),
    name: providers.join(' + '),
    why: plural(shards.length, '{0} shard was run by itself.', '{0} shards were run by themselves.'),
  };
  return { device, seconds: Number(shards.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3)) };
}
