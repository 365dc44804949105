import * as z from 'zod';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { isOfOneFile } from '../core/alignments/members.ts';
import { invalidArgument } from '../core/errors.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import { phrase } from '../core/text/text.ts';
import { alignmentOf, backboneInput, backboneOf, labelsInput } from './agentInput.ts';
import { alignLabels } from './alignLabels.ts';
import type { AgentSession } from './session.ts';
import { targetsOf } from './targets.ts';

/** What answers for images, as every tool takes it: an alignment, or labels and a backbone to align them with. */
export const answeringInput = {
  alignment: z
    .string()
    .min(1)
    .optional()
    .describe('Alignment document (*.semap.json) that answers. Instead of labels.'),
  ...labelsInput,
  ...backboneInput,
};

/** What answers for images. */
export interface Answering {
  readonly alignment: AlignmentDocument;
  /** File of the alignment, where one was named. */
  readonly file?: string | undefined;
  readonly backbone: string;
}

/**
 * What an agent lets answer: an alignment that it named, or one of the labels that it gave, or that the folder has.
 * @throws {SemapError} `invalid-argument` for both; what reading or aligning fails with
 */
export async function answeringOf(
  asked: {
    readonly alignment?: string | undefined;
    readonly labels?: readonly string[] | undefined;
    readonly backbone?: string | undefined;
  },
  images: ImageFolders,
  session: AgentSession,
): Promise<Answering> {
  if (asked.alignment === undefined) {
    const backbone = await backboneOf(asked, session);
    const targets = await targetsOf(asked.labels, images, session);
    const settings = { method: 'semap' } as const;
    return {
      alignment: await alignLabels({ targets, backbones: [backbone], settings, images }, session),
      backbone,
    };
  }
  if (asked.labels !== undefined)
    throw invalidArgument(phrase('Give either an alignment or labels: an alignment has its own.'));
  const { file, alignment } = await alignmentOf(asked.alignment, session);
  if (asked.backbone === undefined)
    return { alignment, file, backbone: alignment.backbone.path ?? alignment.backbone.name };
  if (!isOfOneFile(alignment))
    throw invalidArgument(phrase('An alignment of several backbones names them: leave out the backbone.'));
  return { alignment, file, backbone: await backboneOf(asked, session) };
}
