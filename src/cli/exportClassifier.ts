import path from 'node:path';
import { exportClassifier } from '../capabilities/exportClassifier.ts';
import {
  type ClassifierOptions,
  type ClassifierTarget,
  checkClassifierOptions,
  classifierTargets,
} from '../core/classifiers/classifierOptions.ts';
import { deployedClassifier } from '../core/classifiers/deploy/deployedClassifier.ts';
import { parityText } from '../core/classifiers/parityText.ts';
import { toSemapError } from '../core/errors.ts';
import { fileSize } from '../core/text/numbers.ts';
import { plural, say } from '../core/text/text.ts';
import { readAlignment } from '../files/alignmentFile.ts';
import { addToTriton, writeSnippets } from '../files/deployFiles.ts';
import type { ExportedClassifier } from '../protocol/classifierExport.ts';
import { backboneFor } from './alignmentArguments.ts';
import { edges } from './backboneArguments.ts';
import { type CommandContext, EXIT } from './command.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { checkOutput } from './outputFiles.ts';
import { sessionOf } from './session.ts';
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
  snippets: {
    value: 'DIR',
    text: 'With --onnx: also write snippets for Python, Node and browsers that use the file into this folder.',
  },
  triton: {
    value: 'DIR',
    text: 'With --onnx: also add the classifier to this Triton model repository.',
  },
} as const satisfies OptionTable;

/** Writes the classifier that an alignment describes as one ONNX file. */
export async function exportOnnx({
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
    const session = sessionOf(engine, terminal, signal);
    const exported = await exportClassifier(params, session).finally(() => terminal.rewrite(''));
    const beside = await writeBeside(args, exported);
    const { metadata: _, ...result } = exported;
    terminal.result(args.flag('json'), { ...result, ...beside }, () => `${summary(exported, beside)}\n`);
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

/** Folders that were written beside the file. */
interface Beside {
  readonly snippets?: string;
  readonly triton?: string;
}

async function writeBeside(args: Arguments, exported: ExportedClassifier): Promise<Beside> {
  const { file } = exported;
  const [snippets, triton] = [args.text('snippets'), args.text('triton')];
  const classifier = deployedClassifier(path.basename(file), exported);
  if (snippets !== undefined) await writeSnippets(path.resolve(snippets), classifier, file);
  return {
    ...(snippets !== undefined && { snippets: path.resolve(snippets) }),
    ...(triton !== undefined && { triton: await addToTriton(path.resolve(triton), classifier, file) }),
  };
}

/** What came out, a line each. */
function summary(
  { file, bytes, opset, input, labels, parity }: ExportedClassifier,
  { snippets, triton }: Beside,
): string {
  const shape = input.shape.join(', ');
  const size = say(fileSize(bytes));
  return [
    `${printable(file)}: ${size}, ONNX ${opset}, ${input.name} [${shape}], ${say(plural(labels.length, '{0} label', '{0} labels'))}.`,
    say(parityText(parity)),
    ...(snippets === undefined ? [] : [`Snippets: ${printable(snippets)}`]),
    ...(triton === undefined ? [] : [`Triton: ${printable(triton)}`]),
  ].join('\n');
}
