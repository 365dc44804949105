import * as z from 'zod';
import { phrase, say } from '../../core/text/text.ts';
import { tool } from '../tool.ts';

/** Source labels that an answer names of each. */
const EXAMPLES = 5;

export const listBackbones = tool({
  name: 'list_backbones',
  title: phrase('List Backbones'),
  description:
    'Lists the installed backbones: pretrained ONNX image classifiers that can be reused for other labels. Tells how many labels each has, its input size and file size, or why it cannot be used. Use rank_backbones or find_best_reuse to learn which suits a folder.',
  changes: 'nothing',
  input: z.object({}),
  output: z.object({
    backbones: z.array(
      z.object({
        name: z.string(),
        embedded: z.boolean().describe('Comes with SeMap.'),
        labels: z.number().int().optional(),
        examples: z.array(z.string()).optional().describe('Some of its labels.'),
        pixels: z.string().optional().describe('Size of its input, height x width.'),
        megabytes: z.number().optional(),
        problem: z.string().optional().describe('Why it cannot be used.'),
      }),
    ),
  }),
  doing: () => phrase('Listing backbones'),
  use: async (_input, { engine, signal }) => {
    const entries = await engine.call('listBackbones', {}, { signal });
    return {
      backbones: entries.map(({ name, embedded, description, problem }) => ({
        name,
        embedded,
        ...(description && {
          labels: description.labelSpace.labels.length,
          examples: spread(description.labelSpace.labels.map((label) => label.name)),
          pixels: `${description.input.height} x ${description.input.width}`,
          megabytes: Math.round(description.bytes / 1e5) / 10,
        }),
        ...(problem && {
          problem: [problem.message, problem.hint].flatMap((text) => (text ? [say(text)] : [])).join(' '),
        }),
      })),
    };
  },
});

/** Some of a list, from all parts of it. */
function spread(names: readonly string[]): string[] {
  const step = Math.max(1, Math.floor(names.length / EXAMPLES));
  return names.filter((_, i) => i % step === 0).slice(0, EXAMPLES);
}
