import { setMaxListeners } from 'node:events';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { cancelled, SemapError } from '../../core/errors.ts';
import { ImageScorer } from '../../core/evidence/imageScorer.ts';
import { foldersOfJob, type JobDocument, resultFile } from '../../core/jobs/job.ts';
import type { ListedImage } from '../../core/jobs/shardList.ts';
import type { ResultRow } from '../../core/jobs/shardResult.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { phrase } from '../../core/text/text.ts';
import { isFolder } from '../../files/folders.ts';
import { fileOf, readJob, readJobAlignment, readShardList } from '../../files/jobFolder.ts';
import { READ_NEVER_WAIT } from '../../files/regularFile.ts';
import type { JobMethods, ShardDone } from '../../protocol/jobs.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import { ImageOutputs } from '../classify/imageOutputs.ts';
import { openPool } from '../classify/joinedPool.ts';
import { prepareDescribed } from '../classify/preparedAlignment.ts';
import { usable } from '../features/features.ts';
import { FolderReach } from '../folders/folderReach.ts';
import type { Devices } from '../inference/devices.ts';
import { PIXELS_VERSION } from '../outputs/outputCache.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import type { BackboneServices } from '../services.ts';
import { placedImage } from '../shards/openJob.ts';
import { checkResult, widthsOf, writeResult } from '../shards/resultFile.ts';
import { localBackbones } from './localBackbones.ts';

type Method = JobMethods['runShard'];

interface Parts extends BackboneServices {
  readonly devices: Devices;
  readonly onnxruntime: string;
}

/** Images under way before a backbone is loaded. */
const FIRST_DEPTH = 8;
/** Images that are done before one that was begun earlier, at most, as a multiple of those under way. */
const AHEAD = 8;
const REPORT_MILLISECONDS = 250;
const FLUSH_MILLISECONDS = 1000;
/** Copies often have the times of their files in whole seconds, and of some disks in two. */
const SAME_MILLISECONDS = 2000;
/** A folder that cannot be reached is waited for as long; then another try begins anew. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * What the system says of a file that may be read a moment later, or on another machine. Others are final: the image is
 * skipped, as everywhere.
 */
const PASSING: ReadonlySet<string> = new Set([
  'EIO',
  'ESTALE',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTCONN',
  'ECONNRESET',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
]);

/**
 * Classifies the images of a shard in their order and writes what came of them, unless that is there.
 * @throws {SemapError} of reasons that tell whether to try again; see `retries` in the command line
 */
export async function runShard(
  parts: Parts,
  { job: folder, shard, roots = [], backbones: given = [], semap }: Method['params'],
  { signal, report }: CallContext<Method['progress']>,
): Promise<ShardDone> {
  const started = performance.now();
  const job = await readJob(folder);
  if (job.pixels !== PIXELS_VERSION) throw otherPixels(job);
  if (!(Number.isSafeInteger(shard) && shard >= 0 && shard < job.shards)) throw noShard(shard, job);
  const result = path.join(folder, resultFile(job, shard));
  const before = await checkResult(folder, job, shard);
  if (before.kind === 'whole') return { ...before.facts, result, already: true };
  const alignment = await readJobAlignment(folder, job);
  const list = await readShardList(folder, job, shard);
  const described = await localBackbones(parts.backbones, job, given);
  const prepared = await prepareDescribed(parts.outputs, alignment, described);
  const { backbone, head, outputs: cache } = prepared;
  const labels = alignment.targets.map(({ label }) => label);
  const scorer = new ImageScorer(
    alignment,
    new FolderTargets(labels, await parts.wordnet()),
    undefined,
    head,
  );
  const tapped = job.features && usable(await parts.outputs.reading(backbone));
  if (tapped?.width !== job.features?.width) throw otherFeatures(backbone.name);
  const features = tapped ? await parts.outputs.openFeatures(backbone, tapped) : prepared.features;
  const { folders } = foldersOfJob(job);
  const here = folders.map((one, i) => path.resolve(roots[i] ?? one));
  const used = [...new Set(list.map((image) => here[image.folder]))];
  await mustBeReachable(used);
  const loan = parts.pools.loan();
  const stop = new AbortController();
  // Every image under way listens.
  setMaxListeners(0, stop.signal);
  const abort = () => stop.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const reach = new FolderReach(used, { onAway: () => {}, patience: PATIENCE_MILLISECONDS });
  await reach.note();
  let [done, cached, skipped, gone] = [0, 0, 0, 0];
  const images = new ImageOutputs({
    cache,
    features,
    openInference: async () => ({ pool: await openPool(loan, parts.outputs, backbone, tapped), features }),
    reach,
    signal: stop.signal,
    onCached: () => cached++,
  });
  const widths = widthsOf(job, labels.length);

  const rowOf = async (listed: ListedImage): Promise<ResultRow> => {
    const file = fileOf(listed, here);
    const known = await images.of(file);
    const image = { name: listed.name, folder: listed.folder };
    done++;
    if ('unreadable' in known) {
      await mustBeFinal(file);
      skipped++;
      if (!known.state) gone++;
      const { bytes, modified } = listed;
      return { image, bytes, modified, changed: false, skipped: known.unreadable, target: -1, confidence: 0 };
    }
    const { state, logits, features: own, digest, facts } = known;
    const place = placedImage(listed, job, file);
    const [{ target, confidence }] = scorer.predict([place], logits, () => [], own);
    const { bytes, modified } = state;
    const changed = bytes !== listed.bytes || Math.abs(modified - listed.modified) > SAME_MILLISECONDS;
    return {
      image,
      bytes,
      modified,
      changed,
      digest,
      facts,
      target,
      confidence,
      ...(widths.scores > 0 && { scores: scorer.score(logits, 1, own), outputs: logits }),
      ...(widths.features > 0 && { features: own }),
    };
  };

  const timers = [
    setInterval(() => report({ done, total: list.length, cached }), REPORT_MILLISECONDS),
    setInterval(() => void flushed(cache, features), FLUSH_MILLISECONDS),
  ];
  const facts = () => ({
    job: job.id,
    shard,
    images: list.length,
    skipped,
    semap,
    onnxruntime: parts.onnxruntime,
    device,
    seconds: Number(((performance.now() - started) / 1000).toFixed(3)),
  });
  let device = 'cache';
  try {
    const rows = inOrder(list, rowOf, () => Math.max(FIRST_DEPTH, images.depth), stop);
    const checked = async function* () {
      yield* rows;
      if (gone === list.length) await mustHaveFiles(used);
      await mustBeReachable(used);
      if (loan.isOpen)
        device = (await parts.devices.choose(backbone.members?.[0] ?? backbone)).device.provider;
    };
    await writeResult(folder, job, shard, checked(), { widths, labels }, facts);
    report({ done, total: list.length, cached });
    return { ...facts(), result, already: false };
  } catch (error) {
    if (signal.aborted) throw cancelled();
    throw error;
  } finally {
    stop.abort();
    for (const timer of timers) clearInterval(timer);
    signal.removeEventListener('abort', abort);
    await flushed(cache, features);
    loan.release();
  }
}

async function flushed(outputs: OutputStore, features: OutputStore | undefined): Promise<void> {
  await Promise.all([outputs.flush(), features?.flush()]);
}

/**
 * Makes something of every item, several at a time, and gives it in the order of the items. Whoever takes it may take its
 * time: others are made meanwhile, up to a bound.
 */
async function* inOrder<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
  atATime: () => number,
  stop: AbortController,
): AsyncGenerator<Made> {
  const waiting: Promise<Made>[] = [];
  let next = 0;
  let running = 0;
  const begin = () => {
    while (
      next < items.length &&
      running < atATime() &&
      waiting.length < AHEAD * atATime() &&
      !stop.signal.aborted
    ) {
      running++;
      const made = make(items[next++]).finally(() => {
        running--;
        begin();
      });
      // Whoever takes it hears of it; the others are not begun.
      made.catch(() => stop.abort());
      waiting.push(made);
    }
  };
  for (begin(); waiting.length > 0; begin()) yield await waiting.shift()!;
  if (next < items.length) throw cancelled();
}

/** Where a file cannot be read for now, the shard is to be tried again. */
async function mustBeFinal(file: string): Promise<void> {
  try {
    const handle = await open(file, READ_NEVER_WAIT);
    try {
      await handle.read(Buffer.alloc(1), 0, 1, 0);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (PASSING.has(code))
      throw new SemapError('unreadable-file', phrase('Cannot read {0} for now ({1}).', file, code), {
        cause: error,
      });
  }
}

async function mustBeReachable(folders: readonly string[]): Promise<void> {
  for (const folder of folders) if (!(await isFolder(folder))) throw notMounted(folder);
}

/** A folder of a disk that is not mounted is there, and empty. */
async function mustHaveFiles(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    if (names.length === 0) throw notMounted(folder);
  }
}

function notMounted(folder: string): SemapError {
  return new SemapError(
    'unreadable-file',
    phrase('The folder {0} of the job is not there, or is empty.', folder),
    {
      hint: phrase('Mount it. Where this machine has it elsewhere, name that with --root.'),
    },
  );
}

function otherPixels({ semap }: JobDocument): SemapError {
  return new SemapError(
    'newer-document',
    phrase('The job was planned by SeMap {0}, which turns files into other pixels than this version.', semap),
    { hint: phrase('Use that version, or plan the job again with semap plan.') },
  );
}

function noShard(shard: number, { shards }: JobDocument): SemapError {
  return new SemapError(
    'invalid-argument',
    phrase('The job has no shard {0}: its shards are 0 to {1}.', shard, shards - 1),
  );
}

function otherFeatures(name: string): SemapError {
  return new SemapError(
    'device-failed',
    phrase('This machine does not get the features of {0} that the job was planned with.', name),
    { hint: phrase('Run the shard on another machine, or plan the job with --lean.') },
  );
}
