import path from 'node:path';
import * as z from 'zod';
import { invalidArgument, SemapError } from '../../core/errors.ts';
import { closestName } from '../../core/text/closestName.ts';
import { phrase, plural } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { isWithin } from '../../files/paths.ts';
import { alignmentOf, folderInput, imagesOf } from '../agentInput.ts';
import { giveLabels, type LabelGift } from '../givenLabels.ts';
import type { AgentSession, Places } from '../session.ts';
import { tool } from '../tool.ts';

const MOST_LABELS = 1000;
/** Images that an answer names of each outcome; all are counted. */
const SHOWN = 20;

const outcome = (text: string) => z.array(z.string()).describe(`${text} At most ${SHOWN}.`);

export const giveLabelsTool = tool({
  name: 'give_labels',
  title: phrase('Give Labels'),
  description:
    'Writes labels of images into the table of their folder (labels.semap.csv), marked as given by an agent. Settling and learn_head learn from them; accuracy is never measured by them. What a person labeled, or sorted into class folders, stays. A label of null takes back one that an agent gave. Give what the person told you, or what you saw yourself; do not give answers of classify_images, which teach nothing.',
  changes: 'labels',
  input: z.object({
    ...folderInput,
    labels: z
      .array(
        z.object({
          image: z.string().min(1).describe('As propose_images or classify_images names it.'),
          label: z.string().min(1).nullable().describe('Null takes back what an agent gave.'),
        }),
      )
      .max(MOST_LABELS)
      .optional(),
    noneOfThese: z
      .array(z.string().min(1))
      .max(MOST_LABELS)
      .optional()
      .describe('Images that are none of the labels.'),
    alignment: z
      .string()
      .min(1)
      .optional()
      .describe('An alignment document; labels that are none of its targets are refused.'),
  }),
  output: z.object({
    folder: z.string(),
    table: z.string(),
    written: z.number().int(),
    ofPeople: outcome('Left: a person labeled them.'),
    ofFolders: outcome(
      'Left: their class folder, name or table says what they are. Where it does not: layout flat.',
    ),
    missing: outcome('No image of the folder.'),
    nothingToTakeBack: outcome('Had no label.'),
    leftCount: z.number().int().describe('Images that were left, for any of these reasons.'),
  }),
  doing: ({ folder }) => phrase('Labeling images of {0}', path.basename(folder)),
  consent: ({ folder, labels = [], noneOfThese = [] }) =>
    plural(
      labels.length + noneOfThese.length,
      'Write {0} label of an agent into the table of {1}?',
      'Write {0} labels of an agent into the table of {1}?',
      path.basename(folder),
    ),
  use: async ({ labels = [], noneOfThese = [], alignment, ...where }, session) => {
    const { places, note } = session;
    const images = await imagesOf(where, session);
    const [folder] = images.folders;
    const named = [...labels, ...noneOfThese.map((image) => ({ image, label: undefined }))];
    const gifts = eachOnce(
      await Promise.all(
        named.map(async ({ image, label }) => ({ image: await belowFolder(image, folder, places), label })),
      ),
      folder,
    );
    if (alignment !== undefined) await mustBeTargets(gifts, alignment, session);
    const sorted = images.layouts?.[0]?.kind ?? 'flat';
    const isOfFolder = ({ image, label }: LabelGift) => label !== null && isSorted(image, sorted, folder);
    const ofFolders = gifts.filter(isOfFolder).map(({ image }) => image);
    const free = gifts.filter((gift) => !isOfFolder(gift));
    const { given, ofPersons, missing, empty, table } = await giveLabels(
      { folder, roots: places.roots },
      free,
    );
    if (given.length > 0)
      note({ text: phrase('Classify the folder again: settling uses the labels from now on.') });
    return {
      folder: places.shown(folder),
      table: places.shown(table),
      written: given.length,
      ofPeople: ofPersons.slice(0, SHOWN),
      ofFolders: ofFolders.slice(0, SHOWN),
      missing: missing.slice(0, SHOWN),
      nothingToTakeBack: empty.slice(0, SHOWN),
      leftCount: ofPersons.length + ofFolders.length + missing.length + empty.length,
    };
  },
});

/**
 * Every image once, however often and by whichever path it is named.
 * @throws {SemapError} `invalid-argument` for one that is named with several labels
 */
function eachOnce(gifts: readonly LabelGift[], folder: string): readonly LabelGift[] {
  const seen = new Map<string, LabelGift>();
  for (const gift of gifts) {
    const whole = path.resolve(folder, gift.image);
    const before = seen.get(whole);
    if (before && before.label !== gift.label)
      throw invalidArgument(phrase('{0} is named with two different labels.', gift.image));
    seen.set(whole, gift);
  }
  return [...seen.values()];
}

/** Other tools tell paths below the root: these are taken as well. */
async function belowFolder(image: string, folder: string, places: Places): Promise<string> {
  if (await isTaken(path.resolve(folder, image))) return image;
  const told = await places.readable(image).catch(() => undefined);
  return told !== undefined && isWithin(told, folder) ? path.relative(folder, told) : image;
}

/** Whether the folder says what an image is of: a person sorted it there, or it came so. */
function isSorted(image: string, layout: string, folder: string): boolean {
  if (layout === 'flat') return false;
  if (layout !== 'classes') return true;
  return path.relative(folder, path.resolve(folder, image)).includes(path.sep);
}

/** @throws {SemapError} `invalid-labels` */
async function mustBeTargets(
  gifts: readonly LabelGift[],
  named: string,
  session: AgentSession,
): Promise<void> {
  const { alignment } = await alignmentOf(named, session);
  const targets = new Set(alignment.targets.map(({ label }) => label));
  const wrong = gifts.find(({ label }) => typeof label === 'string' && !targets.has(label))?.label;
  if (typeof wrong !== 'string') return;
  const near = closestName(wrong, [...targets]);
  throw new SemapError(
    'invalid-labels',
    phrase('The alignment has no target label "{0}".', wrong),
    near === undefined ? {} : { hint: phrase('Did you mean {0}?', near) },
  );
}
