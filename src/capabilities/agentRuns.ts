import path from 'node:path';
import * as z from 'zod';
import { SemapError } from '../core/errors.ts';
import type { ExportedImage, ExportSource } from '../core/exports/exportedRun.ts';
import { type ExportFilter, truthFilters } from '../core/exports/exportFilter.ts';
import { splitNames } from '../core/folders/layout.ts';
import { closestName } from '../core/text/closestName.ts';
import { phrase } from '../core/text/text.ts';
import { isWithin } from '../files/paths.ts';
import { recordSource } from '../files/recordSource.ts';
import { rounded } from './agentFigures.ts';
import type { AgentSession, Places } from './session.ts';

/** A classification that was kept, as tools take it. */
export const runInput = {
  run: z
    .string()
    .min(1)
    .describe('A classification: the name or the folder of its run, as classify_images tells it.'),
};

/** Which of its images. */
export const filterInput = {
  labels: z
    .array(z.string())
    .max(1000)
    .optional()
    .describe('Only images with one of these labels; "" for images without any.'),
  atLeast: z.number().min(0).max(1).optional().describe('Only answers with at least this confidence.'),
  atMost: z.number().min(0).max(1).optional().describe('Only answers with at most this confidence.'),
  truth: z
    .enum(truthFilters)
    .optional()
    .describe('Only images whose true label is known; whose answer is right; whose answer is wrong.'),
  accepted: z.boolean().optional().describe('Only images that a person labeled.'),
  split: z.enum(splitNames).optional().describe('Only images of this split.'),
};

/** A link to a run, as results of tools have it. */
export const openOutput = z
  .string()
  .optional()
  .describe('Opens it in VS Code; absent where the run goes with this session.');

/** The link to a run; none where it lies in no folder that VS Code may have open. */
export function runLink(
  folder: string,
  { places, link }: Pick<AgentSession, 'places' | 'link'>,
): { readonly open?: string } {
  const isKept = places.roots.some((root) => isWithin(folder, root));
  return isKept ? { open: link({ kind: 'run', folder }) } : {};
}

/** What is said of an image. */
export const answerOutput = z.object({
  image: z.string(),
  label: z.string().describe('Empty: none of the labels, or not sure.'),
  confidence: z.number(),
  truth: z.string().optional().describe('What its folder or a table says it is.'),
  given: z.string().optional().describe('What a person said it is; empty: none of the labels.'),
  before: z.string().optional().describe('The answer before the images were settled together, if another.'),
});

/**
 * The classification that was named.
 * @throws {SemapError} `not-found`, `untrusted`, `invalid-document`
 */
export async function runSource(
  named: string,
  session: AgentSession,
): Promise<{ readonly folder: string; readonly name: string; readonly source: ExportSource }> {
  const folder = await session.runOf(named);
  const source = await recordSource(folder);
  for (const note of source.run.notes ?? []) session.note({ text: note });
  return { folder, name: path.basename(folder), source };
}

/**
 * What an agent asks of images, as exports filter them.
 * @throws {SemapError} `invalid-argument` for a label that the run does not have
 */
export function filterOf(
  { labels: given, atLeast, atMost, truth, accepted, split }: z.output<z.ZodObject<typeof filterInput>>,
  { run }: ExportSource,
): ExportFilter {
  // A list without anything in it is how some models leave a parameter out.
  const labels = given && given.length > 0 ? given : undefined;
  // Common kinds are no labels of the alignment, and are known only by what is said.
  const unknown = run.has.caution
    ? undefined
    : labels?.find((label) => label !== '' && !run.labels.includes(label));
  if (unknown !== undefined) {
    const near = closestName(unknown, run.labels);
    throw new SemapError(
      'invalid-argument',
      phrase('There is no label "{0}".', unknown),
      near === undefined ? {} : { hint: phrase('Did you mean {0}?', near) },
    );
  }
  return { labels, least: atLeast, most: atMost, truth, accepted: accepted || undefined, split };
}

/** An image of a run, as agents are told. */
export function answerOf(
  { path: file, label, confidence, truth, given, plain, answer }: ExportedImage,
  places: Places,
): z.output<typeof answerOutput> {
  return {
    image: places.shown(file),
    label,
    confidence: rounded(confidence),
    ...(truth !== undefined && { truth }),
    ...(given !== undefined && { given: given ?? '' }),
    ...(plain && plain.label !== answer && { before: plain.label }),
  };
}
