import path from 'node:path';
import type { Installed } from '../core/downloads/folderInstall.ts';
import type { WhenTaken } from '../core/downloads/installPlace.ts';
import { MODEL_DTYPES, type ModelSource } from '../core/downloads/modelInstall.ts';
import { type DownloadProgress, progressText } from '../core/downloads/progress.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import { fileSize } from '../core/text/numbers.ts';
import { phrase, say } from '../core/text/text.ts';
import type { ModelOffer } from '../protocol/models.ts';
import { type CommandContext, EXIT } from './command.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import { type EngineSession, withEngine } from './engineSession.ts';
import { stateOf } from './folderArguments.ts';
import { printable, type Terminal } from './terminal.ts';

/** Options of the commands that install a model. */
export const installOptions = {
  mirror: { value: 'URL', text: 'A mirror of the Hugging Face Hub. Also: HF_ENDPOINT.' },
  dtype: { value: 'TYPE', text: `Precision of the model: ${MODEL_DTYPES.join(', ')}.` },
  replace: { text: 'Replace what is installed under the same name.' },
  'keep-both': { text: 'Install beside what is installed under the same name.' },
  'dry-run': { text: 'Only show what would be downloaded.' },
} as const satisfies OptionTable;

interface Kind {
  /** `encoders install` */
  readonly words: string;
  readonly example: string;
  /** Ids of the catalogue. */
  readonly ids: readonly string[];
  readonly plan: 'planEncoder' | 'planBackbone';
  readonly install: 'installEncoder' | 'installBackbone';
  /** Whether a copied folder whose name is taken gets a number. */
  readonly numbersFolders?: true;
  /** What is left to do once the files are in place; default: to say where they are. */
  readonly afterwards?: (engine: EngineSession, folder: string) => Promise<number>;
}

/** Says how large a model is, and downloads or copies it with its progress. */
export async function installModelByCommand(
  { args, setup, terminal, signal }: CommandContext,
  kind: Kind,
): Promise<number> {
  const source = sourceOf(args, kind);
  const dtype = args.oneOf('dtype', MODEL_DTYPES);
  const whenTaken =
    whenTakenOf(args) ?? (kind.numbersFolders && source.kind === 'folder' ? 'beside' : undefined);
  return withEngine(setup, async (engine) => {
    const params = { source, dtype };
    const offer = await engine.call(kind.plan, params, { signal });
    if (args.flag('dry-run')) {
      terminal.result(args.flag('json'), offer, () => offerText(offer));
      return EXIT.done;
    }
    const variant = offer.variants.find((each) => each.dtype === (dtype ?? offer.proposed));
    if (variant) {
      terminal.err(`${printable(offer.title)} (${variant.dtype}): ${say(fileSize(variant.bytes))}\n`);
    }
    const onProgress = (progress: DownloadProgress) => showProgress(terminal, progress);
    const { folder, already, kept } = await engine
      .call(kind.install, { ...params, whenTaken }, { signal, onProgress })
      .catch((error) => {
        throw withOptions(error);
      })
      .finally(() => terminal.rewrite(''));
    if (already) terminal.err(`The same files are already in ${printable(folder)}\n`);
    terminal.err(keptText(kept));
    if (kind.afterwards) return kind.afterwards(engine, folder);
    terminal.result(args.flag('json'), { folder }, () => `Installed in ${printable(folder)}\n`);
    return EXIT.done;
  });
}

/** What the person wants done where something else has the name. @throws {UsageError} for both at once */
export function whenTakenOf(args: Arguments): WhenTaken | undefined {
  if (args.flag('replace') && args.flag('keep-both'))
    throw new UsageError('Use --replace or --keep-both, not both.');
  return args.flag('replace') ? 'replace' : args.flag('keep-both') ? 'beside' : undefined;
}

/** Which files of an installed model say something else than those that were given. */
export function keptText(kept: Installed['kept'] = []): string {
  if (kept.length === 0) return '';
  return `Kept as they are there: ${kept.map(printable).join(', ')}. Use --replace to take yours.\n`;
}

/** The options that help where the name is taken. */
function withOptions(error: unknown): unknown {
  const { reason, text } = toSemapError(error);
  if (reason !== 'already-exists') return error;
  return new SemapError(reason, text, { hint: phrase('Use --replace or --keep-both.'), cause: error });
}

function sourceOf(args: Arguments, { words, example, ids }: Kind): ModelSource {
  const name = args.only(`${words} takes one name.`, `For example: semap ${words} ${example}`);
  const mirror = args.text('mirror') ?? process.env['HF_ENDPOINT'];
  if (!ids.includes(name)) {
    const state = stateOf(name);
    if (state?.isDirectory()) return { kind: 'folder', folder: path.resolve(name) };
    if (state || meansPath(name)) {
      throw new SemapError(
        'not-found',
        state
          ? phrase('{0} is neither a model nor a folder.', name)
          : phrase('There is no file or folder {0}.', name),
        { hint: phrase('Check the path.') },
      );
    }
  }
  return { kind: 'hub', name, mirror };
}

/** Whether a name is a path that leads nowhere and no OWNER/REPO: the hub is not asked about files of this computer. */
function meansPath(name: string): boolean {
  return (
    /^(?:\.{0,2}|~|[a-z]:)[/\\]|\\/i.test(name) ||
    (name.includes('/') && stateOf(path.dirname(name)) !== undefined)
  );
}

function showProgress(terminal: Terminal, progress: DownloadProgress): void {
  if (!terminal.interactive) return;
  const { file, bytesDone, bytesTotal } = progress;
  const share = `${Math.floor((100 * bytesDone) / Math.max(1, bytesTotal))}%`;
  terminal.rewrite(`${share}  ${say(progressText(progress))}  ${file}`);
}

function offerText({ title, proposed, variants }: ModelOffer): string {
  const lines = variants.map(
    ({ dtype, bytes, modelPath }) =>
      `${dtype === proposed ? '*' : ' '} ${dtype.padEnd(6)} ${say(fileSize(bytes)).padStart(9)}  ${printable(modelPath)}`,
  );
  return printable(title).concat('\n', lines.join('\n'), '\n');
}
