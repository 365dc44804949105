import path from 'node:path';
import * as z from 'zod';
import type { ImageFolders } from '../../core/folders/layout.ts';
import { phrase } from '../../core/text/text.ts';
import { folderInput, imagesOf } from '../agentInput.ts';
import { type GivenLabel, readGivenLabels } from '../givenLabels.ts';
import type { AgentSession } from '../session.ts';
import { tool } from '../tool.ts';

const USUAL_PAGE = 100;
const LARGEST_PAGE = 1000;
/** Labels of a table or of class folders that an answer counts one by one. */
const SHOWN_COUNTS = 100;

const givers = ['person', 'agent'] as const;

export const readLabels = tool({
  name: 'read_labels',
  title: phrase('Read Labels'),
  description:
    'Reads the labels that people, and agents, gave to the images of a folder (labels.semap.csv in it), with who gave them, and counts those that class folders or tables of the folder give. Use it before give_labels, and to check what was given. These are truths, not answers of a model; classify_images gives those.',
  changes: 'nothing',
  input: z.object({
    ...folderInput,
    label: z.string().min(1).optional().describe('Only images with this label.'),
    by: z.enum(givers).optional().describe('Only labels of people, or only those of agents.'),
    from: z.number().int().min(0).optional().describe('Skips so many: next of the page before.'),
    count: z.number().int().min(1).max(LARGEST_PAGE).optional().describe('At most so many. Default: 100.'),
  }),
  output: z.object({
    folder: z.string(),
    given: z.array(
      z.object({
        image: z.string(),
        label: z.string().nullable().describe('Null: a person said that it is none of the labels.'),
        by: z.enum(givers),
        how: z
          .enum(['labeled', 'accepted', 'none'])
          .describe('accepted: the answer that was shown was taken over.'),
        asked: z.enum(['random', 'proposed']).optional().describe('Why the image was asked about.'),
      }),
    ),
    total: z.number().int().describe('How many the filters leave.'),
    next: z.number().int().optional().describe('The page after this begins here.'),
    counts: z
      .record(z.string(), z.number().int())
      .describe('Given labels, with how many images have them. At most 100, the most frequent.'),
    givenLabelCount: z.number().int(),
    noneOfThese: z.number().int(),
    byPeople: z.number().int(),
    byAgents: z.number().int(),
    folderLabels: z
      .record(z.string(), z.number().int())
      .describe('Labels that class folders or tables of the folder give, with images. At most 100.'),
    folderLabelCount: z.number().int(),
  }),
  doing: ({ folder }) => phrase('Reading labels of {0}', path.basename(folder)),
  use: async ({ label, by, from = 0, count = USUAL_PAGE, ...where }, session) => {
    const { engine, signal, places } = session;
    const images = await imagesOf(where, session);
    const [folder] = images.folders;
    const all = await ofSplit(await readGivenLabels({ folder, roots: places.roots }), images, session);
    const some = all.filter(
      (one) => (label === undefined || one.label === label) && (by === undefined || giverOf(one) === by),
    );
    const page = some.slice(from, from + count);
    const asked = { folder, layout: images.layouts?.[0], split: images.split, counted: true };
    const isSorted = images.layouts?.[0]?.kind !== 'flat';
    const classes = isSorted ? await engine.call('listClasses', asked, { signal }) : [];
    const counts = new Map<string, number>();
    for (const one of all)
      if (one.label !== undefined) counts.set(one.label, (counts.get(one.label) ?? 0) + 1);
    return {
      folder: places.shown(folder),
      given: page.map((one) => ({
        image: one.image,
        label: one.label ?? null,
        by: giverOf(one),
        how: one.how,
        ...(one.asked && { asked: one.asked }),
      })),
      total: some.length,
      ...(from + page.length < some.length && { next: from + page.length }),
      counts: Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]).slice(0, SHOWN_COUNTS)),
      givenLabelCount: counts.size,
      noneOfThese: all.filter((one) => one.label === undefined).length,
      byPeople: all.filter((one) => giverOf(one) === 'person').length,
      byAgents: all.filter((one) => giverOf(one) === 'agent').length,
      folderLabels: Object.fromEntries(
        classes.slice(0, SHOWN_COUNTS).map((one) => [one.label, one.images ?? 0]),
      ),
      folderLabelCount: classes.length,
    };
  },
});

/** Those of images of the split that was asked for. */
async function ofSplit(
  labels: readonly GivenLabel[],
  { folders: [folder], layouts, split }: ImageFolders,
  { engine, signal }: AgentSession,
): Promise<readonly GivenLabel[]> {
  if (split === undefined || labels.length === 0) return labels;
  const asked = { folder, layout: layouts?.[0], names: labels.map(({ image }) => image) };
  const splits = await engine.call('splitsOf', asked, { signal });
  return labels.filter((_, i) => splits[i] === split);
}

function giverOf({ givenBy }: GivenLabel): (typeof givers)[number] {
  return givenBy ?? 'person';
}
