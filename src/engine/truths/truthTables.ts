import path from 'node:path';
import { type Problem, problemOf, SemapError } from '../../core/errors.ts';
import type { ImageFolders, LayoutTable } from '../../core/folders/layout.ts';
import { phrase } from '../../core/text/text.ts';
import type { ImageTruth, ImageTruths } from '../../core/truths/imageTruths.ts';
import type { Moved } from '../../core/truths/movedRows.ts';
import type { Given } from '../../core/truths/truth.ts';
import { METADATA_FILE, nameKey, type TruthTable } from '../../core/truths/truthTable.ts';
import { spareTruthsOf, TruthsFile, truthsOf } from '../../files/truthsFile.ts';
import type { LabelNotes } from '../../protocol/settling.ts';
import type { FollowedTruths } from '../../protocol/truths.ts';
import { openTables } from '../folders/imageTables.ts';
import { layoutsOf } from '../folders/layouts.ts';
import type { ImageState } from '../outputs/outputIndex.ts';
import { below, followTruths, imagesOf, type KnownContents } from './followTruths.ts';

/** Where else such tables are: in the parts of a data set. */
const PARTS = ['train', 'test', 'val', 'valid', 'validation', 'dev'];
/** Tables that stay in memory. */
const KEPT = 64;

/**
 * Whether what a person said of an image says something about others, too: not where it was asked about because it is hard.
 * Answers that were accepted count as those that were corrected do: by these alone, all answers would be wrong. What an agent
 * said is no truth.
 */
function isImpartial({ asked, givenBy }: Given): boolean {
  return asked !== 'proposed' && givenBy !== 'agent';
}

/** A table, and the folders that its names may be relative to. */
/** What is read of a table. */
type Rows = Pick<TruthTable, 'of' | 'names' | 'size' | 'contradictions'>;

interface Source {
  readonly id: string;
  /** Another one when the file is another. */
  readonly version: string;
  readonly table: Rows;
  readonly roots: readonly string[];
  /** The folder from which names lead out with `../`. */
  readonly outOf?: string | undefined;
  readonly by: ImageTruth['by'];
  readonly judges: (given: Given) => boolean;
  readonly moved?: Moves | undefined;
}

/** Images of a version of a table that have other names now. */
class Moves {
  readonly version: string;
  readonly #from: ReadonlySet<string>;
  readonly #to: ReadonlyMap<string, string>;

  constructor(version: string, moved: readonly Moved[]) {
    this.version = version;
    this.#from = new Set(moved.map(({ from }) => from));
    this.#to = new Map(moved.map(({ from, to }) => [to, from]));
  }

  get count(): number {
    return this.#to.size;
  }

  /** The name in the table of what has a name now; undefined where that name is of an image that moved away. */
  before(name: string): string | undefined {
    return this.#to.get(name) ?? (this.#from.has(name) ? undefined : name);
  }
}

/** The labels of the images of some folders, as tables have them. */
export interface FolderTruths extends ImageTruths {
  /** Tables that could not be read. */
  readonly problems: readonly Problem[];
  /** Labels, each with how many images have it. */
  readonly labels: ReadonlyMap<string, number>;
  /** Whether a table came with the images; otherwise persons labelled them. */
  readonly came: boolean;
  /** What persons' tables say that cannot be used. @param images all of the folders */
  lacking(images: readonly { readonly path: string }[]): Omit<LabelNotes, 'unknown'>;
}

/** Reads tables of labels, each again only when it changed. */
export class TruthTables {
  readonly #workspaceFolders: readonly string[];
  readonly #files = new Map<string, TruthsFile>();
  readonly #moved = new Map<string, Moves>();

  /** @param workspaceFolders which may keep the labels of folders that cannot be written to */
  constructor(workspaceFolders: readonly string[] = []) {
    this.#workspaceFolders = workspaceFolders;
  }

  /**
   * What tables say of the images of folders: those of persons and those that came with the images.
   * @param given a table that stands for persons' own: its names are relative to it or to a folder. It judges nothing but
   * what was drawn at random.
   * @throws {SemapError} where `given` cannot be read
   */
  async of(images: ImageFolders, given?: string): Promise<FolderTruths> {
    const roots = images.folders.map((folder) => path.resolve(folder));
    const layouts = await layoutsOf(images);
    const problems: Problem[] = [];
    const persons: Source[] = [];
    const others: Source[] = [];
    if (given !== undefined) {
      const file = this.#known(new TruthsFile(path.resolve(given)));
      const table = await mustRead(file);
      const folder = path.dirname(file.file);
      persons.push({
        id: file.file,
        version: file.version,
        table,
        // The root of the disk: names may be whole paths.
        roots: [...roots, folder, path.parse(file.file).root],
        outOf: [...table.names].some((name) => name.startsWith('../')) ? folder : undefined,
        by: 'person',
        judges: ({ asked, givenBy }) => asked === 'random' && givenBy !== 'agent',
      });
    }
    for (const [i, root] of roots.entries()) {
      const layout = layouts[i];
      if (given === undefined) {
        const spare = this.#workspaceFolders.map((folder) => spareTruthsOf(root, folder));
        for (const file of [...spare, truthsOf(root)]) {
          const source = await this.#source(file, root, 'person', problems);
          if (source) persons.push(source);
        }
      }
      if (layout.kind === 'table') {
        others.push(...(await layoutSources(root, layout.table, problems)));
        continue;
      }
      // Somebody chose to read the folder in another way.
      if (images.layouts?.[i]) continue;
      for (const folder of [root, ...PARTS.map((part) => path.join(root, part))]) {
        // Theirs is often a link into a cache.
        const file = new TruthsFile(path.join(folder, METADATA_FILE));
        const source = await this.#source(file, folder, 'table', problems);
        if (source) others.push(source);
      }
    }
    for (const oldest of [...this.#files.keys()].slice(0, -KEPT)) this.#files.delete(oldest);
    return new Truths([...persons, ...others], problems);
  }

  /**
   * Looks where the images of persons' tables are now. Labels follow them from then on, until their table changes.
   * @param known what caches know of their content
   * @param images those of the folders, where they are known
   */
  async follow(
    { folders }: ImageFolders,
    known: KnownContents,
    signal: AbortSignal,
    images?: { states(): Iterable<ImageState> },
  ): Promise<readonly FollowedTruths[]> {
    const all: FollowedTruths[] = [];
    for (const root of folders.map((folder) => path.resolve(folder))) {
      const file = this.#known(truthsOf(root));
      const table = await file.read().catch(() => undefined);
      if (!table || table.size === 0) continue;
      const followed = await followTruths(
        root,
        table,
        images ? below(root, images.states()) : await imagesOf(root, signal),
        known,
        signal,
      );
      this.#moved.set(file.file, new Moves(file.version, followed.moved));
      all.push(followed);
    }
    return all;
  }

  async #source(
    of: TruthsFile,
    root: string,
    by: ImageTruth['by'],
    problems: Problem[],
  ): Promise<Source | undefined> {
    const file = this.#known(of);
    try {
      const table = await file.read();
      if (table.size === 0) return undefined;
      const moves = this.#moved.get(file.file);
      const moved = moves?.version === file.version ? moves : undefined;
      return {
        id: file.file,
        version: file.version,
        table,
        roots: [root],
        by,
        judges: by === 'person' ? isImpartial : () => true,
        moved,
      };
    } catch (error) {
      // Other programs write other columns there.
      if (by === 'person') problems.push(problemOf(error));
      return undefined;
    }
  }

  /** The same file as it was read before, if it was. */
  #known(file: TruthsFile): TruthsFile {
    const known = this.#files.get(file.file) ?? file;
    this.#files.delete(file.file);
    this.#files.set(file.file, known);
    return known;
  }
}

/** What the tables of a layout say. */
async function layoutSources(root: string, columns: LayoutTable, problems: Problem[]): Promise<Source[]> {
  try {
    const tables = await openTables(root, columns);
    return tables.map(({ folder, file, version, table, of }) => ({
      id: file,
      version,
      table: {
        size: table.size,
        contradictions: table.contradictions,
        get names() {
          return table.names;
        },
        of: (name) => {
          const label = of(name)?.label;
          return label === undefined ? undefined : { label, how: 'labeled' };
        },
      },
      roots: [folder],
      by: 'table',
      judges: () => true,
    }));
  } catch (error) {
    problems.push(problemOf(error));
    return [];
  }
}

class Truths implements FolderTruths {
  readonly version: string;
  readonly problems: readonly Problem[];
  readonly #sources: readonly Source[];

  constructor(sources: readonly Source[], problems: readonly Problem[]) {
    this.#sources = sources;
    this.problems = problems;
    this.version = sources
      .map(({ id, version, moved }) => `${id} ${version} ${moved?.count ?? 0}`)
      .join('\n');
  }

  of(file: string): ImageTruth | undefined {
    let ofAgent: ImageTruth | undefined;
    for (const source of this.#sources) {
      for (const name of namesOf(file, source)) {
        const row = source.table.of(name);
        if (!row) continue;
        const truth = { ...row, by: source.by, judges: source.judges(row) };
        if (row.givenBy === undefined) return truth;
        ofAgent ??= truth;
        break;
      }
    }
    // Whatever else is said of an image counts more.
    return ofAgent;
  }

  get came(): boolean {
    return this.#sources.some(({ by }) => by === 'table');
  }

  get labels(): ReadonlyMap<string, number> {
    const labels = new Map<string, number>();
    const seen = new Set<string>();
    for (const { table, roots } of this.#sources) {
      for (const name of table.names) {
        const row = table.of(name);
        const file = path.join(roots[0], name);
        if (!row || seen.has(file)) continue;
        seen.add(file);
        if (row.label !== undefined) labels.set(row.label, (labels.get(row.label) ?? 0) + 1);
      }
    }
    return labels;
  }

  lacking(images: readonly { readonly path: string }[]): Omit<LabelNotes, 'unknown'> {
    const gone: string[] = [];
    let goneCount = 0;
    let contradictory = 0;
    for (const source of this.#sources) {
      const { table, by } = source;
      if (by !== 'person') continue;
      contradictory += table.contradictions;
      const here = new Set<string>();
      for (const { path: file } of images)
        for (const name of namesOf(file, source)) if (table.of(name)) here.add(name);
      for (const name of table.names) {
        if (here.has(name) || !table.of(name)) continue;
        if (gone.push(name) > NAMED) gone.pop();
        goneCount++;
      }
    }
    return { gone, goneCount, contradictory, problems: this.problems };
  }
}

/** What was said of images when somebody wrote it down, wherever their tables are now. */
export function plannedTruths(of: ImageTruths['of']): FolderTruths {
  return {
    version: '',
    of,
    problems: [],
    labels: new Map(),
    came: false,
    lacking: () => ({ gone: [], goneCount: 0, contradictory: 0, problems: [] }),
  };
}

/** Names that are told; the rest is counted. */
const NAMED = 200;

/** What a table may call a file. */
function* namesOf(file: string, { roots, outOf, moved }: Source): Iterable<string> {
  for (const root of roots) {
    const name = nameBelow(file, root, moved);
    if (name !== undefined) yield name;
  }
  if (outOf !== undefined) yield nameKey(path.relative(outOf, file).replaceAll(path.sep, '/'));
}

/** The name of a file in a table of a folder; undefined for a file elsewhere. The walk begins every path with its folder. */
function nameBelow(file: string, folder: string, moved: Moves | undefined): string | undefined {
  const start = folder.endsWith(path.sep) ? folder : folder + path.sep;
  if (!file.startsWith(start)) return undefined;
  const name = nameKey(file.slice(start.length).replaceAll(path.sep, '/'));
  return moved ? moved.before(name) : name;
}

async function mustRead(file: TruthsFile): Promise<TruthTable> {
  const table = await file.read();
  if (file.version === '') throw new SemapError('not-found', phrase('{0} does not exist.', file.file));
  return table;
}
