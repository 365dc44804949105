import path from 'node:path';
import {
  type ClassifierOptions,
  type ClassifierTarget,
  checkClassifierOptions,
  classifierTargets,
} from '../core/classifiers/classifierOptions.ts';
import { toSemapError } from '../core/errors.ts';
import { fileSize } from '../core/text/numbers.ts';
import { plural, say } from '../core/text/text.ts';
import type { ExportedClassifier } from '../protocol/classifierExport.ts';
import { backboneFor } from './alignmentArguments.ts';
import { readAlignment } from './alignmentFile.ts';
import { edges } from './backboneArguments.ts';
import { type CommandContext, EXIT } from './command.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { checkOutput } from './outputFiles.ts';
import { printable } from './terminal.ts';

const targets = Object.keys(classifierTargets) as ClassifierTarget[];

/** How an alignment leaves as one ONNX file. */
export const classifierOptions = {
  onnx: {
    value: 'FILE',
    text: 'With an alignment: the ONNX file to write, which takes images of bytes and gives probabilities of the labels.',
  },
  target: {
    value: targets.join('|'),
    text: 'With --onnx: what is to run the file (default onnxruntime). "other" is for older versions of onnxruntime and for other programs.',
  },
  size: { value: 'HxW', text: 'With --onnx: images have this size only, and the graph needs no conditions.' },
  threshold: {
    value: 'P',
    text: 'With --onnx: answers with less confidence (0 to 1) get the label -1.',
  },
} as const satisfies OptionTable;

/** Writes the classifier that an alignment describes as one ONNX file. */
export async function exportClassifier({
  args,
  setup,
  terminal,
  signal,
  version,
}: CommandContext): Promise<number> {
  const named = args.only(
    'semap export --onnx takes one alignment.',
    'For example: semap export photos.semap.json --onnx photos.onnx',
  );
  const file = path.resolve(args.text('onnx')!);
  const options = optionsOf(args);
  checkOutput('onnx', file);
  const alignment = await readAlignment(named);
  const backbone = backboneFor(args, alignment);
  return withEngine(setup, async (engine) => {
    const params = { backbone, alignment, options, file, version };
    const exported = await engine.call('exportClassifier', params, { signal });
    const { metadata: _, ...result } = exported;
    terminal.result(args.flag('json'), result, () => `${summary(exported)}\n`);
    return EXIT.done;
  });
}

function optionsOf(args: Arguments): ClassifierOptions {
  const size = edges(args, 'size');
  const options = {
    target: args.oneOf('target', targets) ?? 'onnxruntime',
    size: typeof size === 'number' ? { height: size, width: size } : size,
    threshold: args.number('threshold', { least: 0, most: 1 }),
  };
  try {
    checkClassifierOptions(options);
  } catch (error) {
    throw new UsageError(toSemapError(error).message);
  }
  return options;
}

/** What came out, in two lines. */
function summary({ file, bytes, opset, input, labels, parity }: ExportedClassifier): string {
  const shape = input.shape.join(', ');
  const size = say(fileSize(bytes));
  const { images, otherLabels, largestDifference } = parity;
  const same = otherLabels === 0 ? 'the same labels' : `another label for ${otherLabels}`;
  return [
    `${printable(file)}: ${size}, ONNX ${opset}, ${input.name} [${shape}], ${say(plural(labels.length, '{0} label', '{0} labels'))}.`,
    `Beside SeMap on ${say(plural(images, '{0} image', '{0} images'))}: ${same}, probabilities within ${largestDifference.toFixed(5)}.`,
  ].join('\n');
}
