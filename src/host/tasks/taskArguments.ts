import { posix, resolve } from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { listed, phrase } from '../../core/text/text.ts';

/** What a task of type `semap` in tasks.json may run, and the beginning of its command line. */
const RUNS = {
  classify: ['classify'],
  settle: ['classify', '--settle'],
  rank: ['rank'],
  find: ['find'],
  train: ['train'],
  'run-shard': ['run-shard'],
  test: ['test'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type TaskRun = keyof typeof RUNS;

export const TASK_RUNS = Object.keys(RUNS) as readonly TaskRun[];

/** A task as tasks.json has it: the schema is `contributes.taskDefinitions` in package.json. */
export interface SemapTask {
  readonly type: 'semap';
  readonly run: TaskRun;
  /** A folder of images, or of a job; relative to that of the workspace. */
  readonly folder?: string | undefined;
  readonly alignment?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly backbone?: string | undefined;
  /** Further options of the command, as they are typed. */
  readonly args?: readonly string[] | undefined;
}

/**
 * The arguments of `semap` for a task. A workspace that is opened may bring tasks: whatever they name stays an argument.
 * @param root folder of the workspace that relative paths are below
 * @throws {SemapError} `invalid-argument`
 */
export function taskArguments(data: unknown, root: string): readonly string[] {
  const { run, folder, alignment, labels, backbone, args = [] } = read(data);
  const placed = (name: string) => resolve(root, name);
  // A job and documents with expectations bring labels and backbones of their own.
  const takesLabels = run !== 'run-shard' && run !== 'test';
  const backbones = run === 'rank' || run === 'find' ? '--backbones' : '--backbone';
  return [
    ...RUNS[run],
    '--problems',
    ...(takesLabels && alignment !== undefined ? [`--alignment=${placed(alignment)}`] : []),
    // As JSON a label is a label: not a file of that name, nor two where it has a comma, nor an option.
    ...(takesLabels && labels !== undefined ? [`--labels=${JSON.stringify(labels)}`] : []),
    ...(backbone !== undefined
      ? [`${backbones}=${/[/\\]/.test(backbone) ? placed(backbone) : backbone}`]
      : []),
    ...args,
    ...(folder === undefined ? [] : ['--', placed(folder)]),
  ];
}

/** What a list of tasks calls one: `classify photos`. */
export function taskName({ run, folder }: Pick<SemapTask, 'run' | 'folder'>): string {
  if (folder === undefined) return run;
  return oneLine(`${run} ${posix.basename(folder.replaceAll('\\', '/')) || folder}`);
}

function read(data: unknown): SemapTask {
  const given = (data ?? {}) as Readonly<Record<string, unknown>>;
  const run = TASK_RUNS.find((one) => one === given['run']);
  if (run === undefined) {
    throw new SemapError('invalid-argument', phrase('The task does not say what to run.'), {
      hint: phrase('"run" is one of: {0}.', listed(TASK_RUNS)),
    });
  }
  if (given['folder'] === undefined && run !== 'test') throw lacking('folder');
  for (const name of ['folder', 'alignment', 'backbone'])
    if (given[name] !== undefined && typeof given[name] !== 'string') throw lacking(name);
  for (const name of ['labels', 'args'])
    if (given[name] !== undefined && !isTexts(given[name])) throw lacking(name);
  // No program can be started with such an argument.
  if (JSON.stringify(given).includes('\\u0000'))
    throw new SemapError('invalid-argument', phrase('The task has a value with a NUL character.'));
  return { ...(given as unknown as SemapTask), run };
}

function isTexts(data: unknown): boolean {
  return Array.isArray(data) && data.every((one) => typeof one === 'string');
}

function lacking(name: string): SemapError {
  return new SemapError('invalid-argument', phrase('The task lacks "{0}", or it has the wrong type.', name));
}
