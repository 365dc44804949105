import path from 'node:path';
import type { BackboneSidecar, SidecarPreprocessing } from '../core/backbones/backboneSidecar.ts';
import { mergeSidecars } from '../core/backbones/backboneSidecar.ts';
import { KNOWN_BACKBONES } from '../core/backbones/catalogue.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import { listed, phrase, type Text } from '../core/text/text.ts';
import type { BackboneInspection, BackboneTrial } from '../protocol/backbones.ts';
import { sidecarOf } from './backboneArguments.ts';
import { descriptionText } from './backboneCommands.ts';
import {
  measuredGuess,
  optionsFor,
  trialImagesOf,
  trialOptions,
  trialText,
  tryByCommand,
} from './backboneTrial.ts';
import { type Command, type CommandContext, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { type EngineSession, withEngine } from './engineSession.ts';
import { stateOf } from './folderArguments.ts';
import { guessText, statedText } from './inspectionText.ts';
import { installModelByCommand, installOptions, keptText, whenTakenOf } from './installCommand.ts';
import { commonOptions, sidecarOptions } from './options.ts';
import { printable } from './terminal.ts';

const ids = KNOWN_BACKBONES.map(({ id }) => id);

export const addBackboneCommand: Command = {
  name: 'backbones add',
  installs: true,
  usage:
    'backbones add FILE|FOLDER|NAME|OWNER/REPO [--image FILE|FOLDER]... [--accept-guesses] [--dry-run] [--json]',
  summary: 'Copy or download a backbone into the backbone folder.',
  text: `Copies an ONNX image classifier (FILE), or a folder laid out as on Hugging Face (FOLDER with config.json, preprocessor_config.json, onnx/model.onnx). Downloads a well-known backbone (NAME: ${ids.join(', ')}) or any repository of the Hugging Face Hub with an ONNX image classifier (OWNER/REPO). Run the same command again to resume an interrupted download. Files go into the first backbone folder. If the name is taken, a copied file gets a number, and a download needs --replace or --keep-both.\n\nSeMap guesses from the graph what the files do not say, shows each guess with its reason, and uses it only with --accept-guesses. --image shows the five best source labels of an image, so that wrong scaling or colors show at once; nothing has to be accepted for that. With several images, scalings and orders of colors are measured: by how steadily and differently the images are answered, and, in class folders that fit the source labels, by accuracy. --accept-guesses then uses the best, and refuses where two are too near to tell.`,
  options: {
    ...trialOptions,
    float32: {
      text: 'Add a copy that computes in single precision, for a FILE in half precision (float16) that overflows.',
    },
    'accept-guesses': { text: 'Use the guesses for what neither files nor options say.' },
    ...installOptions,
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap backbones add net.onnx --image dog.jpg', 'What does it expect, and what does it predict?'],
    [
      'semap backbones add net.onnx --accept-guesses --image photos',
      'Use the settings that fit the images in photos best.',
    ],
    ['semap backbones add net.onnx --accept-guesses --channels bgr', 'Use the guesses, but BGR.'],
    ['semap backbones add mobilenetv4-small --dry-run', 'How large is it?'],
    ['semap backbones add Xenova/resnet-50 --dtype q8', 'From the Hugging Face Hub.'],
  ],
  async run(context) {
    const [name] = context.args.positionals;
    trialImagesOf(context.args);
    if (name !== undefined && (stateOf(name)?.isFile() || /\.onnx$/i.test(name)))
      return addFile(context, path.resolve(name));
    if (context.args.flag('float32')) throw new UsageError('--float32 converts a FILE.');
    return installModelByCommand(context, {
      words: 'backbones add',
      example: 'mobilenetv4-small',
      ids,
      plan: 'planBackbone',
      install: 'installBackbone',
      numbersFolders: true,
      afterwards: (engine, folder) => describeAdded(engine, context, folder),
    });
  },
};

/** A file is looked at where it is, and copied only once it is known what it expects. */
async function addFile(context: CommandContext, given: string): Promise<number> {
  const { args, setup, terminal, signal } = context;
  if (args.positionals.length > 1) throw new UsageError('backbones add takes one file.');
  const ofHub = ['dtype', 'mirror'].find((name) => args.has(name));
  if (ofHub !== undefined) throw new UsageError(`--${ofHub} cannot be used with a FILE.`);
  const whenTaken = whenTakenOf(args);
  return withEngine(setup, async (engine) => {
    const file = args.flag('float32') ? await inSinglePrecision(engine, context, given) : given;
    const { sidecar, ...tried } = await completed(engine, context, file);
    if (args.flag('dry-run')) return shown(engine, context, { backbone: file, sidecar }, tried);
    const description = await engine.call('describeBackbone', { backbone: file, sidecar }, { signal });
    await engine.call('describeBackbone', { backbone: file, sidecar, remember: true }, { signal });
    const { folder, already, kept } = await engine.call('copyBackbone', { file, whenTaken }, { signal });
    const name = printable(description.name);
    terminal.err(
      already ? `${name} is already in ${printable(folder)}\n` : `Copied ${name} to ${printable(folder)}\n`,
    );
    terminal.err(keptText(kept));
    return shown(engine, context, { backbone: folder }, tried);
  });
}

/** A copy of a model that computes in single precision. */
async function inSinglePrecision(
  engine: EngineSession,
  { terminal, signal }: CommandContext,
  given: string,
): Promise<string> {
  const { file, compared } = await engine.call('float32Backbone', { backbone: given }, { signal });
  terminal.err(
    compared
      ? 'Converted to single precision: the same scores where half precision does not overflow.\n'
      : 'Converted to single precision. Half precision overflows on every test input, so the scores could not be compared.\n',
  );
  return file;
}

/** What was downloaded or copied as a folder: described in place. */
async function describeAdded(
  engine: EngineSession,
  context: CommandContext,
  folder: string,
): Promise<number> {
  const { terminal, signal } = context;
  terminal.err(`Installed in ${printable(folder)}\n`);
  const { sidecar, ...tried } = await completed(engine, context, folder);
  if (sidecar) {
    await engine.call('describeBackbone', { backbone: folder, sidecar, remember: true }, { signal });
  }
  return shown(engine, context, { backbone: folder }, tried);
}

interface Completed {
  readonly sidecar: BackboneSidecar | undefined;
  /** What the images show of it, where that is known. */
  readonly trial?: BackboneTrial | undefined;
  /** The image to show, where other settings were measured than those that were tried. */
  readonly image?: string;
}

/**
 * What options and accepted guesses say. Guesses are shown with their reasons, and with what they make of the images that
 * are given: before anything has to be accepted.
 * @throws {SemapError} `needs-description` when something is missing
 */
async function completed(
  engine: EngineSession,
  context: CommandContext,
  backbone: string,
): Promise<Completed> {
  const { args, terminal, signal } = context;
  const options = sidecarOf(args);
  const inspection = await engine.call('inspectBackbone', { backbone, sidecar: options }, { signal });
  terminal.err(statedText(inspection));
  const isDescribed = inspection.missing.length === 0;
  // Files that say the range of gray values do not say whether digits are dark or light.
  const inversion =
    inspection.input.channels < 3 &&
    mergeSidecars(inspection.known, options).preprocessing?.invert === undefined;
  if (isDescribed && !(inversion && args.flag('accept-guesses') && trialImagesOf(args)))
    return { sidecar: options };
  if (!isDescribed) terminal.err(guessText(inspection));
  const sidecar = mergeSidecars(inspection.suggested, mergeSidecars(inspection.known, options));
  const open = {
    scaling: inspection.missing.includes('rescale_factor') && inspection.missing.includes('image_mean'),
    channels: inspection.missing.includes('channels'),
    inversion,
  };
  const trial = await triedGuess(engine, context, backbone, { sidecar, open });
  const refusal = refusalOf(inspection, sidecar, args);
  if (refusal) {
    if (trial) tellBefore(trial, context);
    throw refusal;
  }
  if (!trial) {
    if (open.scaling || open.channels)
      terminal.err('The guesses are not measured. With --image FOLDER they are, best with class folders.\n');
    return { sidecar };
  }
  if (isDescribed && !trial.measured?.sure) return { sidecar: options, trial };
  let preprocessing: SidecarPreprocessing | undefined;
  try {
    preprocessing = measuredGuess(inspection.name, trial);
  } catch (error) {
    tellBefore(trial, context);
    throw error;
  }
  if (!preprocessing) {
    if (!trial.measured) terminal.err('The guesses are not measured: that takes at least three images.\n');
    return { sidecar, trial };
  }
  terminal.err(trialText(trial));
  terminal.err(`Measured, and used in the place of the guess: ${optionsFor(preprocessing)}\n`);
  return { sidecar: mergeSidecars(sidecar, { preprocessing }), image: trial.image };
}

/** Tells what was seen before a failure: programs get one document of both. */
function tellBefore(trial: BackboneTrial, { args, terminal }: CommandContext): void {
  if (args.flag('json')) terminal.besideError = { trial };
  else terminal.out(trialText(trial));
}

/** What lacks more than can be guessed cannot be tried; what it lacks is said then. */
async function triedGuess(...asked: Parameters<typeof tryByCommand>): Promise<BackboneTrial | undefined> {
  try {
    return await tryByCommand(...asked);
  } catch (error) {
    if (toSemapError(error).reason === 'needs-description') return undefined;
    throw error;
  }
}

function refusalOf(
  inspection: BackboneInspection,
  { labels }: BackboneSidecar,
  args: CommandContext['args'],
): SemapError | undefined {
  if (labels === undefined)
    return missing(
      inspection,
      phrase(
        'Give the labels of the outputs with --source-labels FILE, or the folder with the class folders that it was trained on.',
      ),
    );
  return args.flag('accept-guesses')
    ? undefined
    : missing(inspection, phrase('Use --accept-guesses if they are right, or give the values as options.'));
}

/** Shows a backbone: where it was put, or where it is, with what would be said of it. */
async function shown(
  engine: EngineSession,
  context: CommandContext,
  { backbone, sidecar }: { readonly backbone: string; readonly sidecar?: BackboneSidecar | undefined },
  { trial: known, image }: Omit<Completed, 'sidecar'>,
): Promise<number> {
  const { args, terminal, signal } = context;
  const description = await engine.call('describeBackbone', { backbone, sidecar }, { signal });
  const trial =
    known ??
    (image === undefined
      ? await tryByCommand(engine, context, backbone, { sidecar })
      : await engine.call('tryBackbone', { backbone, sidecar, image }, { signal }));
  const text = descriptionText(description) + (trial ? trialText(trial) : '');
  const where = args.flag('dry-run') ? { dryRun: true, file: backbone } : { folder: backbone };
  terminal.result(args.flag('json'), { ...where, description, trial }, () => text);
  return EXIT.done;
}

function missing({ name, missing: fields }: BackboneInspection, hint: Text): SemapError {
  const problem = phrase('{0} has no description of: {1}.', name, listed(fields));
  return new SemapError('needs-description', problem, { hint });
}
