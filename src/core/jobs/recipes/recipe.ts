/** A job as an engine that runs its shards needs to know it. */
export interface RecipeJob {
  /** The job's folder, absolute, as the machines that run its shards see it. */
  readonly folder: string;
  readonly id: string;
  readonly shards: number;
  /** Absolute folders that its shards read: of images and backbones. */
  readonly folders: readonly string[];
}

export interface RecipeFile {
  /** Its name in the job's folder. */
  readonly name: string;
  readonly text: string;
}

/** What an engine runs a job's shards with. */
export interface Recipe {
  readonly files: readonly RecipeFile[];
  /** Commands that start it, typed in the job's folder. */
  readonly start: readonly string[];
}

/** Exit codes of `semap run-shard` that engines act on. */
export const SHARD_EXIT = { tryAgain: 75, never: 42 } as const;

/** How often an engine runs a shard that failed again. */
export const RETRIES = 5;

/** Processor cores that are asked for by a shard where an engine wants to know. */
export const CORES = 4;
/** Memory in GB that goes with them. */
export const MEMORY = 8;

/** The name of a job where an engine wants one: lower-case letters and digits. */
export function jobName({ id }: RecipeJob): string {
  return `semap-${id.slice(0, 12)}`;
}

/** A text as Python, JavaScript and YAML read it; hidden characters are not in it ({@link RecipeJob} has none). */
export function literal(value: string | readonly string[]): string {
  return typeof value === 'string' ? JSON.stringify(value) : `[${value.map(literal).join(', ')}]`;
}

/** `semap run-shard` without an index, as words: with all cores. */
export function runShard({ folder }: RecipeJob): readonly string[] {
  return ['semap', 'run-shard', folder];
}

/** With the {@link CORES} that the engine was asked for, where several run on one machine. */
export function runShardBeside(job: RecipeJob): readonly string[] {
  return [...runShard(job), '--threads', String(CORES)];
}

/** What says that a task is one of so many, where an engine has room for fewer tasks than there are shards. */
export function taskOptions({ shards }: RecipeJob, tasks: number): readonly string[] {
  return tasks < shards ? ['--tasks', String(tasks)] : [];
}
