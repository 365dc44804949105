import path from 'node:path';
import { parseAlignment } from '../core/alignments/alignmentText.ts';
import { namedPaths } from '../core/alignments/documentPaths.ts';
import { invalidArgument, SemapError } from '../core/errors.ts';
import { isLayout, type Layout } from '../core/folders/layout.ts';
import { LARGEST_RECORD, RUN_FILES } from '../core/runs/run.ts';
import { phrase } from '../core/text/text.ts';
import { readOfRun } from '../files/runFolders.ts';
import { mustReadInside, placeOf } from './agentInput.ts';
import type { AgentSession } from './session.ts';

/**
 * The folder of a run that an agent goes on with. What its record names is inside the folders that an agent may use:
 * whoever made the folder may have written the record.
 * @throws {SemapError} `not-found`, `untrusted`, `invalid-document`
 */
export async function resumedRun(named: string, session: AgentSession): Promise<string> {
  const { engine, runOf } = session;
  const runFolder = await runOf(named);
  const installed = new Set(
    (await engine.call('listBackbones', {})).flatMap(({ name, path: file }) => [name, file]),
  );
  const params = await paramsOf(runFolder);
  const outsideOf = (one: string) => (cause?: unknown) =>
    new SemapError(
      'untrusted',
      phrase('{0} names {1}, which SeMap may not use here.', path.basename(runFolder), one),
      { cause },
    );
  for (const one of pathsIn(params)) {
    if (installed.has(one)) continue;
    const outside = outsideOf(one);
    // Relative to what, nobody knows: SeMap writes whole ones.
    if (!path.isAbsolute(one)) throw outside();
    await placeOf(one, session).catch((cause) => {
      throw outside(cause);
    });
  }
  for (const [folder, layout] of tablesIn(params)) {
    await mustReadInside({ folders: [folder], layouts: [layout] }, session).catch((cause) => {
      throw outsideOf(layout.table.file)(cause);
    });
  }
  return runFolder;
}

async function paramsOf(runFolder: string): Promise<Readonly<Record<string, unknown>>> {
  const text = String(await readOfRun(runFolder, RUN_FILES.record, LARGEST_RECORD));
  try {
    const record = objectOf(JSON.parse(text));
    return objectOf(record['params'] ?? record['asked']);
  } catch (cause) {
    throw new SemapError(
      'invalid-document',
      phrase('The record of {0} is damaged.', path.basename(runFolder)),
      {
        cause,
      },
    );
  }
}

/**
 * What a tool that begins runs and goes on with them was asked for: a folder of images, or the folder of a run.
 * @param settings what else was asked: a run that is resumed has its own
 * @throws {SemapError} `invalid-argument` for neither or both, and for settings beside a run; as {@link resumedRun}
 */
export async function newOrResumed(
  {
    folder,
    resume,
    ...settings
  }: { readonly folder?: string | undefined; readonly resume?: string | undefined } & Readonly<
    Record<string, unknown>
  >,
  session: AgentSession,
): Promise<{ readonly folder: string } | { readonly runFolder: string }> {
  if (folder !== undefined && resume === undefined) return { folder };
  if (folder === undefined && resume !== undefined) {
    const unused = Object.keys(settings).find((name) => settings[name] !== undefined);
    if (unused !== undefined)
      throw invalidArgument(phrase('A run that is resumed has its settings: leave out {0}.', unused));
    return { runFolder: await resumedRun(resume, session) };
  }
  throw invalidArgument(phrase('Give either a folder, or a run to resume.'));
}

/**
 * The files and folders that parameters of a run name; backbones may be named by their names.
 * @throws {SemapError} `invalid-document` for an alignment that is none
 */
function pathsIn(params: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const { folders, testFolder, truths, backbone, backbones, sidecar, alignment } = params;
  const labels =
    typeof sidecar === 'object' && sidecar !== null ? (sidecar as { labels?: unknown }).labels : [];
  // Labels may be a list of names; a text is a file.
  const named = [
    folders,
    testFolder,
    truths,
    backbone,
    backbones,
    typeof labels === 'string' ? labels : [],
  ].flat();
  const files = named.filter((one) => typeof one === 'string');
  const document = alignment === undefined ? [] : namedPaths(parseAlignment(JSON.stringify(alignment)));
  return new Set([...files, ...document.map(({ file }) => file)]);
}

/** The tables by which images are told apart, each with its folder. What is no layout, the engine refuses. */
function tablesIn({
  folders,
  layouts,
}: Readonly<Record<string, unknown>>): (readonly [folder: string, layout: TableLayout])[] {
  if (!Array.isArray(folders) || !Array.isArray(layouts)) return [];
  return layouts.flatMap((layout: unknown, i) =>
    isLayout(layout) && layout.kind === 'table' && typeof folders[i] === 'string'
      ? [[folders[i], layout] as const]
      : [],
  );
}

type TableLayout = Extract<Layout, { readonly kind: 'table' }>;

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object');
  return value as Readonly<Record<string, unknown>>;
}
