import path from 'node:path';
import * as z from 'zod';
import {
  type ClassifierTarget,
  checkClassifierOptions,
  classifierTargets,
  imageSizeOf,
} from '../../core/classifiers/classifierOptions.ts';
import { parityText } from '../../core/classifiers/parityText.ts';
import { invalidArgument } from '../../core/errors.ts';
import { phrase, say } from '../../core/text/text.ts';
import { alignmentInput, alignmentOf } from '../agentInput.ts';
import { exportClassifier } from '../exportClassifier.ts';
import { mustBeFree } from '../newDocument.ts';
import { tool } from '../tool.ts';

const ENDING = '.onnx';
const targets = Object.keys(classifierTargets) as [ClassifierTarget, ...ClassifierTarget[]];

export const exportClassifierTool = tool({
  name: 'export_classifier',
  title: phrase('Export Classifier'),
  description:
    'Writes the classifier that an alignment describes as one ONNX file: images in, probabilities of its labels out. It runs without SeMap, and is compared with SeMap before it is kept. Settling is not part of it: it judges every image alone. Does not replace a file.',
  changes: 'files',
  long: true,
  input: z.object({
    ...alignmentInput,
    out: z.string().min(1).describe(`File to write, NAME${ENDING}. An existing file is not replaced.`),
    target: z
      .enum(targets)
      .optional()
      .describe('What is to run it. Default: onnxruntime. other: older versions, and other programs.'),
    size: z.string().optional().describe('HEIGHTxWIDTH, if all images have this size.'),
    threshold: z.number().min(0).max(1).optional().describe('Answers with less confidence get the label -1.'),
  }),
  output: z.object({
    file: z.string(),
    megabytes: z.number(),
    opset: z.number().int().describe('Version of ONNX.'),
    input: z.string().describe('Its input: uint8 RGB [images, height, width, 3].'),
    labels: z.number().int(),
    parity: z.object({
      images: z.number().int(),
      otherLabels: z.number().int(),
      largestDifference: z.number(),
      said: z.string(),
    }),
  }),
  doing: ({ out }) => phrase('Exporting {0}', path.basename(out)),
  consent: ({ out }) => phrase('Write the classifier {0}?', out),
  use: async ({ out, target = 'onnxruntime', size, threshold, ...input }, session) => {
    const { places, version } = session;
    if (!out.toLowerCase().endsWith(ENDING))
      throw invalidArgument(phrase('{0} must end with {1}.', path.basename(out), ENDING));
    const edges = size === undefined ? undefined : imageSizeOf(size);
    if (size !== undefined && !edges)
      throw invalidArgument(phrase('"{0}" is no size. Give height and width, such as 480x640.', size));
    const options = { target, size: edges, threshold };
    checkClassifierOptions(options);
    const file = await places.writable(out);
    await mustBeFree(file);
    const { alignment } = await alignmentOf(input.alignment, session);
    const backbone = alignment.backbone.path ?? alignment.backbone.name;
    const asked = { backbone, alignment, options, file, isNew: true as const, version };
    const exported = await exportClassifier(asked, session);
    const { images, otherLabels, largestDifference } = exported.parity;
    return {
      file: places.shown(exported.file),
      megabytes: Math.round(exported.bytes / 1e5) / 10,
      opset: exported.opset,
      input: `${exported.input.name} [${exported.input.shape.join(', ')}]`,
      labels: exported.labels.length,
      parity: { images, otherLabels, largestDifference, said: say(parityText(exported.parity)) },
    };
  },
});
