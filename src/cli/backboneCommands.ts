import { isDeepStrictEqual } from 'node:util';
import type { BackboneDescription } from '../core/backbones/backboneDescription.ts';
import { KNOWN_BACKBONES } from '../core/backbones/catalogue.ts';
import { preprocessingText } from '../core/backbones/preprocessingText.ts';
import type { TextSide } from '../core/backbones/textSide.ts';
import { toSemapError } from '../core/errors.ts';
import { type InputSpec, inputDims } from '../core/images/preprocessing.ts';
import type { ExtraInput } from '../core/onnx/passes/constantInputs.ts';
import { fileSize } from '../core/text/numbers.ts';
import { say } from '../core/text/text.ts';
import type { BackboneEntry } from '../protocol/backbones.ts';
import type { EngineApi } from '../protocol/engineApi.ts';
import { backboneRef, sidecarOf } from './backboneArguments.ts';
import { parityOptions, parityText, referenceOf } from './backboneParity.ts';
import { type Command, EXIT } from './command.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { statedText } from './inspectionText.ts';
import { commonOptions, sidecarOptions } from './options.ts';
import { printable, table } from './terminal.ts';

export const listBackbonesCommand: Command = {
  name: 'backbones list',
  usage: 'backbones list [--backbone-folder DIR]... [--json]',
  summary: 'List the installed backbones.',
  text: 'Lists the starter backbone and those in the backbone folders: ONNX files, and folders laid out as on Hugging Face (config.json, preprocessor_config.json, onnx/model.onnx). A backbone that cannot be used is listed with the reason.',
  options: commonOptions,
  examples: [
    ['semap backbones list', 'Which names can I give to --backbone?'],
    ['semap backbones list --backbone-folder ~/models', 'Include a folder of your own.'],
  ],
  async run({ args, setup, terminal, signal }) {
    args.none('backbones list takes no file.', 'For one file: semap backbones describe FILE');
    return withEngine(setup, async (engine) => {
      const entries = await engine.call('listBackbones', {}, { signal });
      terminal.result(args.flag('json'), entries, () => listOf(entries, terminal.columns));
      return EXIT.done;
    });
  },
};

export const describeBackboneCommand: Command = {
  name: 'backbones describe',
  usage: 'backbones describe FILE|NAME [--remember] [--json]',
  summary: 'Show the input, preprocessing and labels of a backbone.',
  text: 'Shows what the graph says (input type, layout, size, outputs) and what its description adds. Write what the graph cannot say into NAME.backbone.json beside NAME.onnx, or give it as options:\n\n  { "labels": "imagenet-1k",\n    "preprocessing": { "rescale_factor": 0.00392157, "image_mean": [0.485, 0.456, 0.406],\n      "image_std": [0.229, 0.224, 0.225], "size": { "shortest_edge": 256 },\n      "crop": { "height": 224, "width": 224 }, "resample": "bilinear", "channels": "rgb" },\n    "output": "logits" }\n\n"labels" may also be the path of a file with one label or wnid per line, or the list itself.',
  options: {
    remember: { text: 'Save what the options say for this model, wherever its file is.' },
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap backbones describe starter', 'The starter backbone.'],
    ['semap backbones describe net.onnx --json', 'As JSON, with all labels.'],
    [
      'semap backbones describe net.onnx --source-labels names.txt --rescale-factor 1 --image-mean 0,0,0 --image-std 1,1,1 --channels bgr --remember',
      'Describe the model once, for all later commands.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const backbone = onlyBackbone(args, 'describe');
    const sidecar = sidecarOf(args);
    const remember = args.flag('remember');
    if (remember && !sidecar) throw new UsageError('--remember saves what options say, but there are none.');
    return withEngine(setup, async (engine) => {
      const description = await engine.call('describeBackbone', { backbone, sidecar, remember }, { signal });
      const { stated, notes } = await engine.call('inspectBackbone', { backbone, sidecar }, { signal });
      const said = {
        stated: stated.map(({ from, parts }) => ({ from: say(from), parts })),
        notes: notes.map((note) => say(note)),
      };
      terminal.result(
        args.flag('json'),
        { ...description, ...said },
        () => descriptionText(description) + statedText({ stated, notes }),
      );
      if (
        remember &&
        !isDeepStrictEqual(
          meaningOf(await engine.call('describeBackbone', { backbone }, { signal })),
          meaningOf(description),
        )
      )
        terminal.err('Saved, but the .backbone.json beside the model says otherwise, and goes first.\n');
      if (sidecar && !remember) terminal.err('Not saved: --remember saves what the options say.\n');
      return EXIT.done;
    });
  },
};

/** What a description says, whatever its list of labels is called: that of a file is remembered without its name. */
function meaningOf({ labelSpace, ...description }: BackboneDescription): object {
  return { ...description, labels: labelSpace.labels.map(({ wnid, name }) => wnid ?? name) };
}

export const checkBackboneCommand: Command = {
  name: 'backbones check',
  usage: 'backbones check FILE|NAME [--reference FILE --image FILE|FOLDER...] [--json]',
  summary: 'Load a backbone and run a blank image through it.',
  text: 'Loads and runs the model, and reports how long one image takes on one thread and whether visual prompts can be trained through it (blockers name the nodes without a gradient). If the backbone cannot be used, prints the reason and exits with code 1.\n\nWith --reference, compares with scores that another program computed with this model for the same images: says what the scores are of (which output, logits or probabilities), whether SeMap agrees, and if not, which settings make it agree: scaling, order of colors, geometry, filter, antialiasing, rounding. Exits with code 1 if it does not agree as described.',
  options: { ...parityOptions, ...sidecarOptions, ...commonOptions },
  examples: [
    ['semap backbones check net.onnx', 'Can I use it?'],
    [
      'semap backbones check net.onnx --reference scores.npy --image photos',
      'Does SeMap feed it as my own program does?',
    ],
    [
      'semap backbones check net.onnx --json',
      'As JSON: { runs, milliseconds, description, promptable, blockers: [{ op, node }] }.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const backbone = onlyBackbone(args, 'check');
    const sidecar = sidecarOf(args);
    const reference = await referenceOf(args);
    return withEngine(setup, async (engine) => {
      if (reference) {
        const parity = await engine.call('compareBackbone', { backbone, sidecar, ...reference }, { signal });
        terminal.result(args.flag('json'), parity, () => parityText(parity, backbone));
        return parity.same ? EXIT.done : EXIT.failed;
      }
      const prompts = await engine
        .call('checkPromptable', { backbone, sidecar }, { signal })
        .catch(async (error: unknown) => {
          // What is no classifier at all is told so, not that prompts are out of the question.
          await engine.call('checkBackbone', { backbone, sidecar }, { signal });
          throw error;
        });
      try {
        const check = await engine.call('checkBackbone', { backbone, sidecar }, { signal });
        const time = `${check.milliseconds.toFixed(1)} ms per image`;
        const text = `${descriptionText(check.description)}runs          yes, ${time}\n${promptText(prompts)}`;
        terminal.result(args.flag('json'), { ...check, ...prompts }, () => text);
        return EXIT.done;
      } catch (error) {
        // What the graph alone says is said, whatever else is missing or wrong.
        const { reason, message, hint } = toSemapError(error);
        if (reason === 'cancelled' || !args.flag('json')) throw error;
        terminal.json({ ...prompts, error: { reason, message, hint } });
        terminal.err(`semap: ${printable(message)}\n`);
        return reason === 'needs-description' ? EXIT.done : EXIT.failed;
      }
    });
  },
};

export const removeBackboneCommand: Command = {
  name: 'backbones remove',
  usage: 'backbones remove NAME',
  summary: 'Delete a backbone that SeMap installed.',
  text: 'NAME is in the first column of semap backbones list. Files that you put into a backbone folder yourself are never deleted.',
  options: commonOptions,
  examples: [['semap backbones remove net', 'Free its disk space.']],
  async run({ args, setup, terminal, signal }) {
    const name = args.only('backbones remove takes one name.', 'See: semap backbones list');
    return withEngine(setup, async (engine) => {
      await engine.call('removeBackbone', { backbone: backboneRef(name) }, { signal });
      terminal.err(`Removed ${printable(name)}\n`);
      if (args.flag('json')) terminal.json({ removed: name });
      return EXIT.done;
    });
  },
};

export const knownBackbonesCommand: Command = {
  name: 'backbones known',
  usage: 'backbones known [--json]',
  summary: 'List well-known backbones that can be added by name.',
  text: 'Sizes and accuracies (top-1 on ImageNet-1k) are as published; those marked * are of models with a text encoder, which answer any labels, and are without training. This command does not use the network.',
  options: commonOptions,
  examples: [['semap backbones known', 'What can I add by a short name?']],
  async run({ args, terminal }) {
    args.none('backbones known takes no name.');
    if (args.flag('json')) terminal.json(KNOWN_BACKBONES);
    else {
      const columns = [
        { title: 'name' },
        { title: 'size', right: true },
        { title: 'top-1', right: true },
        { title: 'speed' },
        { title: 'license' },
        { title: 'repository' },
      ] as const;
      const rows = KNOWN_BACKBONES.map((one) => [
        one.id,
        say(fileSize(one.bytes)),
        `${one.accuracy}%${one.imageText ? '*' : ''}`,
        one.speed,
        one.licence,
        one.repo,
      ]);
      terminal.out(table(columns, rows, terminal.columns));
    }
    return EXIT.done;
  },
};

function promptText({ promptable, blockers }: EngineApi['checkPromptable']['result']): string {
  if (promptable) return 'prompts       can be trained\n';
  const names = blockers.map(({ op, node, why }) => `${op} (${node})${why === undefined ? '' : `: ${why}`}`);
  return `prompts       cannot be trained: no gradient through ${printable(names.join(', '))}\n`;
}

function onlyBackbone(args: Arguments, verb: string): string {
  const problem = `backbones ${verb} takes one file or name.`;
  return backboneRef(args.only(problem, `For example: semap backbones ${verb} starter`));
}

function listOf(entries: readonly BackboneEntry[], width: number): string {
  const rows = entries.map(({ name, path, embedded, description, problem }) => {
    const where = embedded ? 'comes with SeMap' : path;
    if (!description)
      return [name, '-', '-', '-', '', problem ? `${problem.reason}: ${say(problem.message)}` : ''];
    const { labelSpace, input, bytes, text, license = '' } = description;
    const labels = text ? 'any' : `${labelSpace.labels.length.toLocaleString('en')} (${labelSpace.name})`;
    return [
      name,
      labels,
      `${input.height} x ${input.width}`,
      say(fileSize(bytes)),
      license.slice(0, 20),
      where,
    ];
  });
  const columns = ['name', 'labels', 'input', 'size', 'license', 'where'].map((title) => ({ title }));
  return table(columns, rows, width);
}

/** A description, one fact per line. */
export function descriptionText(description: BackboneDescription): string {
  const { name, path, bytes, sha256, input, extraInputs, labelSpace, fixedBatch, license, text } =
    description;
  const { labels, background } = labelSpace;
  const some = labels
    .slice(0, 5)
    .map((label) => label.name)
    .join(', ');
  const rows: [string, string][] = [
    ['name', name],
    ['file', `${path} (${say(fileSize(bytes))})`],
    ['sha256', sha256],
    ['input', inputText(input) + (fixedBatch === undefined ? '' : `, exactly ${fixedBatch} per run`)],
    ...(extraInputs ?? []).map((one): [string, string] => ['further input', extraText(one)]),
    ['preprocessing', preprocessingText(input.preprocessing)],
    ['output', text ? `embedding of ${text.width} numbers` : outputText(description)],
    ...(text ? textRows(text) : []),
    [
      'labels',
      text
        ? 'any: the text encoder reads those of an alignment'
        : `${labels.length.toLocaleString('en')} (${labelSpace.name}): ${some}${labels.length > 5 ? ', ...' : ''}`,
    ],
    ['license', license ?? 'not stated'],
    ...(background.length > 0
      ? [['background', `output ${background.join(', ')}: never mapped`] as [string, string]]
      : []),
  ];
  return rows.map(([field, value]) => `${field.padEnd(13)} ${printable(value)}\n`).join('');
}

function outputText({ output, binary, inner, outputName, labelSpace }: BackboneDescription): string {
  const where = inner ? `, from "${outputName}" inside the graph` : '';
  if (binary) {
    const { name } = labelSpace.labels[1];
    return output === 'logits'
      ? `one number: the logit of ${name}${where}`
      : `one number: the probability of ${name}${where}`;
  }
  return `${output}${output === 'sigmoid' ? ' (multi-label: a probability for each label)' : ''}${where}`;
}

function textRows({ name, folder, templates, scale, bias, scaleOrigin }: TextSide): [string, string][] {
  const origin = {
    description: 'from the description',
    model: 'from the model',
    family: 'as models of this family have it',
  }[scaleOrigin];
  const plus = bias === 0 ? '' : ` ${bias < 0 ? '-' : '+'} ${Math.abs(bias)}`;
  return [
    ['text encoder', `${name} (${folder})`],
    ['templates', templates.join(' | ')],
    ['logits', `${Number(scale.toPrecision(6))} x cosine${plus} (${origin})`],
  ];
}

function inputText(input: InputSpec): string {
  // A batch has no length that a height or width could have.
  const shape = inputDims(input, Number.NaN).map((one) => (Number.isNaN(one) ? 'N' : one));
  return `${input.type} [${shape.join(', ')}]`;
}

/** The first values of an input beside the image. */
function extraText({ name, values }: ExtraInput): string {
  const some = values.slice(0, 4).join(', ');
  return `${name} = ${values.length === 1 ? some : `[${some}${values.length > 4 ? ', ...' : ''}]`}`;
}
