import * as z from 'zod';
import { phrase, say } from '../../core/text/text.ts';
import { rounded } from '../agentFigures.ts';
import { backboneInput, backboneOf } from '../agentInput.ts';
import { tool } from '../tool.ts';

/** Source labels that an answer names; all are counted. */
const SHOWN_LABELS = 50;

export const describeBackbone = tool({
  name: 'describe_backbone',
  title: phrase('Describe Backbone'),
  description:
    'Describes one backbone: its source labels, how images are prepared for it and who says so, its size, license, and whether a visual prompt can be trained through it. Use labelsLike to look for source labels that contain a word. Does not run it on images; rank_backbones does.',
  changes: 'nothing',
  input: z.object({
    ...backboneInput,
    labelsLike: z
      .string()
      .min(1)
      .optional()
      .describe('Only labels that contain this, in any case. Without it, the first labels are listed.'),
  }),
  output: z.object({
    name: z.string(),
    labels: z.array(z.string()),
    labelCount: z.number().int().describe('Source labels in all.'),
    matching: z.number().int().optional().describe('How many contain labelsLike.'),
    pixels: z.string().describe('Size of its input, height x width.'),
    megabytes: z.number(),
    parameters: z.number().nullable(),
    output: z.string().describe('What it gives: logits or probabilities.'),
    promptable: z
      .boolean()
      .nullable()
      .describe('Whether train_prompt works. Null: the graph cannot be read.'),
    whyNotPromptable: z.string().optional(),
    license: z.string().optional(),
    source: z.string().optional().describe('Where it was downloaded from.'),
    stated: z.array(z.string()).describe('Which files say how it is used.'),
    doubts: z.array(z.string()).describe('What is doubtful in its description, and what to do.'),
  }),
  doing: ({ backbone }) => phrase('Describing {0}', backbone ?? 'starter'),
  use: async (input, session) => {
    const { engine, signal } = session;
    const backbone = await backboneOf(input, session);
    const {
      name,
      labelSpace,
      input: pixels,
      bytes,
      output,
      license,
    } = await engine.call('describeBackbone', { backbone }, { signal });
    const details = await engine.call('backboneDetails', { backbone }, { signal });
    const labels = labelSpace.labels.map((label) => label.name);
    const like = input.labelsLike?.toLowerCase();
    const found = like === undefined ? labels : labels.filter((label) => label.toLowerCase().includes(like));
    const { parameters, promptable, whyNotPromptable, licence = license, source, stated, notes } = details;
    return {
      name,
      labels: found.slice(0, SHOWN_LABELS),
      labelCount: labels.length,
      ...(like !== undefined && { matching: found.length }),
      pixels: `${pixels.height} x ${pixels.width}`,
      megabytes: rounded(bytes / 1e6, 1),
      parameters,
      output,
      promptable,
      ...(whyNotPromptable && { whyNotPromptable: say(whyNotPromptable) }),
      ...(licence !== undefined && { license: licence }),
      ...(source !== undefined && { source }),
      stated: stated.map((text) => say(text)),
      doubts: notes.map((text) => say(text)),
    };
  },
});
