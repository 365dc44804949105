import { phrase, plural, readText, type Text, verbatim } from '../text/text.ts';

export const RUN_FILES = {
  record: 'run.json',
  metrics: 'metrics.jsonl',
  prompt: 'prompt.safetensors',
  picture: 'prompt.png',
  sample: 'sample.png',
  mask: 'mask.png',
  alignment: 'alignment.semap.json',
  head: 'alignment.head.safetensors',
  checkpoint: 'checkpoint.safetensors',
  predictions: 'predictions.jsonl.gz',
} as const;

/** Files of one of several prompts that were trained together: those of the first are named as those of a single one. */
export const promptFiles = (at: number) =>
  at === 0
    ? { prompt: RUN_FILES.prompt, picture: RUN_FILES.picture }
    : { prompt: `prompt-${at + 1}.safetensors`, picture: `prompt-${at + 1}.png` };

/** Files of a head that was learned beside a training: a document, and its numbers. */
export const headFiles = (kind: string) => ({
  document: `${kind}.semap.json`,
  head: `${kind}.head.safetensors`,
});

/** Bytes of a run.json; a record with the confusion of a thousand classes fits well. */
export const LARGEST_RECORD = 32 << 20;

/** An image, or a folder of them, that was left out. */
export interface SkippedImage {
  readonly path: string;
  readonly reason: Text;
  readonly folder?: true | undefined;
}

/** A skipped image in a record or in a page's memory; none where that is something else. */
export function readSkipped(data: unknown): SkippedImage[] {
  const { path, reason, folder } = (data ?? {}) as Partial<Record<keyof SkippedImage, unknown>>;
  const why = readText(reason);
  return typeof path === 'string' && why ? [{ path, reason: why, folder: folder === true || undefined }] : [];
}

/** What is wrong with a record that cannot be read. */
export const lackingFields: Text = phrase('The record lacks fields, or they have the wrong type.');

/** The device that runs, and why this one. */
export interface DeviceInfo {
  readonly provider: string;
  /** As its maker calls it; in records of versions before 0.2 the threads stand behind it. */
  readonly name: string;
  /** Of the CPU. */
  readonly threads?: number | undefined;
  readonly why: Text;
}

/** A device in words. */
export function deviceName({ name, threads }: DeviceInfo): Text {
  return threads === undefined
    ? verbatim(name)
    : plural(threads, '{1}, {0} thread', '{1}, {0} threads', name);
}

/** `running` of a process that is gone means interrupted: it can be resumed, as `paused` and `failed` ones can. */
export const runStatuses = ['queued', 'running', 'paused', 'done', 'stopped', 'failed'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** What a status means now: `interrupted` can go on from its last checkpoint, `stopped` was ended by the person and kept. */
export type RunPhase = RunStatus | 'interrupted';

const PHASES: Readonly<Record<RunPhase, Text>> = {
  queued: phrase('waiting'),
  running: phrase('training'),
  paused: phrase('paused'),
  done: phrase('done'),
  stopped: phrase('stopped'),
  interrupted: phrase('interrupted'),
  failed: phrase('failed'),
};

/** What a phase is called. */
export function phaseWords(phase: RunPhase): Text {
  return PHASES[phase];
}

/**
 * What a record means to a process that does not hold the run.
 * @param elsewhere whether the process that the record names still runs it
 */
export function storedPhase({ status }: { readonly status: RunStatus }, elsewhere: boolean): RunPhase {
  return (status === 'running' || status === 'queued') && !elsewhere ? 'interrupted' : status;
}

/** What a run does, as its folder says it. */
export type RunKind = 'train' | 'rank' | 'classify' | 'find';

/** `<time>-<kind>-<dataset>`, as the folder of a run is called; of what file systems do not take nothing is left. */
export function runFolderName(kind: RunKind, dataset: string, now: Date): string {
  const time = now
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(':', '-');
  return `${time}-${kind}-${dataset.replaceAll(/[^\p{L}\p{N}._-]/gu, '_')}`;
}

/** The dataset in a name made by {@link runFolderName}. */
export function datasetOfRun(folderName: string): string | undefined {
  return /^\d{4}-\d\d-\d\dT[\d-]+-(?:train|rank|classify|find)-(.+)$/.exec(folderName)?.[1];
}
