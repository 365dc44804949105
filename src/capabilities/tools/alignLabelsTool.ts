import * as z from 'zod';
import { type AlignmentDocument, madeFor } from '../../core/alignments/alignment.ts';
import { alignmentWarnings } from '../../core/alignments/alignmentBuilding.ts';
import { backbonesOf, joinedSources } from '../../core/alignments/members.ts';
import { invalidArgument } from '../../core/errors.ts';
import { accuracyByLabels } from '../../core/estimates/byLabels.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import { isLearned, methodNames } from '../../core/mapping/methods.ts';
import { firstAmiss, noteInFull } from '../../core/similarity/labelNoteTexts.ts';
import { phrase, say } from '../../core/text/text.ts';
import { folderInput, imagesOf, labelsInput, backbonesOf as namedBackbones } from '../agentInput.ts';
import { alignLabels, DEFAULT_BACKBONE } from '../alignLabels.ts';
import { documentFile, OUT_TEXT, writeDocument } from '../newDocument.ts';
import { targetsOf } from '../targets.ts';
import { tool } from '../tool.ts';

const SHOWN_SOURCES = 5;

export const alignedLabel = z.object({
  label: z.string(),
  sources: z.array(z.string()).describe('Source labels that stand for it, the strongest first.'),
  expected: z.string().describe('What to expect of it by its names: good, fair, weak, poor or none.'),
  meaning: z.string().optional().describe('What the label was taken to mean.'),
  note: z.string().optional().describe('What may be misunderstood, and what to do.'),
});

export const alignLabelsTool = tool({
  name: 'align_labels',
  title: phrase('Align Labels'),
  description:
    'Aligns labels of a new task with the labels of a pretrained backbone by meaning, without looking at images. Tells for every label which source labels stand for it, what to expect, and what may be misunderstood. Give labels, or a folder whose class folders are the labels. With out, writes an alignment document (*.semap.json), which classify_images, compare_alignments and explain_cell take. Use hints for labels with several meanings: {"crane": "bird"}.',
  changes: 'documents',
  changesBy: ({ out }) => (out === undefined ? 'nothing' : 'documents'),
  input: z.object({
    ...labelsInput,
    folder: folderInput.folder.optional(),
    layout: folderInput.layout,
    split: folderInput.split,
    backbones: z
      .array(z.string().min(1))
      .max(8)
      .optional()
      .describe('Backbones by name or ONNX file; several answer together. Default: starter.'),
    method: z
      .enum(methodNames)
      .optional()
      .describe(
        'Default: semap. Methods other than semap, semap-k, semap-1, conse and random learn from labeled images of the folder.',
      ),
    hints: z.record(z.string(), z.string()).optional().describe('Label -> a word for what it means.'),
    out: z.string().optional().describe(OUT_TEXT),
  }),
  output: z.object({
    backbone: z.string(),
    method: z.string(),
    labels: z.array(alignedLabel),
    expectedAccuracy: z
      .object({ low: z.number(), high: z.number() })
      .describe('Estimated from the labels alone; images tell more.'),
    neverPredicted: z.array(z.string()),
    nothingFits: z.boolean().describe('Most labels have no close match: try another backbone or hints.'),
    alignment: z.string().optional().describe('The document that was written.'),
    open: z.string().optional().describe('Opens it in VS Code.'),
  }),
  doing: () => phrase('Aligning labels'),
  consent: ({ out }) => (out === undefined ? undefined : phrase('Write the alignment {0}?', out)),
  use: async (input, session) => {
    const { engine, signal, places, link } = session;
    if ((input.labels === undefined) === (input.folder === undefined))
      throw invalidArgument(phrase('Give either labels or a folder.'));
    const images: ImageFolders =
      input.folder === undefined
        ? { folders: [] }
        : await imagesOf({ ...input, folder: input.folder }, session);
    const method = input.method ?? 'semap';
    if (isLearned(method) && input.folder === undefined)
      throw invalidArgument(phrase('The method {0} learns from labeled images. Give a folder.', method));
    const out = input.out === undefined ? undefined : await documentFile(input.out, session);
    const document = await alignLabels(
      {
        targets: await targetsOf(input.labels, images, session),
        about: { hints: new Map(Object.entries(input.hints ?? {})), senses: new Map() },
        backbones: await namedBackbones(input.backbones ?? [DEFAULT_BACKBONE], session),
        settings: { method },
        images,
      },
      session,
    );
    const meanings = await engine.call('meanings', { alignment: document }, { signal });
    if (out !== undefined) await writeDocument(out, madeFor(images.folders, document));
    const { unmapped, nothingFits } = alignmentWarnings(document);
    const { low, high } = accuracyByLabels(document.targets);
    return {
      backbone: backbonesOf(document).name,
      method,
      labels: alignedLabels(document, meanings),
      expectedAccuracy: { low, high },
      neverPredicted: [...unmapped],
      nothingFits,
      ...(out !== undefined && {
        alignment: places.shown(out),
        open: link({ kind: 'alignment', file: out }),
      }),
    };
  },
});

function alignedLabels(
  document: AlignmentDocument,
  meanings: readonly {
    readonly senses: readonly { readonly gloss: string }[];
    readonly notes: Parameters<typeof firstAmiss>[0];
  }[],
): z.output<typeof alignedLabel>[] {
  const joined = joinedSources(document);
  return document.targets.map(({ label, expected }, t) => {
    const amiss = firstAmiss(meanings[t].notes);
    const [sense] = meanings[t].senses;
    return {
      label,
      sources: joined[t].slice(0, SHOWN_SOURCES).map((source) => source.label),
      expected,
      ...(sense && { meaning: sense.gloss }),
      ...(amiss && { note: say(noteInFull(amiss)) }),
    };
  });
}
