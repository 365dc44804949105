import path from 'node:path';
import { DEFAULT_BACKBONE } from '../capabilities/alignLabels.ts';
import { layOut } from '../capabilities/layOut.ts';
import { trainPrompt } from '../capabilities/trainPrompt.ts';
import { measuredShare } from '../core/metrics/measuredText.ts';
import { LARGEST_SEED } from '../core/random.ts';
import { bestRows } from '../core/reuse/reuseTable.ts';
import { trainedColumns, trainedRows } from '../core/reuse/trainedRows.ts';
import type { TrainingRecord } from '../core/runs/trainingRecord.ts';
import {
  isLayer,
  LARGEST_BATCH,
  MOST_EPOCHS,
  MOST_THREADS,
  promptKinds,
  type TrainParams,
  type TrainSettings,
  trainMappings,
  trainRecipes,
} from '../core/runs/trainingSettings.ts';
import { RECIPES, usualMapping } from '../core/runs/trainRecipes.ts';
import { duration, imageCount, percent, speed, timeLeft } from '../core/text/numbers.ts';
import { plural, say } from '../core/text/text.ts';
import { MOST_PROMPTS } from '../core/training/promptShares.ts';
import type { TrainProgress } from '../core/training/trainJob.ts';
import { readAlignment } from '../files/alignmentFile.ts';
import { mustBeFolder } from '../files/folders.ts';
import { backboneRef, sidecarOf } from './backboneArguments.ts';
import { type Command, EXIT } from './command.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { askedFolders, folderOptions } from './layoutArguments.ts';
import { measuredNotes } from './notRead.ts';
import { backboneOption, commonOptions, sidecarOptions } from './options.ts';
import { checkResumed, filesInDocument, followRun, resumeLine, runFolderOf, tablesIn } from './resumedRun.ts';
import { reuseLines } from './reuseLines.ts';
import { sessionOf } from './session.ts';
import { printable, type Terminal } from './terminal.ts';

export const trainCommand: Command = {
  name: 'train',
  usage: 'train FOLDER... [--backbone FILE|NAME] [--prompt KIND] [--mapping KIND] [--epochs N] [--json]',
  summary: 'Train a visual prompt for a frozen backbone, and measure what it gains.',
  text: 'Class folders are the labels. Part of each class is held out for validation: it selects the best epoch and ends training when accuracy stops improving. The prompt is compared with baselines on the same images: zero-shot, a learned mapping (BLM+), a linear mapping, and a linear probe. Each run has its own folder with its metrics (metrics.jsonl), the prompt (prompt.safetensors, prompt.png), and an alignment that applies it: semap classify FOLDER --alignment RUN/alignment.semap.json. Ctrl-C keeps what is done; semap train --resume RUN continues, also after a crash.',
  options: {
    ...folderOptions,
    ...backboneOption,
    recipe: {
      value: 'NAME',
      text: 'What is set where no other option says otherwise: semap (default), or as published: ilm-vp, blm+, smm, or lor-vp.',
    },
    prompt: {
      value: 'KIND',
      text: 'watermark (over the whole image; default), padding (a frame), low-rank (few parameters), mask (a watermark as strong as a small network decides for each part of each image), or none (mapping only).',
    },
    frame: { value: 'PIXELS', text: 'Width of the frame, for padding (default: one eighth of the input).' },
    rank: { value: 'N', text: 'Rank, for low-rank (default: 4).' },
    prompts: {
      value: 'N',
      text: 'Train so many prompts together, up to 8, each weighed for each label. Training and classifying take N times as long (default: 1).',
    },
    mapping: {
      value: 'KIND',
      text: 'linear-probe (default) or linear: a layer over penultimate features or source labels, trained with the prompt; blm+, blm, ilm, flm, or semap-labels: updated after every epoch; semap: by meaning, not updated.',
    },
    alignment: { short: 'a', value: 'FILE', text: 'Alignment to start from (default: SeMap by WordNet).' },
    epochs: { value: 'N', text: 'Maximum number of epochs (default: 20).' },
    budget: { value: 'MINUTES', text: 'Time budget. Training ends after the epoch in which it is used up.' },
    seed: { value: 'N', text: 'Seed of the split, order, and augmentation (default: 0).' },
    batch: { value: 'N', text: 'Images per step (default: 16).' },
    optimiser: { value: 'NAME', text: 'adam (default) or sgd.' },
    rate: {
      value: 'X',
      text: 'Peak learning rate (default: what suits recipe, optimizer, and prompt). With the recipe semap, it rises during the first epoch, then falls along a cosine.',
    },
    'layer-rate': {
      value: 'X',
      text: 'Learning rate of the layer, as a multiple of --rate (default: 3 with the recipe semap, else 1).',
    },
    decay: {
      value: 'X',
      text: 'Weight decay of the prompt (default: 0, or what the recipe has).',
    },
    smoothing: {
      value: 'SHARE',
      text: 'Share of each label that is spread over all labels (default: 0).',
    },
    patience: {
      value: 'N',
      text: 'Epochs without a better validation accuracy before training ends (default: 8; 0: never).',
    },
    validation: { value: 'SHARE', text: 'Share of each class held out for validation (default: 0.2).' },
    augment: {
      value: 'PARTS|none',
      text: 'Parts joined by commas: flip (mirror; wrong for digits and signs), crop (small shifts), vary (larger shifts, zoom, turns, and tints), erase (a gray rectangle in every other image), mix (mixed pairs). Default: that of the recipe; semap has crop.',
    },
    test: { value: 'FOLDER', text: 'Other images of the same classes, used once, after training.' },
    run: {
      value: 'DIR',
      text: 'Folder for the run, empty or new (default: .semap/runs/<time>-train-<folder>).',
    },
    resume: { value: 'DIR', text: 'Resume an interrupted run.' },
    estimate: { text: 'Only measure a few steps, and print how long training would take.' },
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap train signs/', 'Starter backbone, a watermark, and a linear probe.'],
    [
      'semap train signs/ -b mobilenetv2.onnx --prompt watermark --test unseen/',
      'Also test on other images.',
    ],
    [
      'semap train --resume .semap/runs/2026-01-31T10-00-00-train-signs',
      'Continue after Ctrl-C, a crash, or a power cut.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const resume = args.text('resume');
    if (resume === undefined && args.positionals.length === 0) {
      throw new UsageError('Which folder do you want to train on?', 'Example: semap train signs/');
    }
    checkResumed(args, trainCommand.options);
    const settings = settingsOf(args);
    const sidecar = sidecarOf(args);
    const file = args.text('alignment');
    const alignment = file === undefined ? undefined : await readAlignment(file);
    const test = args.text('test');
    const askedFor = await askedFolders(args);
    if (test !== undefined) await mustBeFolder(path.resolve(test));
    const about = {
      testFolder: test === undefined ? undefined : path.resolve(test),
      backbone: backboneRef(args.text('backbone') ?? DEFAULT_BACKBONE),
      sidecar,
      alignment,
      settings,
    };
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const params = { ...(await layOut(askedFor, session)), ...about };
      if (args.flag('estimate')) {
        const estimate = await engine.call('estimateTraining', params, { signal });
        const { trainImages, validationImages, parameters, seconds, secondsPerStep } = estimate;
        terminal.result(
          args.flag('json'),
          estimate,
          () =>
            `About ${say(duration(seconds))}: ${say(imageCount(trainImages))} to train with, ${validationImages.toLocaleString('en')} to validate, ${parameters.toLocaleString('en')} parameters, ${secondsPerStep.toFixed(2)} s per step${estimate.gradient === 'spsa' ? ', without a gradient' : ''}.\n`,
        );
        return EXIT.done;
      }
      const runFolder = await runFolderOf('train', args, askedFor.folders[0], pathsIn);
      const record = await followRun('train', runFolder, { terminal, signal }, () =>
        trainPrompt(
          resume === undefined ? { ...params, runFolder } : { resume: runFolder },
          session,
          (progress) => showProgress(progress, terminal),
        ),
      );
      const result = { runFolder, ...record };
      terminal.result(args.flag('json'), result, () => report(record, runFolder, terminal));
      return record.status === 'paused' ? EXIT.cancelled : EXIT.done;
    });
  },
};

/** What of the parameters of a run are paths. */
function pathsIn(params: Partial<TrainParams>): readonly unknown[] {
  const { folders, layouts, testFolder, backbone, sidecar, alignment } = params;
  const ofSidecar = [sidecar?.labels, sidecar?.text?.encoder];
  return [folders, tablesIn(layouts), testFolder, backbone, ofSidecar, filesInDocument(alignment)];
}

function settingsOf(args: Arguments): TrainSettings {
  const frame = args.whole('frame', 1);
  const rank = args.whole('rank', 1);
  const count = args.whole('prompts', 1, MOST_PROMPTS);
  const optional = {
    mapping: args.oneOf('mapping', trainMappings),
    optimiser: args.oneOf('optimiser', ['adam', 'sgd']),
    learningRate: args.number('rate', { above: 0 }),
    layerRate: args.number('layer-rate', { above: 0 }),
    decay: args.number('decay', { least: 0 }),
    smoothing: args.number('smoothing', { least: 0, below: 1 }),
    epochs: args.whole('epochs', 1, MOST_EPOCHS),
    budgetMinutes: args.number('budget', { above: 0 }),
    batch: args.whole('batch', 1, LARGEST_BATCH),
    seed: args.whole('seed', 0, LARGEST_SEED),
    validation: args.number('validation', { above: 0, below: 1 }),
    patience: args.whole('patience', 0, MOST_EPOCHS),
    // 0 is what it is without: half of the cores, and up to four of fewer.
    threads: args.whole('threads', 0, MOST_THREADS),
  };
  const recipe = args.oneOf('recipe', trainRecipes) ?? 'semap';
  const usual = RECIPES[recipe].prompt;
  const kind = args.oneOf('prompt', promptKinds) ?? usual.kind;
  if (frame !== undefined && kind !== 'padding') throw new UsageError('--frame needs --prompt padding.');
  if (rank !== undefined && kind !== 'low-rank') throw new UsageError('--rank needs --prompt low-rank.');
  if (count !== undefined && count > 1 && kind === 'none')
    throw new UsageError('--prompts needs a prompt: --prompt none trains only the mapping.');
  if (kind === 'none' && optional.decay !== undefined)
    throw new UsageError('--decay needs a prompt: --prompt none trains only the mapping.');
  if (
    optional.layerRate !== undefined &&
    !isLayer(optional.mapping ?? usualMapping({ recipe, prompt: { kind, count } }))
  )
    throw new UsageError('--layer-rate needs a layer: --mapping linear-probe or linear.');
  const augment = augmentOf(args);
  return { ...optional, recipe, prompt: { kind, frame, rank, count }, ...(augment && { augment }) };
}

const AUGMENTATIONS = ['flip', 'crop', 'vary', 'erase', 'mix'] as const;

/** Undefined: as the recipe has it. */
function augmentOf(args: Arguments): TrainSettings['augment'] {
  const text = args.text('augment');
  if (text === undefined) return undefined;
  const parts = text.split(',').map((part) => part.trim());
  const wrong = parts.find((part) => part !== 'none' && !AUGMENTATIONS.some((name) => name === part));
  if (wrong !== undefined) {
    throw new UsageError(
      `--augment must be none, or some of flip, crop, vary, erase, and mix joined by commas, not "${wrong}".`,
    );
  }
  const [flip, crop, vary, erase, mix] = AUGMENTATIONS.map((name) => parts.includes(name));
  return { flip, crop, vary, erase, mix: mix ? 1 : 0 };
}

const PREPARING: Readonly<Record<Extract<TrainProgress, { kind: 'preparing' }>['what'], string>> = {
  graph: 'deriving the gradient',
  images: 'reading images',
  outputs: 'running the backbone',
  baselines: 'computing baselines',
};

/** A line that shows how far a run is, and one that stays for every epoch; silent where there is no terminal. */
function showProgress(progress: TrainProgress, terminal: Terminal): void {
  switch (progress.kind) {
    case 'preparing':
      terminal.rewrite(`Preparing: ${PREPARING[progress.what]}, ${progress.done} of ${progress.total}`);
      break;
    case 'step': {
      const { epoch, epochs, step, steps, loss, trainAccuracy, imagesPerSecond, secondsLeft } = progress;
      terminal.rewrite(
        `epoch ${epoch} of ${epochs}  step ${step} of ${steps}  loss ${loss.toFixed(3)}  ${percent(trainAccuracy)}  ${say(speed(imagesPerSecond))}  ${say(timeLeft(secondsLeft))}`,
      );
      break;
    }
    case 'epoch': {
      const { epoch, loss, trainAccuracy, valLoss, valAccuracy } = progress.metrics;
      terminal.rewrite('');
      if (terminal.interactive) {
        terminal.err(
          `epoch ${epoch}: loss ${loss?.toFixed(3) ?? '-'}, training ${percent(trainAccuracy)}, validation ${percent(valAccuracy)} (loss ${valLoss.toFixed(3)})\n`,
        );
      }
      break;
    }
  }
}

function report(record: TrainingRecord, runFolder: string, terminal: Terminal): string {
  const { measuredOn, testedOn, splits } = record;
  const { settings, baselines, verdict, remark, ended, skipped, seconds, epoch, status } = record;
  const lines: string[] = [];
  const rows = trainedRows(baselines, record);
  lines.push(reuseLines(trainedColumns(rows), rows, bestRows(rows), terminal.columns));
  for (const { name, note } of rows)
    if (note) lines.push(`${printable(say(name))}: ${printable(say(note))}\n`);
  lines.push('\n');
  if (verdict) lines.push(`${printable(say(verdict))}\n`);
  if (remark) lines.push(`${printable(say(remark))}\n`);
  if (ended) lines.push(`${printable(say(ended))}\n`);
  if (splits) {
    const { learn, choose = `a part of ${learn}`, measure } = splits;
    const end = measure === splits.choose ? '' : `, tested on ${measure}`;
    lines.push(`Learned from the split ${learn}, validated on ${choose}${end}.\n`);
  }
  if (measuredOn) lines.push(measuredNotes(measuredOn));
  if (testedOn) {
    lines.push(
      `Tested on ${say(measuredShare(testedOn))} of the test ${splits && !record.params.testFolder ? 'split' : 'folder'}.\n`,
      measuredNotes(testedOn),
    );
  }
  if (status === 'paused') lines.push(`Paused. To continue: ${resumeLine('train', printable(runFolder))}\n`);
  if (record.gradient === 'spsa') {
    lines.push(
      'No gradient passes through this backbone, so it was estimated, which is slow and less accurate.\n',
    );
  }
  if (skipped.length > 0)
    lines.push(`${say(imageCount(skipped.length))} could not be read (--json lists them).\n`);
  lines.push(
    `${say(plural(epoch, '{0} epoch', '{0} epochs'))} in ${say(duration(seconds))}: ${say(imageCount(record.trainImages))} to train with, ${record.validationImages.toLocaleString('en')} to validate, seed ${settings.seed}, ${printable(record.backbone.name)}\n${printable(runFolder)}\n`,
  );
  return lines.join('');
}
