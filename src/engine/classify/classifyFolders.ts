import { setMaxListeners } from 'node:events';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { type SemapError, toSemapError } from '../../core/errors.ts';
import { type ImageScorer, Outcome } from '../../core/evidence/imageScorer.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import type { PassedOver } from '../../core/images/imageFiles.ts';
import { seededRandom } from '../../core/random.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { FolderReach } from '../folders/folderReach.ts';
import { type FoundImage, type Unreadable, type WalkOptions, walkImages } from '../folders/imageWalk.ts';
import { layoutsOf } from '../folders/layouts.ts';
import { noImages, PassedOverList } from '../folders/passedOverList.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import { ImageOutputs, type OpenInference } from './imageOutputs.ts';
import type { ProgressMeter } from './progressMeter.ts';
import { ScoredFolder } from './scoredFolder.ts';
import { WatchedImages } from './watchedImages.ts';
import { watchFolders } from './watchFolders.ts';

/** Images that are looked up in the cache at the same time, before a backbone is loaded. */
const FIRST_LIMIT = 8;
/** Images run in a mixed order once all are listed; after so long those that are listed by then do not wait any more. */
const PATIENCE_MILLISECONDS = 2000;
/** A folder that cannot be reached is waited for as long. */
const PATIENCE_WHEN_AWAY = 300_000;
/** So often is looked for what came while a run was under way, and not when the last look was so short ago. */
const MOST_LOOKS = 3;
const LATE_MILLISECONDS = 2000;

interface Job {
  readonly images: ImageFolders;
  readonly backbone: BackboneDescription;
  readonly scorer: ImageScorer;
  readonly cache: OutputStore;
  /** Where the features are that the scorer reads; undefined where it reads none. */
  readonly features?: OutputStore | undefined;
  /** Called when the first image is not in the cache. */
  readonly openInference: () => Promise<OpenInference>;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
  /** Goes on with what comes until it is aborted. */
  readonly watch?: boolean | undefined;
}

/** What a run did, also when it was cancelled. */
export interface ClassifiedFolders {
  readonly outcome: Outcome;
  /** In the order of the folders. */
  readonly skipped: readonly SkippedImage[];
  readonly passedOver: PassedOver | undefined;
  /** Undefined where images were changed or went since they were scored. */
  readonly scored: ScoredFolder | undefined;
  /** Whether everything that was there was done when it ended. */
  readonly whole: boolean;
}

/**
 * Sends every image of the folders through decoder, backbone and mapping. Listing, decoding and inference overlap, and
 * a bounded number of images is under way. They run in a mixed order, the same every time: what is known after the first
 * second, or when it is cancelled, is then about all classes and not about the first folder. When aborted, nothing new is
 * begun and what was done is returned.
 *
 * @throws {SemapError} `no-images`; what ends a run for all images, such as a model that does not load
 */
export async function classifyFolders(job: Job): Promise<ClassifiedFolders> {
  const run = new Run(job);
  return run.all();
}

/** Something with its place in the folders: several images are under way, and the first is not always done first. */
interface Placed<T> {
  readonly place: number;
  readonly one: T;
}

class Run {
  readonly #job: Job;
  readonly #stop = new AbortController();
  readonly #outcome: Outcome;
  readonly #skipped: Placed<SkippedImage>[] = [];
  readonly #scored: ScoredFolder;
  readonly #found: Placed<FoundImage>[] = [];
  readonly #passedOver = new PassedOverList();
  readonly #underWay = new Set<Promise<void>>();
  readonly #reach: FolderReach;
  readonly #outputs: ImageOutputs;
  /** All that the walk gave. */
  readonly #listed = new Set<string>();
  readonly #watched: WatchedImages | undefined;
  #listedAt = 0;
  /** As they were recognized when the run began. */
  #layouts: ImageFolders['layouts'];
  #fatal: SemapError | undefined;
  readonly #random = seededRandom(0);
  #wake: () => void = () => {};

  constructor(job: Job) {
    this.#job = job;
    this.#outcome = new Outcome(job.scorer);
    // Every image under way listens.
    setMaxListeners(0, this.#stop.signal);
    this.#scored = new ScoredFolder(job.backbone.labelSpace.labels.length, job.cache);
    this.#reach = new FolderReach(job.images.folders, {
      onAway: (away) =>
        job.meter.pause(away && phrase('Paused: {0} cannot be reached ({1}).', away.folder, away.why)),
      patience: job.watch ? Number.POSITIVE_INFINITY : PATIENCE_WHEN_AWAY,
    });
    const { cache, features, openInference, meter } = job;
    this.#outputs = new ImageOutputs({
      cache,
      features,
      openInference,
      reach: this.#reach,
      signal: this.#stop.signal,
      onCached: () => meter.cached++,
    });
    this.#watched = job.watch ? new WatchedImages(() => this.#walk()) : undefined;
  }

  async all(): Promise<ClassifiedFolders> {
    const { signal, meter } = this.#job;
    const abort = () => this.#stop.abort();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    let whole = false;
    try {
      await this.#reach.note();
      this.#stop.signal.addEventListener('abort', () => this.#wake(), { once: true });
      const listing = this.#list().catch((error) => this.#end(error));
      await this.#listing();
      meter.mixed = meter.listed;
      await this.#feed();
      await listing;
      // While the last ones are under way.
      await this.#lookAgain().catch((error) => this.#end(error));
      await Promise.all(this.#underWay);
      whole = !this.#stop.signal.aborted;
      if (whole && this.#watched) await this.#watch(this.#watched).catch((error) => this.#end(error));
    } finally {
      signal.removeEventListener('abort', abort);
    }
    if (this.#fatal) throw this.#fatal;
    const passedOver = this.#passedOver.all;
    if (meter.total === 0 && this.#skipped.length === 0 && !signal.aborted)
      throw noImages(this.#job.images.folders, passedOver);
    const isNow = ({ one }: Placed<SkippedImage>) => this.#watched?.isUnread(one.path) ?? true;
    const skipped = this.#skipped.filter(isNow).sort((a, b) => a.place - b.place);
    return {
      outcome: this.#watched?.outcome(this.#job.scorer) ?? this.#outcome,
      skipped: skipped.map(({ one }) => one),
      passedOver,
      scored: this.#watched?.isOther ? undefined : this.#scored,
      whole,
    };
  }

  /** Files that came while the others ran are run, too; but a folder that always grows is not followed for ever. */
  async #lookAgain(): Promise<void> {
    const { signal } = this.#stop;
    for (let look = 1; look <= MOST_LOOKS && !signal.aborted; look++) {
      const at = performance.now();
      if (at - this.#listedAt < LATE_MILLISECONDS) return;
      this.#listedAt = at;
      const before = this.#listed.size;
      for await (const found of this.#walk()) if (!this.#listed.has(found.path)) this.#take(found);
      if (this.#listed.size === before) return;
      await this.#drain();
    }
  }

  /** Runs what comes until the run is aborted. */
  async #watch(watched: WatchedImages): Promise<void> {
    const { images, meter } = this.#job;
    const { signal } = this.#stop;
    watched.begin(this.#skipped.map(({ one }) => one));
    meter.wait(watched.count);
    await watchFolders({
      folders: images.folders,
      growing: watched.growing,
      signal,
      again: () => this.#reach.isBack(signal),
      take: async ({ arrived, gone, unreadable }) => {
        const moved = new Map(arrived.map(({ state: { path }, from }) => [path, from]));
        meter.gone(watched.forget(gone));
        meter.more(arrived.length + unreadable.length);
        for (const found of unreadable) {
          watched.told(found.path);
          this.#skip(this.#listed.size, found);
        }
        for (const { image } of arrived) this.#found.push({ place: this.#listed.size, one: image });
        this.#outputs.goOn(moved);
        await this.#drain();
        for (const image of watched.unreadForLong()) this.#skip(this.#listed.size, image);
        meter.wait(watched.count);
      },
    });
  }

  async #list(): Promise<void> {
    const { meter } = this.#job;
    for await (const found of this.#walk({ passedOver: this.#passedOver })) this.#take(found);
    this.#listedAt = performance.now();
    meter.listed = true;
    this.#wake();
  }

  async *#walk(options: Pick<WalkOptions, 'passedOver'> = {}): AsyncGenerator<FoundImage | Unreadable> {
    const { images, watch } = this.#job;
    const { signal } = this.#stop;
    const again = () => this.#reach.isBack(signal);
    // A folder that is watched may be laid out only later.
    const layouts = watch ? images.layouts : (this.#layouts ?? (await layoutsOf(images, again)));
    this.#layouts = layouts;
    yield* walkImages({ ...images, layouts }, { ...options, signal, again });
  }

  #take(found: FoundImage | Unreadable): void {
    const { meter } = this.#job;
    const place = meter.total++;
    this.#listed.add(found.path);
    this.#scored.expect(meter.total);
    if (found.kind === 'image') this.#found.push({ place, one: found });
    else this.#skip(place, { path: found.path, reason: found.reason, folder: found.folder });
    this.#wake();
  }

  /** Begins one image after the other, as many at a time as keep decoders and lanes busy. */
  async #feed(): Promise<void> {
    const { signal } = this.#stop;
    const { meter } = this.#job;
    while (!signal.aborted) {
      const limit = Math.max(FIRST_LIMIT, this.#outputs.depth);
      if (this.#underWay.size >= limit || this.#found.length === 0) {
        if (meter.listed && this.#found.length === 0) return;
        await this.#next();
        continue;
      }
      const image = this.#image(takeAt(this.#found, this.#random())).finally(() => {
        this.#underWay.delete(image);
        this.#wake();
      });
      this.#underWay.add(image);
    }
  }

  /** Runs what was found since. */
  async #drain(): Promise<void> {
    await this.#feed();
    await Promise.all(this.#underWay);
  }

  /** Waits until all images are listed, unless that takes long. */
  async #listing(): Promise<void> {
    let late = false;
    const patience = setTimeout(() => {
      late = true;
      this.#wake();
    }, PATIENCE_MILLISECONDS);
    while (!late && !this.#job.meter.listed && !this.#stop.signal.aborted) await this.#next();
    clearTimeout(patience);
  }

  /** Waits until something happens. */
  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #image(image: Placed<FoundImage>): Promise<void> {
    const { scorer, meter } = this.#job;
    const { place, one: found } = image;
    try {
      const known = await this.#outputs.of(found.path);
      if ('unreadable' in known) {
        const image = { path: found.path, reason: known.unreadable };
        if (!this.#watched?.isDoubtful(image, known.state)) this.#skip(place, image);
        return;
      }
      const { state, logits, features } = known;
      const fired = this.#scored.add({ ...found, place }, state, logits);
      const [prediction] = scorer.predict([found], logits, () => fired, features, this.#outcome.signs);
      this.#outcome.add(found, prediction);
      this.#watched?.answered(found, state, prediction);
      meter.predicted(prediction, place);
    } catch (error) {
      this.#end(error);
    }
  }

  /** Ends the run for all images. */
  #end(error: unknown): void {
    // After a cancel the images that were waiting end here, and are as if never begun.
    if (this.#stop.signal.aborted) return;
    this.#fatal ??= toSemapError(error);
    this.#stop.abort();
  }

  #skip(place: number, { path, reason, folder }: SkippedImage): void {
    const image = { path, reason, folder };
    this.#skipped.push({ place, one: image });
    this.#job.meter.skipped(image);
  }
}

/** Takes an item out of a list, in whose order nobody is interested. @param share of the list, in [0, 1) */
function takeAt<T>(items: T[], share: number): T {
  const at = Math.floor(share * items.length);
  const taken = items[at];
  const last = items.pop()!;
  if (at < items.length) items[at] = last;
  return taken;
}
