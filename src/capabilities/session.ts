import type { ImageFolders } from '../core/folders/layout.ts';
import type { RunKind } from '../core/runs/run.ts';
import type { Text } from '../core/text/text.ts';
import type { EngineApi } from '../protocol/engineApi.ts';
import type { CallOptions } from '../protocol/rpc.ts';

export interface EngineCallOptions<Progress> extends CallOptions<Progress> {
  /**
   * For a call that goes on where an earlier one stopped: called before it is made of another engine, because the one
   * that worked at it ended by itself. Without it such a call fails.
   * @param why how it ended, in English
   */
  readonly onAgain?: ((why: string) => void) | undefined;
}

/** The engine as a capability sees it, supervised by a window or started for a command. */
export interface Engine {
  call<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    options?: EngineCallOptions<EngineApi[K]['progress']>,
  ): Promise<EngineApi[K]['result']>;
}

/** How far something is, for a bar, a notification or an agent. */
export interface Progress {
  /** In [0, 1]; absent where nobody knows. */
  readonly share?: number | undefined;
  readonly message: Text;
}

/** Something that a person or an agent should know and that ends nothing. */
export interface Note {
  /** What can be said otherwise, if it is not right so. */
  readonly about?: keyof Ways | undefined;
  readonly text: Text;
  readonly hint?: Text | undefined;
  /** Something was not done, or is not as somebody said. */
  readonly isWarning?: true | undefined;
}

/** How what somebody may say is said through a door: `--labels cat,dog`, or a parameter of a tool. */
export interface Ways {
  readonly labels: Text;
  readonly layout: Text;
  /** The promise of about as many images of each label. */
  readonly balanced: Text;
}

/** What a capability works with, whoever asked for it. */
export interface Session {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
  readonly note: (note: Note) => void;
  readonly ways: Ways;
}

/** What something that an agent got can be opened as. */
export type Opened =
  | { readonly kind: 'run'; readonly folder: string }
  | {
      readonly kind: 'alignment';
      readonly file: string;
      /** Indices, and the target label in case it has moved. */
      readonly cell?: { readonly label: string; readonly target: number; readonly source: number };
    }
  | { readonly kind: 'folder'; readonly folder: string };

/** A session of an agent, which names paths that are checked and gets results that are short. */
export interface AgentSession extends Session {
  readonly places: Places;
  /** Makes the folder of a new run of these images: among the runs of their workspace, or where it goes with the session. */
  readonly newRun: (kind: RunKind, images: ImageFolders) => Promise<string>;
  /**
   * The folder of a run that an agent named: as the folder is called, or by a path.
   * @throws {SemapError} `not-found`, `untrusted`
   */
  readonly runOf: (named: string) => Promise<string>;
  /** A link that opens something in VS Code. */
  readonly link: (opened: Opened) => string;
  /** What SeMap is called to others, with its version. */
  readonly version: string;
}

/** Where an agent may read and write. */
export interface Places {
  /** The folders that it may see, absolute. */
  readonly roots: readonly string[];
  /**
   * A path that an agent named, absolute: relative ones are below the first root. No link leads out of the roots.
   * @throws {SemapError} `untrusted` for what lies outside, `not-found`
   */
  readable(named: string): Promise<string>;
  /**
   * The same of a folder whose images are read: no link in it leads out of the roots either.
   * @throws {SemapError} `untrusted`, `not-found`, `cancelled`
   */
  folder(named: string, signal?: AbortSignal): Promise<string>;
  /**
   * The same of what is to be written, which need not be there.
   * @throws {SemapError} `untrusted` for what lies outside
   */
  writable(named: string): Promise<string>;
  /** A path as agents are told: below the root that it lies in, with `/`; else absolute. */
  shown(file: string): string;
}
