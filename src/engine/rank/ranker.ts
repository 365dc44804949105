import path from 'node:path';
import { documentOf, mappingOf } from '../../core/alignments/alignmentBuilding.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { cancelled, problemOf, SemapError, toSemapError, untilAborted } from '../../core/errors.ts';
import { accuracyByLabels } from '../../core/estimates/byLabels.ts';
import { type SplitName, splitNames } from '../../core/folders/layout.ts';
import { splitRoles } from '../../core/folders/splitRoles.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { noTargets } from '../../core/labels/targetLabels.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { semap } from '../../core/mapping/semantic.ts';
import { MeasuredCount, type MeasuredOn } from '../../core/metrics/measuredOn.ts';
import {
  labelSimilarityOf,
  type SampleOutputs,
  type ScoredSample,
} from '../../core/ranking/backboneScores.ts';
import { type RankingRow, rankRows } from '../../core/ranking/ranking.ts';
import { type RankedBackbone, rankingTable } from '../../core/ranking/verdict.ts';
import type { RankParams, RankResult } from '../../core/runs/rankingRecord.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { mustBeFolder } from '../../files/folders.ts';
import type { RankActivity, RankProgress } from '../../protocol/ranking.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import { askTexts } from '../align/askTexts.ts';
import { sampleOutputs } from '../classify/sampleOutputs.ts';
import { type BackboneReading, readFeatures } from '../features/features.ts';
import { drawSample, type ImageSample } from '../folders/imageSample.ts';
import { noImages } from '../folders/passedOverList.ts';
import type { RunningPool } from '../inference/inferencePools.ts';
import { groupsOfFiles } from '../likeness/folderLikeness.ts';
import type { RunServices } from '../services.ts';
import { Thread } from '../threads/thread.ts';
import type { MetricsApi } from './metricsWorker.ts';
import { Speeds } from './speeds.ts';

const DEFAULT_PER_CLASS = [20, 100] as const;
/** Images in all, at a first look and at a second: what eigenvalues and patience bear. */
const TOTALS = [1000, 2000] as const;
const REPORT_MILLISECONDS = 100;
/** How labels are aligned with each backbone. */
const METHOD = { name: 'semap', similarity: 'wordnet' } as const;

/** What a ranking works with. */
interface RankerServices extends RunServices {
  readonly threads: number;
}

/** Compares backbones on folders of images. */
export class Ranker {
  readonly #services: RankerServices;
  readonly #speeds: Speeds;

  constructor(services: RankerServices) {
    this.#services = services;
    this.#speeds = new Speeds(services.cacheFolder, services.threads);
  }

  /**
   * @throws {SemapError} `no-images`; what is wrong with one backbone stands in its row. When aborted, what was done by
   * then is returned.
   */
  async rank(params: RankParams, context: CallContext<RankProgress>): Promise<RankResult> {
    await Promise.all(params.folders.map(mustBeFolder));
    if (params.targets.length === 0) throw noTargets();
    const run = new RankRun(params, { ...this.#services, speeds: this.#speeds }, context);
    try {
      return await run.all();
    } finally {
      await run.close();
    }
  }
}

interface Tools extends RankerServices {
  readonly speeds: Speeds;
}

/** A backbone that is ranked, and what it is run with. */
interface Candidate extends RankedBackbone {
  row: RankingRow;
  right?: Int8Array | undefined;
  answers?: Int32Array | undefined;
  readonly ready?: { readonly backbone: BackboneDescription; readonly mapping: Mapping };
}

class RankRun {
  readonly #params: RankParams;
  readonly #tools: Tools;
  readonly #context: CallContext<RankProgress>;
  /** Runs no native code, so it may be ended at any time. */
  #metrics: Thread<MetricsApi> | undefined;
  readonly #candidates: Candidate[] = [];
  readonly #skipped = new Map<string, SkippedImage>();
  readonly #started = performance.now();
  #sample: ImageSample = {
    images: [],
    first: 0,
    found: 0,
    splits: new Set(),
    foundIn: new Map(),
    unreadable: [],
  };
  /** Per image of the sample its group of near-duplicates, as far as they were looked for. */
  #groups: Int32Array | undefined;
  #folders: FolderTargets | undefined;
  #reported = 0;

  constructor(params: RankParams, tools: Tools, context: CallContext<RankProgress>) {
    this.#params = params;
    this.#tools = tools;
    this.#context = context;
  }

  async all(): Promise<RankResult> {
    const { signal } = this.#context;
    const stop = () => void this.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#rounds();
    } catch (error) {
      if (!signal.aborted || toSemapError(error).reason !== 'cancelled') throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
    return this.#result();
  }

  #scoresOf(sample: SampleOutputs): Promise<ScoredSample> {
    if (!this.#metrics || this.#metrics.ended) this.#metrics = new Thread('rank/metricsWorker');
    return this.#metrics.call('score', sample);
  }

  async close(): Promise<void> {
    await this.#metrics?.terminate(cancelled());
  }

  async #rounds(): Promise<void> {
    const { signal } = this.#context;
    const drawing = this.#draw();
    drawing.catch(() => {});
    for await (const candidate of this.#gather()) {
      this.#candidates.push(candidate);
      this.#report();
      this.#sample = await drawing;
      signal.throwIfAborted();
      if (this.#sample.images.length === 0) throw noImages(this.#params.folders);
      await this.#look(candidate, 1, this.#sample.first);
    }
    const { images, first, unreadable } = this.#sample;
    for (const folder of unreadable) this.#skipped.set(folder.path, folder);
    if (images.length === first) return;
    const ranked = rankRows(this.#candidates.map(({ row }) => row));
    const inOrder = ranked.map((row) => this.#candidates.find((candidate) => candidate.row === row)!);
    for (const candidate of inOrder) await this.#look(candidate, 2, images.length);
  }

  async #draw(): Promise<ImageSample> {
    const { targets, imagesPerClass = DEFAULT_PER_CLASS, seed = 0 } = this.#params;
    const names = targets.map(({ name }) => name);
    const known = new FolderTargets(names, await this.#tools.wordnet());
    this.#folders = known;
    const truthOf = (folder: string) => known.of(folder);
    const [first, refined] = imagesPerClass;
    const sizes = [
      { perClass: first, total: TOTALS[0] },
      { perClass: Math.max(first, refined), total: TOTALS[1] },
    ] as const;
    const truths = await this.#tools.truths.of(this.#params, this.#params.truths);
    return drawSample(this.#params, {
      sizes,
      seed,
      truthOf,
      truths,
      use: rankedSplits,
      signal: this.#context.signal,
    });
  }

  /** The backbones with what can be said of each before any image is run, each once. */
  async *#gather(): AsyncGenerator<Candidate> {
    const { backbones } = this.#tools;
    const seen = new Set<string>();
    if (this.#params.backbones === undefined) {
      for await (const { name, path: file, description, problem } of backbones.entries()) {
        if (description) yield await this.#candidate(name, async () => description);
        else yield { row: { name, path: file, problem } };
      }
      return;
    }
    for (const ref of this.#params.backbones) {
      const candidate = await this.#candidate(ref, () => backbones.describe(ref));
      const { path: file = ref } = candidate.row;
      if (!seen.has(file)) yield candidate;
      seen.add(file);
    }
  }

  async #candidate(ref: string, describe: () => Promise<BackboneDescription>): Promise<Candidate> {
    try {
      const { signal } = this.#context;
      const described = await untilAborted(describe(), signal);
      const { compare, backbones } = this.#tools;
      const asked = { targets: this.#params.targets };
      const { backbone, comparison: matrix } = await askTexts(backbones, compare, described, asked, {
        signal,
      });
      const { name, path: file, sha256, bytes, labelSpace } = backbone;
      const mapping = semap(matrix, { excluded: labelSpace.background });
      const { targets } = this.#params;
      const parts = { targets, labelSpace, backbone: { name, sha256 }, mapping, similarity: matrix };
      const document = documentOf({ ...parts, method: { ...METHOD, similarity: matrix.name } });
      const facts = {
        sourceCount: labelSpace.labels.length,
        labelSpace: labelSpace.name,
        bytes,
        parameters: null,
        imagesPerSecond: (await this.#tools.speeds.find(sha256)) ?? null,
        labelSimilarity: labelSimilarityOf(matrix, labelSpace.background),
        recallByLabels: accuracyByLabels(document.targets).accuracy,
      };
      return { row: { name, path: file, sha256, facts }, ready: { backbone, mapping: mappingOf(document) } };
    } catch (error) {
      this.#context.signal.throwIfAborted();
      const named = path.isAbsolute(ref) ? { name: path.basename(ref, '.onnx'), path: ref } : { name: ref };
      return { row: { ...named, problem: problemOf(error) } };
    }
  }

  /** Runs the first `count` images of the sample through a backbone and scores it. */
  async #look(candidate: Candidate, round: 1 | 2, count: number): Promise<void> {
    if (!candidate.ready || candidate.row.problem) return;
    const { signal } = this.#context;
    try {
      await this.#score(candidate, candidate.ready, round, count);
    } catch (error) {
      if (signal.aborted) throw cancelled();
      candidate.row = { ...candidate.row, problem: problemOf(error) };
    }
    this.#report();
  }

  async #score(
    candidate: Candidate,
    { backbone, mapping }: NonNullable<Candidate['ready']>,
    round: 1 | 2,
    count: number,
  ): Promise<void> {
    const { outputs, pools, cacheFolder } = this.#tools;
    const { signal } = this.#context;
    const activity = { backbone: backbone.name, round, done: 0, total: count };
    this.#report(activity);
    const reading = await untilAborted(readFeatures(cacheFolder, backbone), signal);
    const { features } = reading;
    // One backbone after the other: memory holds one of them, not all.
    const loan = pools.loan(false);
    let opened: RunningPool | undefined;
    try {
      const images = this.#sample.images.slice(0, count);
      const cache = await outputs.open(backbone);
      const rows = await sampleOutputs({
        images,
        outputs: cache,
        features: features && {
          cache: await outputs.openFeatures(backbone, features),
          sameLogits: features.sameLogits,
        },
        open: async (withFeatures) => {
          opened = await loan.open(backbone, withFeatures ? features?.tap : undefined);
          return opened;
        },
        between: () => {
          loan.release();
          opened = undefined;
        },
        onImage: (share) => {
          activity.done += share;
          this.#reportNowAndThen(activity);
        },
        signal,
      });
      for (const image of rows.skipped) this.#skipped.set(image.path, image);
      if (rows.images.length === 0) throw noneReadable(images.length);
      if (this.#groups?.length !== count) {
        const files = rows.images.map((at) => images[at].path);
        const groups = await groupsOfFiles(files, rows, cache, signal);
        this.#groups = new Int32Array(count).fill(-1);
        for (const [i, at] of rows.images.entries()) this.#groups[at] = groups[i];
      }
      const truths = Int32Array.from(rows.images, (at) => images[at].truth);
      const sample = { logits: rows.logits, features: rows.features, truths, mapping };
      const [{ scores, right, answers }, imagesPerSecond] = await Promise.all([
        this.#scoresOf(sample),
        untilAborted(this.#speed(backbone, opened), signal),
      ]);
      candidate.right = new Int8Array(images.length).fill(-1);
      candidate.answers = new Int32Array(images.length).fill(-1);
      for (const [i, at] of rows.images.entries()) {
        candidate.right[at] = right[i];
        candidate.answers[at] = answers[i];
      }
      candidate.row = rowOf(candidate.row, reading, imagesPerSecond, scores);
    } finally {
      loan.release();
    }
  }

  /** Measured once; what a loaded backbone is needed for anyway. */
  async #speed(backbone: BackboneDescription, opened: RunningPool | undefined): Promise<number> {
    const { speeds, pools } = this.#tools;
    const known = await speeds.find(backbone.sha256);
    if (known !== undefined) return known;
    const borrowed = opened ? undefined : await pools.borrow(backbone);
    try {
      const measured = await (opened ?? borrowed!.pool).throughput();
      await speeds.keep(backbone.sha256, measured);
      return measured;
    } finally {
      borrowed?.release(false);
    }
  }

  #result(): RankResult {
    const { seed = 0, targets } = this.#params;
    return {
      ...this.#table(),
      targets: targets.map(({ name }) => name),
      found: this.#sample.found,
      measuredOn: this.#measuredOn(),
      splits: rankedSplits(this.#sample.splits),
      skipped: [...this.#skipped.values()],
      seed,
      method: METHOD,
      device: this.#tools.device,
      seconds: (performance.now() - this.#started) / 1000,
      cancelled: this.#context.signal.aborted,
    };
  }

  #measuredOn(): MeasuredOn | undefined {
    const folders = this.#folders;
    if (!folders) return undefined;
    const { targets } = this.#params;
    const count = new MeasuredCount(targets.map(({ name }) => name));
    for (const [name, images] of this.#sample.foundIn)
      count.add(name, name === undefined ? undefined : folders.of(name), { images });
    return count.result(targets.length, (folder) => folders.all(folder));
  }

  #table(): Pick<RankResult, 'rows' | 'verdict'> {
    const { images, found } = this.#sample;
    const truths = images.map(({ truth }) => truth);
    const { length: targetCount } = this.#params.targets;
    return rankingTable(this.#candidates, { truths, groups: this.#groups, found, targetCount });
  }

  #reportNowAndThen(activity: RankActivity): void {
    if (performance.now() - this.#reported < REPORT_MILLISECONDS) return;
    this.#report(activity);
  }

  #report(activity?: RankActivity): void {
    this.#reported = performance.now();
    const now = activity && { activity: { ...activity, done: Math.floor(activity.done) } };
    this.#context.report({ ...now, ...this.#table() });
  }
}

/** A backbone is chosen without the images that measure it in the end. */
function rankedSplits(present: ReadonlySet<SplitName | undefined>): readonly SplitName[] | undefined {
  const roles = splitRoles(present);
  if (!roles) return undefined;
  return splitNames.filter((name) => present.has(name) && (name !== roles.measure || name === roles.choose));
}

function rowOf(
  row: RankingRow,
  { parameters, features, problem }: BackboneReading,
  imagesPerSecond: number,
  scores: NonNullable<RankingRow['scores']>,
): RankingRow {
  return {
    ...row,
    facts: { ...row.facts!, parameters, imagesPerSecond },
    scores,
    withoutFeatures: features ? undefined : problem,
  };
}

function noneReadable(count: number): SemapError {
  return new SemapError('unreadable-image', phrase('None of the {0} sampled images can be read.', count));
}
