import * as z from 'zod';
import { errorOf } from '../../core/errors.ts';
import { phrase, say } from '../../core/text/text.ts';
import type { BackboneDetails, ModelReport } from '../../protocol/backbones.ts';
import { rounded } from '../agentFigures.ts';
import { backboneInput, backboneOf } from '../agentInput.ts';
import type { AgentSession } from '../session.ts';
import { tool } from '../tool.ts';

/** Source labels that an answer names; all are counted. */
const SHOWN_LABELS = 50;
/** Labels of a file that are looked through: no classifier has more. */
const MOST_LABELS = 1_000_000;

const output = z.object({
  name: z.string(),
  loaded: z
    .boolean()
    .describe('False: this file was never loaded, so it is described by what it says itself.'),
  labels: z.array(z.string()),
  labelCount: z.number().int().nullable().describe('Source labels in all. Null: nobody says them.'),
  matching: z.number().int().optional().describe('How many contain labelsLike.'),
  pixels: z.string().nullable().describe('Size of its input, height x width. Null: any, or not said.'),
  megabytes: z.number(),
  parameters: z.number().nullable(),
  output: z.string().nullable().describe('What it gives: logits or probabilities. Null: not said.'),
  promptable: z
    .boolean()
    .nullable()
    .describe('Whether train_prompt works. Null: it was never loaded, or the graph cannot be read.'),
  whyNotPromptable: z.string().optional(),
  license: z.string().optional(),
  source: z.string().optional().describe('Where it was downloaded from.'),
  stated: z.array(z.string()).describe('Which files say how it is used.'),
  missing: z
    .array(z.string())
    .optional()
    .describe('What nobody says and it cannot be used without; the person can, with Describe Backbone.'),
  doubts: z.array(z.string()).describe('What is doubtful in its description, and what to do.'),
});

export const describeBackbone = tool({
  name: 'describe_backbone',
  title: phrase('Describe Backbone'),
  description:
    'Describes one backbone: its source labels, how images are prepared for it and who says so, its size, license, and whether a visual prompt can be trained through it. Use labelsLike to look for source labels that contain a word. A file that is not installed and was never loaded is only read, unless you set load. Does not run it on images; rank_backbones does.',
  changes: 'nothing',
  input: z.object({
    ...backboneInput,
    labelsLike: z
      .string()
      .min(1)
      .optional()
      .describe('Only labels that contain this, in any case. Without it, the first labels are listed.'),
    load: z
      .boolean()
      .optional()
      .describe('Load a file that was never loaded, for what only that tells: promptable, output.'),
  }),
  output,
  doing: ({ backbone }) => phrase('Describing {0}', backbone ?? 'starter'),
  use: async (input, session) => {
    const backbone = await backboneOf(input, session);
    const unloaded = input.load ? undefined : await unloadedReport(backbone, session);
    const { labels, ...about } = unloaded ? ofReport(unloaded) : await loadedBackbone(backbone, session);
    const like = input.labelsLike?.toLowerCase();
    const found = like === undefined ? labels : labels.filter((label) => label.toLowerCase().includes(like));
    return {
      ...about,
      labels: found.slice(0, SHOWN_LABELS),
      ...(like !== undefined && { matching: found.length }),
    };
  },
});

type Described = Omit<z.output<typeof output>, 'matching'>;

/** What a file says that is not installed; undefined where it was loaded before, so that more is known at once. */
async function unloadedReport(
  backbone: string,
  { engine, signal }: AgentSession,
): Promise<ModelReport | undefined> {
  const installed = await engine.call('listBackbones', {}, { signal });
  if (installed.some(({ name, path }) => name === backbone || path === backbone)) return undefined;
  const report = await engine.call('reportModel', { file: backbone, mostLabels: MOST_LABELS }, { signal });
  return report.details ? undefined : report;
}

/** @throws {SemapError} where the file is no classifier */
function ofReport({ outline, inspection, labels, input, origins, licence, problem }: ModelReport): Described {
  if (!inspection) throw errorOf(problem!);
  const { name, missing, notes, known } = inspection;
  return {
    name,
    loaded: false,
    labels: [...(labels?.first ?? [])],
    labelCount: labels?.count ?? null,
    pixels: input ? `${input.height} x ${input.width}` : null,
    megabytes: megabytesOf(outline.bytes),
    parameters: outline.parameters,
    output: known.output ?? null,
    promptable: null,
    ...(licence !== undefined && { license: licence }),
    stated: origins.map(({ from }) => say(from)),
    ...(missing.length > 0 && { missing: [...missing] }),
    doubts: [...outline.problems.map(({ message }) => message), ...notes].map((text) => say(text)),
  };
}

async function loadedBackbone(backbone: string, { engine, signal }: AgentSession): Promise<Described> {
  const described = await engine.call('describeBackbone', { backbone }, { signal });
  const details: BackboneDetails = await engine.call('backboneDetails', { backbone }, { signal });
  const { name, labelSpace, input, bytes, output: gives, license } = described;
  const { parameters, promptable, whyNotPromptable, licence = license, source, stated, notes } = details;
  return {
    name,
    loaded: true,
    labels: labelSpace.labels.map((label) => label.name),
    labelCount: labelSpace.labels.length,
    pixels: `${input.height} x ${input.width}`,
    megabytes: megabytesOf(bytes),
    parameters,
    output: gives,
    promptable,
    ...(whyNotPromptable && { whyNotPromptable: say(whyNotPromptable) }),
    ...(licence !== undefined && { license: licence }),
    ...(source !== undefined && { source }),
    stated: stated.map((text) => say(text)),
    doubts: notes.map((text) => say(text)),
  };
}

function megabytesOf(bytes: number): number {
  return rounded(bytes / 1e6, 1);
}
