import path from 'node:path';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import { mergeSidecars } from '../core/backbones/backboneSidecar.ts';
import { KNOWN_BACKBONES } from '../core/backbones/catalogue.ts';
import { SemapError } from '../core/errors.ts';
import { fileSize, percent } from '../core/text/numbers.ts';
import { phrase, say, type Text } from '../core/text/text.ts';
import type { BackboneInspection, BackboneTrial } from '../protocol/backbones.ts';
import { backboneRef, sidecarOf } from './backboneArguments.ts';
import { descriptionText } from './backboneCommands.ts';
import { type Command, type CommandContext, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { type EngineSession, withEngine } from './engineSession.ts';
import { stateOf } from './folderArguments.ts';
import { installModelByCommand, installOptions, whenTakenOf } from './installCommand.ts';
import { commonOptions, sidecarOptions } from './options.ts';
import { printable, table } from './terminal.ts';

const ids = KNOWN_BACKBONES.map(({ id }) => id);

export const addBackboneCommand: Command = {
  name: 'backbones add',
  installs: true,
  usage: 'backbones add FILE|FOLDER|NAME|OWNER/REPO [--image FILE] [--accept-guesses] [--dry-run] [--json]',
  summary: 'Copy or download a backbone into the backbone folder, and describe it.',
  text: `FILE is an ONNX image classifier, FOLDER one as Hugging Face has them (config.json, preprocessor_config.json, onnx/model.onnx); they are copied. NAME is one of ${ids.join(', ')}, OWNER/REPO any repository of the Hugging Face hub with an ONNX image classifier; they are downloaded, which a Ctrl-C interrupts and the same command continues. Files go into the first backbone folder. What is installed there is replaced only with --replace: a file whose name is taken gets a number, a download says so and takes --keep-both instead.\n\nWhat the files do not say is guessed from the graph, shown with the reason, and used only with --accept-guesses or when options say it. --image shows the five best source labels of an image, so that wrong scaling or colours are seen at once.`,
  options: {
    image: { value: 'FILE', text: 'Try the backbone on this image.' },
    'accept-guesses': { text: 'Take the guesses for what nobody says.' },
    ...installOptions,
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap backbones add net.onnx --image dog.jpg', 'What does it expect, and what does it see?'],
    ['semap backbones add net.onnx --accept-guesses --channels bgr', 'The guesses, but BGR.'],
    ['semap backbones add mobilenetv4-small --dry-run', 'How large is it?'],
    ['semap backbones add Xenova/resnet-50 --dtype q8', 'From the hub.'],
  ],
  async run(context) {
    const [name] = context.args.positionals;
    const image = context.args.text('image');
    if (image !== undefined && !stateOf(image)?.isFile()) {
      const what = stateOf(image) ? 'is not a file' : 'does not exist';
      throw new SemapError('not-found', phrase('--image names {0}, which {1}.', image, what), {
        hint: phrase('Name an image.'),
      });
    }
    const isFile = name !== undefined && stateOf(name)?.isFile();
    if (isFile || /\.onnx$/i.test(name ?? '')) return addFile(context, path.resolve(name!));
    return installModelByCommand(context, {
      words: 'backbones add',
      example: 'mobilenetv4-small',
      ids,
      plan: 'planBackbone',
      install: 'installBackbone',
      afterwards: (engine, folder) => describeAdded(engine, context, folder),
    });
  },
};

export const removeBackboneCommand: Command = {
  name: 'backbones remove',
  usage: 'backbones remove NAME',
  summary: 'Delete a backbone that SeMap copied or downloaded.',
  text: 'NAME is the first column of semap backbones list. A file that you put into a backbone folder yourself is never deleted.',
  options: commonOptions,
  examples: [['semap backbones remove net', 'Free its space.']],
  async run({ args, setup, terminal, signal }) {
    const [name, ...more] = args.positionals;
    if (name === undefined || more.length > 0) {
      throw new UsageError('backbones remove takes one name.', 'See: semap backbones list');
    }
    return withEngine(setup, async (engine) => {
      await engine.call('removeBackbone', { backbone: backboneRef(name) }, { signal });
      terminal.err(`Removed ${printable(name)}\n`);
      return EXIT.done;
    });
  },
};

export const knownBackbonesCommand: Command = {
  name: 'backbones known',
  usage: 'backbones known [--json]',
  summary: 'Show well-known backbones that semap backbones add downloads by name.',
  text: 'Sizes and accuracies (top-1 on ImageNet-1k) are as published. Nothing is asked of the hub until one is added.',
  options: commonOptions,
  examples: [['semap backbones known', 'What can be had by a short name.']],
  async run({ args, terminal }) {
    if (args.positionals.length > 0) throw new UsageError('backbones known takes no name.');
    if (args.flag('json')) terminal.out(`${JSON.stringify(KNOWN_BACKBONES, null, 2)}\n`);
    else {
      const columns = [
        { title: 'name' },
        { title: 'size', right: true },
        { title: 'top-1', right: true },
        { title: 'speed' },
        { title: 'licence' },
        { title: 'repository' },
      ] as const;
      const rows = KNOWN_BACKBONES.map((one) => [
        one.id,
        say(fileSize(one.bytes)),
        `${one.accuracy}%`,
        one.speed,
        one.licence,
        one.repo,
      ]);
      terminal.out(table(columns, rows, terminal.columns));
    }
    return EXIT.done;
  },
};

/** A file is looked at where it is, and copied only once it is known what it expects. */
async function addFile(context: CommandContext, file: string): Promise<number> {
  const { args, setup, terminal, signal } = context;
  if (args.positionals.length > 1) throw new UsageError('backbones add takes one file.');
  const whenTaken = whenTakenOf(args);
  return withEngine(setup, async (engine) => {
    const sidecar = await completed(engine, context, file);
    if (args.flag('dry-run')) return EXIT.done;
    const description = await engine.call('describeBackbone', { backbone: file, ...sidecar }, { signal });
    await engine.call('describeBackbone', { backbone: file, ...sidecar, remember: true }, { signal });
    const { folder, already } = await engine.call(
      'copyBackbone',
      { file, ...(whenTaken ? { whenTaken } : {}) },
      { signal },
    );
    terminal.err(
      already
        ? `${printable(description.name)} is in ${printable(folder)} already.\n`
        : `${printable(description.name)} is copied to ${printable(folder)}\n`,
    );
    return shown(engine, context, folder);
  });
}

/** What was downloaded or copied as a folder: described in place. */
async function describeAdded(
  engine: EngineSession,
  context: CommandContext,
  folder: string,
): Promise<number> {
  const { terminal, signal } = context;
  terminal.err(`Installed in ${printable(folder)}\n`);
  const sidecar = await completed(engine, context, folder);
  if (sidecar.sidecar) {
    await engine.call('describeBackbone', { backbone: folder, ...sidecar, remember: true }, { signal });
  }
  return shown(engine, context, folder);
}

/**
 * What options and accepted guesses say, the guesses told with their reasons.
 * @throws {SemapError} `needs-description` when something is missing
 */
async function completed(
  engine: EngineSession,
  { args, terminal, signal }: CommandContext,
  backbone: string,
): Promise<{ sidecar?: BackboneSidecar }> {
  const options = sidecarOf(args);
  const said = options ? { sidecar: options } : {};
  const inspection = await engine.call('inspectBackbone', { backbone, ...said }, { signal });
  if (inspection.missing.length === 0) return said;
  terminal.err(guessText(inspection));
  const sidecar = mergeSidecars(inspection.suggested, mergeSidecars(inspection.known, options));
  if (inspection.suggested.labels === undefined && sidecar.labels === undefined) {
    throw missing(inspection, phrase('Say what the outputs mean: --source-labels FILE.'));
  }
  if (!args.flag('accept-guesses')) {
    throw missing(inspection, phrase('Use --accept-guesses if they are right, or say it by options.'));
  }
  return { sidecar };
}

async function shown(
  engine: EngineSession,
  { args, terminal, signal }: CommandContext,
  folder: string,
): Promise<number> {
  const description = await engine.call('describeBackbone', { backbone: folder }, { signal });
  const image = args.text('image');
  const trial =
    image === undefined
      ? undefined
      : await engine.call('tryBackbone', { backbone: folder, image: path.resolve(image) }, { signal });
  if (args.flag('json')) {
    terminal.out(`${JSON.stringify({ folder, description, ...(trial ? { trial } : {}) }, null, 2)}\n`);
  } else {
    terminal.out(descriptionText(description));
    if (trial) terminal.out(trialText(trial));
  }
  return EXIT.done;
}

function missing({ name, missing: fields }: BackboneInspection, hint: Text): SemapError {
  return new SemapError(
    'needs-description',
    phrase('The files of {0} do not say: {1}.', name, fields.join(', ')),
    {
      hint,
    },
  );
}

function guessText({ name, reasons, suggested }: BackboneInspection): string {
  const { labels, preprocessing: p = {} } = suggested;
  const values = {
    labels: typeof labels === 'string' ? labels : labels ? `${labels.length} names` : '?',
    size: JSON.stringify(p.crop ?? p.size),
    scaling: `(pixel x ${Number(p.rescale_factor?.toPrecision(6))} - [${p.image_mean}]) / [${p.image_std}]`,
    channels: p.channels ?? '?',
    output: '',
  };
  const lines = (Object.entries(reasons) as [keyof typeof values, Text][])
    .filter(([part]) => part !== 'output')
    .map(([part, why]) => `  ${part.padEnd(9)} ${values[part]}  ${say(why)}\n`);
  return `Guessed about ${printable(name)}:\n${printableLines(lines)}`;
}

function printableLines(lines: readonly string[]): string {
  return lines.map((line) => `${printable(line.trimEnd())}\n`).join('');
}

function trialText({ best, others, milliseconds, constant }: BackboneTrial): string {
  const lines = best.map(({ label, probability }) => `  ${percent(probability).padStart(6)}  ${label}`);
  const other = others.map(
    ({ scaling, channels, best: [first] }) =>
      `  ${percent(first.probability).padStart(6)}  ${first.label}  (${scaling ?? 'own scaling'}, ${channels})`,
  );
  return printableLines([
    `What it sees (${milliseconds.toFixed(0)} ms):`,
    ...lines,
    ...(constant
      ? ['Warning: every source label gets the same score. The model may be untrained or damaged.']
      : []),
    'Otherwise it would see (the surest is not always right):',
    ...other,
  ]);
}
