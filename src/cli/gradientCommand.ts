import path from 'node:path';
import { readRegularFile } from '../files/regularFile.ts';
import { backboneRef } from './backboneArguments.ts';
import { type Command, EXIT } from './command.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { readNpy, writeNpy } from './npy.ts';
import { commonOptions } from './options.ts';
import { checkOutput, writeOutput } from './outputFiles.ts';
import { printable } from './terminal.ts';

const LARGEST_INPUT = 1e9;

export const gradientCommand: Command = {
  name: 'backbones gradient',
  usage:
    'backbones gradient FILE|NAME --input X.npy --targets 1,3 --out GRAD.npy [--logits LOGITS.npy] [--json]',
  summary: 'Write the gradient of the loss with respect to the input, to check it.',
  text: 'Computes d mean cross-entropy(logits, targets) / d input for raw input tensors, without preprocessing, and writes it as float32 of the same shape. For integer inputs, it is the gradient with respect to the values before rounding. If the model outputs probabilities, the logits are their logarithms.',
  options: {
    input: { value: 'FILE', text: 'Model input as a .npy file, batch first.' },
    targets: { value: 'I,J,...', text: 'One class index per input, from 0.' },
    out: { value: 'FILE', text: 'File to write the gradient to (.npy).' },
    logits: { value: 'FILE', text: 'File to write the logits to (.npy).' },
    ...commonOptions,
  },
  examples: [
    [
      'semap backbones gradient net.onnx --input x.npy --targets 1,3 --out grad.npy --logits logits.npy',
      'Compare with PyTorch: cross_entropy(net(x), [1, 3]).backward(); x.grad',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const [backbone, ...more] = args.positionals;
    if (backbone === undefined || more.length > 0) {
      throw new UsageError('backbones gradient takes one backbone.');
    }
    const inputFile = required(args, 'input');
    const outFile = required(args, 'out');
    const logitsFile = args.text('logits');
    checkOutput('out', outFile);
    checkOutput('logits', logitsFile);
    const targets = targetsOf(required(args, 'targets'));
    const input = readNpy(
      await readRegularFile(inputFile, { limit: LARGEST_INPUT }),
      path.basename(inputFile),
    );
    if (targets.length !== input.dims[0]) {
      throw new UsageError(
        `--targets must have one class per input: ${input.dims[0] ?? 0} inputs, ${targets.length} given.`,
      );
    }
    return withEngine(setup, async (engine) => {
      const params = { backbone: backboneRef(backbone), dims: input.dims, data: input.data, targets };
      const { gradient, logits, loss } = await engine.call('gradient', params, { signal });
      await writeOutput('out', outFile, writeNpy({ dims: input.dims, data: gradient }));
      if (logitsFile !== undefined) {
        const rows = input.dims[0];
        const dims = [rows, logits.length / rows];
        await writeOutput('logits', logitsFile, writeNpy({ dims, data: logits }));
      }
      if (args.flag('json')) terminal.out(`${JSON.stringify({ loss, gradient: path.resolve(outFile) })}\n`);
      else terminal.out(`Loss ${loss.toPrecision(7)}. Saved the gradient to ${printable(outFile)}.\n`);
      return EXIT.done;
    });
  },
};

function required(args: Arguments, name: string): string {
  const value = args.text(name);
  if (value === undefined) throw new UsageError(`backbones gradient needs --${name}.`);
  return value;
}

function targetsOf(text: string): number[] {
  const targets = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!targets.every((target) => Number.isInteger(target) && target >= 0)) {
    throw new UsageError(`--targets must be class indices such as 1,3, not "${text}".`);
  }
  return targets;
}
