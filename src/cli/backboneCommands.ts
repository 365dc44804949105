import type { BackboneDescription } from '../core/backbones/backboneDescription.ts';
import { toSemapError } from '../core/errors.ts';
import type { InputSpec } from '../core/images/preprocessing.ts';
import { fileSize } from '../core/text/numbers.ts';
import { say } from '../core/text/text.ts';
import type { BackboneEntry } from '../protocol/backbones.ts';
import type { EngineApi } from '../protocol/engineApi.ts';
import { backboneRef, sidecarOf } from './backboneArguments.ts';
import { type Command, EXIT } from './command.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { commonOptions, sidecarOptions } from './options.ts';
import { printable, table } from './terminal.ts';

export const listCommand: Command = {
  name: 'backbones list',
  usage: 'backbones list [--backbone-folder DIR]... [--json]',
  summary: 'Show the installed backbones.',
  text: 'Lists the embedded backbone and those in the backbone folders: the ONNX files there, and folders as Hugging Face has them (config.json, preprocessor_config.json, onnx/model.onnx). One that cannot be used is listed with the reason.',
  options: commonOptions,
  examples: [
    ['semap backbones list', 'What can be given to --backbone by its name.'],
    ['semap backbones list --backbone-folder ~/models', 'With a folder of your own.'],
  ],
  async run({ args, setup, terminal, signal }) {
    if (args.positionals.length > 0) {
      throw new UsageError('backbones list takes no file.', 'For one file: semap backbones describe FILE');
    }
    return withEngine(setup, async (engine) => {
      const entries = await engine.call('listBackbones', {}, { signal });
      if (args.flag('json')) terminal.out(`${JSON.stringify(entries, null, 2)}\n`);
      else terminal.out(listOf(entries, terminal.columns));
      return EXIT.done;
    });
  },
};

export const describeCommand: Command = {
  name: 'backbones describe',
  usage: 'backbones describe FILE|NAME [--remember] [--json]',
  summary: 'Show what is known about a backbone: input, preprocessing, labels.',
  text: 'Reads what the graph says (input type, layout, size, outputs) and what is written beside it. What a graph cannot say stands in NAME.backbone.json beside NAME.onnx, or in options:\n\n  { "labels": "imagenet-1k",\n    "preprocessing": { "rescale_factor": 0.00392157, "image_mean": [0.485, 0.456, 0.406],\n      "image_std": [0.229, 0.224, 0.225], "size": { "shortest_edge": 256 },\n      "crop": { "height": 224, "width": 224 }, "resample": "bilinear", "channels": "rgb" },\n    "output": "logits" }\n\n"labels" may also be the path of a file with one label or wnid a line, or the list itself.',
  options: {
    remember: { text: 'Keep what the options say for this model (by its content, wherever it lies).' },
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap backbones describe starter', 'The embedded one.'],
    ['semap backbones describe net.onnx --json', 'As JSON, with all labels.'],
    [
      'semap backbones describe net.onnx --source-labels names.txt --rescale-factor 1 --image-mean 0,0,0 --image-std 1,1,1 --channels bgr --remember',
      'Say once what the file cannot, for all later commands.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const backbone = onlyBackbone(args, 'describe');
    const sidecar = sidecarOf(args);
    const remember = args.flag('remember');
    if (remember && !sidecar) throw new UsageError('--remember keeps what options say; there are none.');
    return withEngine(setup, async (engine) => {
      const params = { backbone, sidecar, remember };
      const description = await engine.call('describeBackbone', params, { signal });
      if (args.flag('json')) terminal.out(`${JSON.stringify(description, null, 2)}\n`);
      else terminal.out(descriptionText(description));
      return EXIT.done;
    });
  },
};

export const checkCommand: Command = {
  name: 'backbones check',
  usage: 'backbones check FILE|NAME [--json]',
  summary: 'Load a backbone and run a blank image through it.',
  text: 'Loads the model, runs it, tells how long one image takes on one lane, and whether prompts can be trained through it (blockers name the nodes without a gradient). Ends with exit code 1 and the reason when the backbone cannot be used.',
  options: { ...sidecarOptions, ...commonOptions },
  examples: [
    ['semap backbones check net.onnx', 'Can it be used?'],
    [
      'semap backbones check net.onnx --json',
      'As JSON: { runs, milliseconds, description, promptable, blockers: [{ op, node }] }.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const backbone = onlyBackbone(args, 'check');
    const sidecar = sidecarOf(args);
    return withEngine(setup, async (engine) => {
      const params = { backbone, sidecar };
      const prompts = await engine.call('checkPromptable', { backbone }, { signal });
      try {
        const check = await engine.call('checkBackbone', params, { signal });
        if (args.flag('json')) terminal.out(`${JSON.stringify({ ...check, ...prompts }, null, 2)}\n`);
        else {
          const time = `${check.milliseconds.toFixed(1)} ms an image`;
          terminal.out(`${descriptionText(check.description)}runs          yes, ${time}\n`);
          terminal.out(promptText(prompts));
        }
        return EXIT.done;
      } catch (error) {
        // What the graph alone can tell is told, whatever else is missing or wrong.
        const { reason, message, hint } = toSemapError(error);
        if (reason === 'cancelled' || !args.flag('json')) throw error;
        const problem = { reason, message, hint };
        terminal.out(`${JSON.stringify({ ...prompts, error: problem }, null, 2)}\n`);
        terminal.err(`semap: ${printable(message)}\n`);
        return reason === 'needs-description' ? EXIT.done : EXIT.failed;
      }
    });
  },
};

function promptText({ promptable, blockers }: EngineApi['checkPromptable']['result']): string {
  if (promptable) return 'prompts       can be trained through it\n';
  const names = blockers.map(({ op, node, why }) => `${op} (${node})${why === undefined ? '' : `: ${why}`}`);
  return `prompts       no gradient through ${printable(names.join(', '))}\n`;
}

function onlyBackbone(args: Arguments, verb: string): string {
  const [backbone, ...more] = args.positionals;
  if (backbone === undefined || more.length > 0) {
    throw new UsageError(
      `backbones ${verb} takes one file or name.`,
      `For example: semap backbones ${verb} starter`,
    );
  }
  return backboneRef(backbone);
}

function listOf(entries: readonly BackboneEntry[], width: number): string {
  const rows = entries.map(({ name, path, embedded, description, problem }) => {
    const where = embedded ? 'comes with SeMap' : path;
    if (!description) return [name, '-', '-', '-', `${problem?.reason ?? ''}: ${problem?.message ?? ''}`];
    const { labelSpace, input, bytes } = description;
    const labels = `${labelSpace.labels.length} (${labelSpace.name})`;
    return [name, labels, `${input.height} x ${input.width}`, say(fileSize(bytes)), where];
  });
  const columns = ['name', 'labels', 'input', 'size', 'where'].map((title) => ({ title }));
  return table(columns, rows, width);
}

/** A description, a fact a line. */
export function descriptionText(description: BackboneDescription): string {
  const { name, path, bytes, sha256, input, labelSpace, output, fixedBatch } = description;
  const { labels, background } = labelSpace;
  const some = labels
    .slice(0, 5)
    .map((label) => label.name)
    .join(', ');
  const rows: [string, string][] = [
    ['name', name],
    ['file', `${path} (${say(fileSize(bytes))})`],
    ['sha256', sha256],
    ['input', inputText(input) + (fixedBatch === undefined ? '' : `, exactly ${fixedBatch} a run`)],
    ['preprocessing', preprocessingText(input)],
    ['output', output],
    ['labels', `${labels.length} (${labelSpace.name}): ${some}${labels.length > 5 ? ', ...' : ''}`],
    ...(background.length > 0
      ? [['background', `output ${background.join(', ')}: never mapped`] as [string, string]]
      : []),
  ];
  return rows.map(([field, value]) => `${field.padEnd(13)} ${printable(value)}\n`).join('');
}

function inputText({ type, layout, height, width }: InputSpec): string {
  return `${type} ${layout === 'nchw' ? `[N, 3, ${height}, ${width}]` : `[N, ${height}, ${width}, 3]`}`;
}

function preprocessingText({ preprocessing: p }: InputSpec): string {
  const size =
    'height' in p.size
      ? `resize to ${p.size.height} x ${p.size.width}`
      : `shortest edge to ${p.size.shortestEdge}`;
  return [
    `${size} (${p.resample})`,
    ...(p.crop ? [`crop ${p.crop.height} x ${p.crop.width}`] : []),
    `(pixel x ${Number(p.rescaleFactor.toPrecision(6))} - [${p.mean.join(', ')}]) / [${p.std.join(', ')}]`,
    p.channels.toUpperCase(),
  ].join(', ');
}
