import { stat } from 'node:fs/promises';
import path from 'node:path';
import { alignLabels } from '../capabilities/alignLabels.ts';
import { targetsOf } from '../capabilities/targets.ts';
import { type AlignmentDocument, withHead } from '../core/alignments/alignment.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import { SemapError } from '../core/errors.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import { RUN_FILES } from '../core/runs/run.ts';
import { phrase } from '../core/text/text.ts';
import { readAlignment, readHeadFile } from '../files/alignmentFile.ts';
import { backbonesAsked, methodOf, warn } from './alignCommand.ts';
import { alignmentOption, backboneFor, refuseMethodOptions } from './alignmentArguments.ts';
import { sidecarOf } from './backboneArguments.ts';
import type { Arguments, OptionTable } from './commandLine.ts';
import { UsageError } from './commandLine.ts';
import type { EngineSession } from './engineSession.ts';
import { sessionOf } from './session.ts';
import { namesOf } from './targetArguments.ts';
import type { Terminal } from './terminal.ts';

/** Options that name what answers: an alignment, or how to make one, with a prompt and a head. */
export const answeringOptions = {
  ...alignmentOption,
  prompt: {
    value: 'FILE|RUN',
    text: 'A visual prompt to apply to every image: a prompt.safetensors, or the folder of a training run (with its mapping).',
  },
  head: {
    value: 'FILE',
    text: 'A head that decides instead of the mapping: the NAME.head.safetensors that semap learn wrote. An alignment that names its head needs no --head.',
  },
} as const satisfies OptionTable;

/** What answers for images. */
interface Answering {
  readonly alignment: AlignmentDocument;
  readonly backbone: string;
  readonly sidecar: BackboneSidecar | undefined;
}

/** What the options say answers. */
interface AskedAlignment {
  /** Of the alignment that is given. */
  readonly file: string | undefined;
  of(
    images: ImageFolders,
    engine: EngineSession,
    terminal: Terminal,
    signal: AbortSignal,
  ): Promise<Answering>;
}

/**
 * What the options say answers: an alignment that is read now, or one that is made of the labels of the images.
 * @param runs whether the backbone is to run images then
 * @param warns whether it is said what is amiss with a mapping: not where something else is learned to decide
 * @throws {UsageError} for options that exclude each other; {@link SemapError} for files that cannot be read
 */
export async function askedAlignment(
  args: Arguments,
  { runs = true, warns = true }: { readonly runs?: boolean; readonly warns?: boolean } = {},
): Promise<AskedAlignment> {
  const prompt = await promptOf(args.text('prompt'));
  if (prompt?.alignment !== undefined && args.has('alignment')) {
    throw new UsageError('--alignment cannot be used with a run as --prompt, which has its own alignment.');
  }
  const file = prompt?.alignment ?? args.text('alignment');
  if (file !== undefined) refuseMethodOptions(args);
  const settings = methodOf(args);
  const sidecar = sidecarOf(args);
  const names = await namesOf(args);
  const headFile = args.text('head');
  const head = headFile === undefined ? undefined : await readHeadFile(headFile);
  const given = file === undefined ? undefined : await readAlignment(file);
  const of = async (images: ImageFolders, engine: EngineSession, terminal: Terminal, signal: AbortSignal) => {
    const ofBackbone = { backbone: backboneFor(args, given), sidecar };
    // Loads while labels are aligned; what is wrong with it is told by the call that needs it.
    if (runs) engine.call('loadBackbone', ofBackbone).catch(() => {});
    const makeAlignment = async () => {
      const session = sessionOf(engine, terminal, signal);
      const targets = await targetsOf(names, images, session);
      const { about, ...mapping } = settings;
      return alignLabels(
        { targets, about, backbones: backbonesAsked(args, sidecar), sidecar, settings: mapping, images },
        session,
      );
    };
    const aligned = given ?? (await makeAlignment());
    const headed = head ? withHead(aligned, head) : aligned;
    const alignment = prompt?.file === undefined ? headed : { ...headed, prompt: prompt.file };
    if (warns) warn(alignment, terminal, file ?? images.folders[0]);
    return { alignment, ...ofBackbone };
  };
  return { file, of };
}

/** A prompt's file, or the alignment of a run, which points to its prompt. */
async function promptOf(
  given: string | undefined,
): Promise<{ readonly file?: string; readonly alignment?: string } | undefined> {
  if (given === undefined) return undefined;
  const state = await stat(given).catch(() => undefined);
  if (!state) throw new SemapError('not-found', phrase('No prompt at {0}.', given));
  return state.isDirectory()
    ? { alignment: path.join(given, RUN_FILES.alignment) }
    : { file: path.resolve(given) };
}
