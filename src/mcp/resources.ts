import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Resource, ResourceTemplate } from '@modelcontextprotocol/sdk/types.js';
import type { Engine, Places } from '../capabilities/session.ts';
import { invalidDocument, SemapError } from '../core/errors.ts';
import { LARGEST_RECORD, RUN_FILES } from '../core/runs/run.ts';
import { fileSize } from '../core/text/numbers.ts';
import { phrase, shorten } from '../core/text/text.ts';
import { alignmentsBelow } from '../files/alignmentsBelow.ts';
import { readRegularFile } from '../files/regularFile.ts';
import { latestRuns, readOfRun, runsFolder } from '../files/runFolders.ts';

/** So many of each kind are listed, the newest first; all can be read. */
const MOST_LISTED = 200;
/** Bytes of a document that an agent gets. */
const LARGEST_DOCUMENT = 2 << 20;
/** Entries of a list in a record that an agent gets. */
const MOST_ENTRIES = 50;
/** And of an object: some have one for each label. */
const MOST_FIELDS = 500;
const LONGEST_TEXT = 2000;
const DEEPEST = 20;

const KINDS = { alignment: 'alignment', run: 'run', labels: 'labels' } as const;
type Kind = keyof typeof KINDS;

/** How resources are named: `semap://alignment/<path>`, the path as tools take it. */
export const RESOURCE_TEMPLATES: readonly ResourceTemplate[] = [
  {
    uriTemplate: 'semap://alignment/{path}',
    name: 'alignment',
    title: 'Alignment document',
    description: 'How the labels of a task are mapped to those of a backbone (*.semap.json).',
    mimeType: 'application/json',
  },
  {
    uriTemplate: 'semap://run/{path}',
    name: 'run',
    title: 'Run',
    description: 'What came of a classification, a ranking, a search or a training: its record, lists cut.',
    mimeType: 'application/json',
  },
  {
    uriTemplate: 'semap://labels/{backbone}',
    name: 'labels',
    title: 'Label space',
    description: 'The source labels of an installed backbone, one per line.',
    mimeType: 'text/plain',
  },
];

/** Alignments and runs below the roots, and the label spaces of installed backbones. */
export async function listResources(
  engine: Engine,
  places: Places,
  signal: AbortSignal,
): Promise<readonly Resource[]> {
  const [alignments, runs, backbones] = await Promise.all([
    inAllRoots(places, (root) => alignmentsBelow(root, signal)),
    inAllRoots(places, runsBelow),
    engine.call('listBackbones', {}, { signal }),
  ]);
  const [newestAlignments, newestRuns] = [await newestFirst(alignments), await newestFirst(runs)];
  return [
    ...newestAlignments.map((file): Resource => {
      const shown = places.shown(file);
      return { uri: uriOf('alignment', shown), name: shown, mimeType: 'application/json' };
    }),
    ...newestRuns.map(
      (file): Resource => ({
        uri: uriOf('run', places.shown(file)),
        name: path.basename(file),
        mimeType: 'application/json',
      }),
    ),
    ...backbones
      .filter(({ description }) => description)
      .map(
        ({ name }): Resource => ({
          uri: uriOf('labels', name),
          name: `Labels of ${name}`,
          mimeType: 'text/plain',
        }),
      ),
  ];
}

/**
 * What a resource says.
 * @throws {SemapError} `not-found`, `untrusted`
 */
export async function readResource(
  uri: string,
  engine: Engine,
  places: Places,
  signal: AbortSignal,
): Promise<{ readonly mimeType: string; readonly text: string }> {
  const [kind, named] = partsOf(uri);
  if (kind === 'labels') {
    const { labelSpace } = await engine.call(
      'describeBackbone',
      { backbone: await installed(named, engine) },
      { signal },
    );
    return { mimeType: 'text/plain', text: labelSpace.labels.map(({ name }) => `${name}\n`).join('') };
  }
  const place = await places.readable(named);
  if (kind === 'run') {
    const text = JSON.stringify(cut(await recordOf(place)));
    if (text.length > LARGEST_DOCUMENT)
      throw invalidDocument(
        phrase('{0} is too large: the limit is {1}.', RUN_FILES.record, fileSize(LARGEST_DOCUMENT)),
      );
    return { mimeType: 'application/json', text };
  }
  if (!place.toLowerCase().endsWith('.semap.json')) throw unknownResource(uri);
  return {
    mimeType: 'application/json',
    text: String(await readRegularFile(place, { limit: LARGEST_DOCUMENT })),
  };
}

/** @throws {SemapError} `invalid-document` */
async function recordOf(folder: string): Promise<unknown> {
  const text = String(await readOfRun(folder, RUN_FILES.record, LARGEST_RECORD));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidDocument(phrase('{0} is not valid JSON.', RUN_FILES.record), { cause });
  }
}

function uriOf(kind: Kind, named: string): string {
  return `semap://${kind}/${encodeURIComponent(named)}`;
}

function partsOf(uri: string): readonly [kind: Kind, named: string] {
  const [, kind, named] = /^semap:\/\/([a-z]+)\/(.+)$/s.exec(uri) ?? [];
  if (kind === undefined || !Object.hasOwn(KINDS, kind)) throw unknownResource(uri);
  try {
    return [kind as Kind, decodeURIComponent(named)];
  } catch {
    throw unknownResource(uri);
  }
}

function unknownResource(uri: string): SemapError {
  return new SemapError('not-found', phrase('There is no resource {0}.', uri));
}

async function installed(named: string, engine: Engine): Promise<string> {
  const names = (await engine.call('listBackbones', {})).map(({ name }) => name);
  if (names.includes(named)) return named;
  throw new SemapError('not-found', phrase('There is no backbone "{0}".', named));
}

async function inAllRoots(
  { roots }: Places,
  look: (root: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  return (await Promise.all(roots.map(look))).flat();
}

async function runsBelow(root: string): Promise<readonly string[]> {
  const names = await latestRuns(root, Number.POSITIVE_INFINITY);
  return names.map((name) => path.join(runsFolder(root), name));
}

/** Each once: roots may lie in each other. */
async function newestFirst(files: readonly string[]): Promise<readonly string[]> {
  const dated = await Promise.all(
    [...new Set(files)].map(async (file) => ({
      file,
      time: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0,
    })),
  );
  return dated
    .sort((a, b) => b.time - a.time)
    .slice(0, MOST_LISTED)
    .map(({ file }) => file);
}

/** The record with long lists and texts cut to their beginning, and how long they were. Nothing of ours is as deep. */
function cut(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return shorten(value, LONGEST_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return '...';
  if (Array.isArray(value)) {
    const some = value.slice(0, MOST_ENTRIES).map((one) => cut(one, depth + 1));
    return value.length > MOST_ENTRIES ? [...some, `and ${value.length - MOST_ENTRIES} more`] : some;
  }
  const entries = Object.entries(value);
  const some = entries
    .slice(0, MOST_FIELDS)
    .map(([key, one]) => [shorten(key, LONGEST_TEXT), cut(one, depth + 1)]);
  const more = entries.length - MOST_FIELDS;
  return Object.fromEntries(more > 0 ? [...some, ['...', `and ${more} more`]] : some);
}
