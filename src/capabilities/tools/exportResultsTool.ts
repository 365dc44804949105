import * as z from 'zod';
import { invalidArgument, SemapError, toSemapError } from '../../core/errors.ts';
import type { ExportSource } from '../../core/exports/exportedRun.ts';
import { filtered } from '../../core/exports/exportFilter.ts';
import { followed, mustHaveImages } from '../../core/exports/followedSource.ts';
import type { FileFormat, Format, FormatOptions, TreeFormat } from '../../core/exports/format.ts';
import { formats } from '../../core/exports/formats.ts';
import { treeOptions } from '../../core/exports/trees/treeFormats.ts';
import { treeNotes } from '../../core/exports/trees/treeWords.ts';
import type { LeftFile } from '../../core/plans/filePlan.ts';
import { leftWords } from '../../core/plans/planWords.ts';
import { imageCount } from '../../core/text/numbers.ts';
import { ENGLISH, listed, phrase, say } from '../../core/text/text.ts';
import { filesOfExport, writeExport } from '../../files/exportFile.ts';
import { mustNameInside, mustReadInside } from '../agentInput.ts';
import { filterInput, filterOf, runInput, runSource } from '../agentRuns.ts';
import { sourceWithLooks } from '../exportSource.ts';
import { mustBeFree } from '../newDocument.ts';
import { placeSidecars, placeTree } from '../placeImages.ts';
import type { AgentSession } from '../session.ts';
import { tool } from '../tool.ts';

const SHOWN = 10;
const ids = formats.map(({ id }) => id) as [string, ...string[]];

const left = z.array(z.object({ file: z.string(), why: z.string() }));

const output = z.object({
  format: z.string(),
  dryRun: z.boolean(),
  images: z.number().int().describe('Images that were written, or would be.'),
  of: z.number().int().describe('Images of the run.'),
  files: z.array(z.string()).describe('What was written: files, or the folder.'),
  megabytes: z.number().optional(),
  labels: z
    .array(z.object({ label: z.string(), folder: z.string(), images: z.number().int() }))
    .optional()
    .describe('Images that are placed for each label.'),
  leftCount: z.number().int().describe('Images or files that could not be placed.'),
  left,
  remarks: z.array(z.string()),
  undo: z.array(z.string()).describe('What undo_export takes to undo it; empty: it cannot be undone.'),
});

export const exportResultsTool = tool({
  name: 'export_results',
  title: phrase('Export Results'),
  description:
    'Writes a classification, or the images of it that pass filters, in the format of another program, or places the images themselves in a folder for each label. Try it with dryRun first: it tells what would be written. Never replaces a file that is there. What places images or writes beside them can be undone (undo_export).',
  changes: 'files',
  changesBy: ({ dryRun }) => (dryRun ? 'nothing' : 'files'),
  long: true,
  input: z.object({
    ...runInput,
    format: z
      .enum(ids)
      .describe(
        'imagefolder, huggingface, ultralytics, fiftyone-folder: images in folders. xmp: a file beside each image. html, markdown: a report. Others: one file.',
      ),
    to: z
      .string()
      .min(1)
      .optional()
      .describe('New file, or folder, to write. Not with xmp, whose files are beside the images.'),
    ...filterInput,
    withoutDuplicates: z.boolean().optional().describe('Of images that are nearly the same, only the first.'),
    options: z
      .record(z.string(), z.union([z.string(), z.literal(true)]))
      .optional()
      .describe(`Options of the format. ${optionWords()}`),
    dryRun: z.boolean().optional().describe('Tells what would be written, and writes nothing.'),
  }),
  output,
  doing: ({ run }) => phrase('Exporting {0}', run),
  consent: ({ run, format, to = '', options, dryRun }) => {
    if (dryRun) return undefined;
    if (format === 'xmp') return phrase('Write a file with its label beside each image of {0}?', run);
    return options?.['mode'] === 'move'
      ? phrase('Move the images of {0} into {1}?', run, to)
      : phrase('Export {0} to {1}?', run, to);
  },
  use: async ({ dryRun = false, to, options: given = {}, ...input }, session) => {
    const { signal, places, engine } = session;
    const format = formats.find(({ id }) => id === input.format)!;
    const options = checkedOptions(format, given);
    const isBeside = format.kind === 'sidecars';
    if (isBeside !== (to === undefined))
      throw invalidArgument(
        isBeside
          ? phrase('{0} has no parameter to: its files are beside the images.', format.id)
          : phrase('The parameter to says where to write.'),
      );
    const { source: read } = await runSource(input.run, session);
    const withoutDuplicates = input.withoutDuplicates || undefined;
    const filter = { ...filterOf(input, read), withoutDuplicates };
    // A record may have been written by anyone: what looks at images may use only what the agent may.
    const { alignment } = read.run;
    if (withoutDuplicates || format.wants?.looks) {
      if (alignment) await mustNameInside(alignment, input.run, session);
      await mustReadInside(read.run, session);
    }
    const looked = await sourceWithLooks(
      read,
      { format, filter },
      ({ backbone }) => backbone.path ?? backbone.name,
      session,
    );
    if (withoutDuplicates && !looked.run.has.looks) {
      throw new SemapError('invalid-argument', phrase('It is not known which images are nearly the same.'), {
        hint: phrase('Classify the folder again, and export that.'),
      });
    }
    let images = 0;
    const onImages = (count: number) => {
      images = count;
    };
    const some = followed(filtered(looked, filter), { signal, onImages });
    await mustHaveImages(some);
    const common = { format: format.id, dryRun, of: read.run.images };
    if (format.kind === 'file') {
      const file = await places.writable(to!);
      await mustBeFree(file);
      const thumbnail = async (image: string, size: number) =>
        engine.call('thumbnail', { path: await places.readable(image), size }, { signal });
      const context = { version: session.version, language: ENGLISH, filter, thumbnail };
      const files = await writtenFile({ format, source: some, options, context, to: file }, dryRun);
      const shown = files.map((one) => places.shown(one));
      return { ...common, images, files: shown, leftCount: 0, left: [], remarks: [], undo: [] };
    }
    const source = mustLieWithin(some, session);
    return format.kind === 'tree'
      ? { ...common, ...(await exportTree(format, { source, options, to: to!, dryRun }, session)) }
      : { ...common, ...(await exportBeside({ source, options, dryRun }, session)) };
  },
});

type Told = Omit<z.output<typeof output>, 'format' | 'dryRun' | 'of'>;

async function writtenFile(
  asked: Omit<Parameters<typeof writeExport>[0], 'format'> & { readonly format: FileFormat },
  dryRun: boolean,
): Promise<readonly string[]> {
  if (!dryRun) return writeExport({ ...asked, isNew: true });
  const { format, source, options, context } = asked;
  // Pictures of what is not written are not worth the time.
  for await (const _ of format.write(source, options, { ...context, thumbnail: async () => undefined })) {
    // Only that it can be made is of interest.
  }
  return filesOfExport(asked);
}

async function exportTree(
  format: TreeFormat,
  asked: { source: ExportSource; options: FormatOptions; to: string; dryRun: boolean },
  session: AgentSession,
): Promise<Told> {
  const { places } = session;
  const to = await places.writable(asked.to);
  const options = treeOptions(format, asked.options);
  const { tree, outcome } = await placeTree({ ...asked, options, to }, session);
  return {
    images: outcome?.done ?? (asked.dryRun ? tree.images : 0),
    files: [places.shown(tree.folder)],
    megabytes: megabytes(outcome?.bytes ?? tree.bytes),
    labels: tree.plan.counts.slice(0, 5 * SHOWN).map(({ label, folder, images }) => ({
      label,
      folder,
      images: Object.values(images).reduce((sum, count) => sum + count, 0),
    })),
    leftCount: tree.left + (outcome?.left ?? 0),
    left: leftShown([...tree.leftFiles, ...(outcome?.leftFiles ?? [])], session),
    remarks: treeNotes(tree).map((note) => say(note)),
    undo: outcome ? [places.shown(outcome.journal)] : [],
  };
}

async function exportBeside(
  asked: { source: ExportSource; options: FormatOptions; dryRun: boolean },
  session: AgentSession,
): Promise<Told> {
  const { surveyed, journals, done, left, leftFiles } = await placeSidecars(asked, session);
  const { created, merged, unchanged, problems } = surveyed;
  return {
    images: asked.dryRun ? created + merged : done,
    files: surveyed.folders.map((folder) => session.places.shown(folder)),
    leftCount: surveyed.left + left,
    left: [
      ...problems.slice(0, SHOWN).map(({ file, problem }) => ({
        file: session.places.shown(file),
        why: say(problem.message),
      })),
      ...leftShown(leftFiles, session),
    ],
    remarks: unchanged > 0 ? [`${say(imageCount(unchanged))} unchanged.`] : [],
    undo: journals.map((journal) => session.places.shown(journal)),
  };
}

/** A record may have been written by anyone: images that are placed lie where the agent may read. */
function mustLieWithin({ run, images }: ExportSource, { places }: AgentSession): ExportSource {
  return {
    run,
    async *images() {
      for await (const some of images()) {
        for (const { path: file } of some) {
          await places.readable(file).catch((error) => {
            // What is gone is told as such where it would have been placed.
            if (toSemapError(error).reason !== 'not-found') throw error;
          });
        }
        yield some;
      }
    },
  };
}

/**
 * What the format asks; nothing that only others ask.
 * @throws {SemapError} `invalid-argument`
 */
function checkedOptions({ id, options = [] }: Format, given: FormatOptions): FormatOptions {
  for (const [name, value] of Object.entries(given)) {
    const option = options.find((one) => one.name === name);
    if (!option) {
      const names = options.map((one) => one.name);
      throw new SemapError('invalid-argument', phrase('{0} has no option "{1}".', id, name), {
        hint: names.length > 0 ? phrase('It has: {0}.', listed(names)) : phrase('It has none.'),
      });
    }
    const { choices } = option;
    if (choices && !choices.some((choice) => choice.id === value)) {
      const all = listed(choices.map((choice) => choice.id));
      throw invalidArgument(phrase('{0} must be one of {1}, not "{2}".', name, all, String(value)));
    }
    if (!choices && (option.value === undefined) !== (value === true))
      throw invalidArgument(
        option.value === undefined
          ? phrase('{0} can only be true.', name)
          : phrase('{0} needs a text: {1}.', name, option.value),
      );
  }
  return given;
}

/** What may be asked of formats, each once, with those that have it. */
function optionWords(): string {
  const asked = new Map<string, string[]>();
  for (const { id, options = [] } of formats) {
    for (const { name, value, choices } of options) {
      const words = `${name} (${choices?.map((choice) => choice.id).join('|') ?? value ?? 'true'})`;
      asked.set(words, [...(asked.get(words) ?? []), id]);
    }
  }
  return [...asked].map(([words, of]) => `${words}: ${of.join(', ')}.`).join(' ');
}

function leftShown(files: readonly LeftFile[], { places }: AgentSession): z.output<typeof left> {
  return files.slice(0, SHOWN).map((one) => ({ file: places.shown(one.file), why: say(leftWords(one)) }));
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
