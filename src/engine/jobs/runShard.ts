import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { cancelled, SemapError } from '../../core/errors.ts';
import { ImageScorer } from '../../core/evidence/imageScorer.ts';
import { foldersOfJob, type JobDocument, resultFile } from '../../core/jobs/job.ts';
import type { ListedImage } from '../../core/jobs/shardList.ts';
import type { ResultRow, ResultWidths } from '../../core/jobs/shardResult.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { phrase } from '../../core/text/text.ts';
import { fileOf, readJob, readJobAlignment, readShardList } from '../../files/jobFolder.ts';
import type { JobMethods, ShardDone } from '../../protocol/jobs.ts';
import type { BackboneRef } from '../../protocol/models.ts';
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
import { inOrder } from './inOrder.ts';
import { localBackbones } from './localBackbones.ts';
import { mustBeFinal, mustBeReachable, mustHaveImages } from './reachable.ts';

type Method = JobMethods['runShard'];

interface Parts extends BackboneServices {
  readonly devices: Devices;
  readonly onnxruntime: string;
}

/** Images under way before a backbone is loaded. */
const FIRST_DEPTH = 8;
const REPORT_MILLISECONDS = 250;
const FLUSH_MILLISECONDS = 1000;
/** Copies often have the times of their files in whole seconds, and of some disks in two. */
const SAME_MILLISECONDS = 2000;
/** A folder that cannot be reached is waited for as long; then another try begins anew. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * Classifies the images of a shard in their order and writes what came of them, unless that is there.
 * @throws {SemapError} of reasons that tell whether to try again; see `shardExit` in the command line
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
  const list = await readShardList(folder, job, shard);
  const { backbone, scorer, cache, features, tapped, labels } = await prepared(parts, folder, job, given);
  const folders = foldersOfJob(job).folders.map((one, i) => path.resolve(roots[i] ?? one));
  const used = [...new Set(list.map((image) => folders[image.folder]))];
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
  const images = new ImageOutputs({
    cache,
    features,
    openInference: async () => ({ pool: await openPool(loan, parts.outputs, backbone, tapped), features }),
    reach,
    signal: stop.signal,
    onCached: () => rows.counts.cached++,
  });
  const widths = widthsOf(job, labels.length);
  const rows = new ShardRows({ job, folders, images, scorer, widths });
  const { counts } = rows;
  const progress = () => report({ done: counts.done, total: list.length, cached: counts.cached });
  const timers = [
    setInterval(progress, REPORT_MILLISECONDS),
    setInterval(() => void flushed(cache, features), FLUSH_MILLISECONDS),
  ];
  let device = 'cache';
  const facts = () => ({
    job: job.id,
    shard,
    images: list.length,
    skipped: counts.skipped,
    semap,
    onnxruntime: parts.onnxruntime,
    device,
    seconds: Number(((performance.now() - started) / 1000).toFixed(3)),
  });
  async function* checkedRows() {
    const depth = () => Math.max(FIRST_DEPTH, images.depth);
    yield* inOrder(list, (listed) => rows.of(listed), depth, stop);
    if (counts.gone === list.length) await mustHaveImages(folder, job, list, folders);
    await mustBeReachable(used);
    if (loan.isOpen) device = (await parts.devices.choose(backbone.members?.[0] ?? backbone)).device.provider;
  }
  try {
    await writeResult(folder, job, shard, checkedRows(), { widths, labels }, facts);
    progress();
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

/** What answers for the images of a job on this machine. */
async function prepared(parts: Parts, folder: string, job: JobDocument, given: readonly BackboneRef[]) {
  const alignment = await readJobAlignment(folder, job);
  const described = await localBackbones(parts.backbones, job, given);
  const { backbone, head, outputs, features } = await prepareDescribed(parts.outputs, alignment, described);
  const labels = alignment.targets.map(({ label }) => label);
  const targets = new FolderTargets(labels, await parts.wordnet());
  const tapped = job.features && usable(await parts.outputs.reading(backbone));
  if (tapped?.width !== job.features?.width) throw otherFeatures(backbone.name);
  return {
    backbone,
    labels,
    scorer: new ImageScorer(alignment, targets, undefined, head),
    cache: outputs,
    features: tapped ? await parts.outputs.openFeatures(backbone, tapped) : features,
    tapped,
  };
}

interface RowParts {
  readonly job: JobDocument;
  /** Where this machine has the job's folders. */
  readonly folders: readonly string[];
  readonly images: ImageOutputs;
  readonly scorer: ImageScorer;
  readonly widths: ResultWidths;
}

/** Makes the rows of a result, and counts them. */
class ShardRows {
  /** `gone`: of the skipped ones, those whose files are not there. */
  readonly counts = { done: 0, cached: 0, skipped: 0, gone: 0 };
  readonly #parts: RowParts;

  constructor(parts: RowParts) {
    this.#parts = parts;
  }

  /** @throws {SemapError} where the image may be read another time */
  async of(listed: ListedImage): Promise<ResultRow> {
    const { job, folders, images, scorer, widths } = this.#parts;
    const file = fileOf(listed, folders);
    const known = await images.of(file);
    const image = { name: listed.name, folder: listed.folder };
    this.counts.done++;
    if ('unreadable' in known) {
      await mustBeFinal(file);
      this.counts.skipped++;
      if (!known.state) this.counts.gone++;
      const { bytes, modified } = listed;
      return { image, bytes, modified, changed: false, skipped: known.unreadable, target: -1, confidence: 0 };
    }
    const { state, logits, features, digest, facts } = known;
    const place = placedImage(listed, job, file);
    const [{ target, confidence }] = scorer.predict([place], logits, () => [], features);
    const { bytes, modified } = state;
    return {
      image,
      bytes,
      modified,
      changed: bytes !== listed.bytes || Math.abs(modified - listed.modified) > SAME_MILLISECONDS,
      digest,
      facts,
      target,
      confidence,
      ...(widths.scores > 0 && { scores: scorer.score(logits, 1, features), outputs: logits }),
      ...(widths.features > 0 && { features }),
    };
  }
}

async function flushed(outputs: OutputStore, features: OutputStore | undefined): Promise<void> {
  await Promise.all([outputs.flush(), features?.flush()]);
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
