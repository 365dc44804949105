import { createHash } from 'node:crypto';
import { withHead } from '../../core/alignments/alignment.ts';
import { decidingText } from '../../core/alignments/alignmentDifference.ts';
import { checkCaution } from '../../core/caution/checkCaution.ts';
import { type Checked, checkedNeeded } from '../../core/caution/conformal.ts';
import { invalidArgument, SemapError } from '../../core/errors.ts';
import type { FeatureKind } from '../../core/heads/features.ts';
import { encodeHead } from '../../core/heads/headFile.ts';
import { FEWEST_SETTLED, SHARPNESS } from '../../core/heads/settle.ts';
import { storedShare } from '../../core/metrics/storedShare.ts';
import { imageCount } from '../../core/text/numbers.ts';
import { phrase, plural, verbatim } from '../../core/text/text.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import { apartFrom, wholeGroups } from '../../core/wholeGroups.ts';
import { mustBeFolder } from '../../files/folders.ts';
import type { LearnedHeadFile, LearnHeadParams, LearningMethods } from '../../protocol/learning.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import type { SettleParams, SettleProgress, SettleResult, SettlingMethods } from '../../protocol/settling.ts';
import type { FolderScores } from '../classify/folderScores.ts';
import { prepareAlignment } from '../classify/preparedAlignment.ts';
import { usable } from '../features/features.ts';
import { groupsOf } from '../likeness/folderLikeness.ts';
import type { BackboneServices } from '../services.ts';
import { Thread } from '../threads/thread.ts';
import { cautiously, checkedAnswers } from './caution.ts';
import { type FolderFeatures, folderFeatures } from './folderFeatures.ts';
import { keysOf, lessonOf } from './lesson.ts';
import { labelsOf, type MappedFolder, mappedImages, type PlainFolder } from './plainFolder.ts';
import { answers, expectedOf, meanShares, measured, orderOf, truthsOf, withGiven } from './settledAnswers.ts';
import { drawn, isTaught, learnedOf, placesIn, withFeatures, workOf } from './settleWork.ts';
import type { FeatureRowsApi, SettleApi, SettledFolder } from './settleWorker.ts';

/** So long after its last use what a folder was made into is let go of. */
const IDLE_MILLISECONDS = 300_000;
/** Parts of the labels that are left out in turn, to know how right answers are without them. */
const CROSS_PARTS = 5;
/** A score of each label for each image; there are three such tables at once, 256 MB each. */
const MOST_SCORES = 1 << 26;

interface Parts extends BackboneServices {
  readonly cacheFolder: string;
  readonly scores: FolderScores;
}

type Context = Pick<CallContext<SettleProgress>, 'signal' | 'report'>;

/** Scores of the images together, where they could be settled. */
interface Together extends SettledFolder {
  readonly kind: FeatureKind;
}

/** The answers for the images of a folder together, and what to ask a person about them. */
export class SettleService {
  readonly #parts: Parts;
  /** Features that the worker may ask for, as long as a call is about them. */
  readonly #readers = new Map<string, { readonly features: FolderFeatures; calls: number }>();
  #thread: Thread<SettleApi, FeatureRowsApi> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #calls = 0;
  /** The last one: labels change round by round, and the mapping does not. */
  #last: { readonly alignment: string; readonly mapped: MappedFolder } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async settle(params: SettleParams, context: Context): Promise<SettleResult> {
    const started = performance.now();
    const plain = await this.#plain(params);
    const { images, scorer, scores, labels, unseen } = plain;
    const width = scorer.targets.length;
    if (params.mode === 'always' && images.length < FEWEST_SETTLED) throw tooFew(images.length);
    const together = params.mode === 'never' ? undefined : await this.#together(plain, params, context, true);
    const settled = together !== undefined && together.evidence > 0;
    const { targets: plainTargets, confidences: plainConfidences } = answers(scores, width, 1);
    const temperature = settled ? SHARPNESS : 1;
    const answerScores = settled ? together.scores : scores;
    const found = settled
      ? answers(answerScores, width, temperature)
      : { targets: plainTargets.slice(), confidences: plainConfidences.slice() };
    const order = orderOf(images);
    const truths = truthsOf(plain);
    const { given } = labels;
    const { alignment, caution } = params;
    const trust = together?.trust;
    const answered = { alignment, ...found, answerScores, temperature, ...labels, truths, trust };
    const cautious =
      caution &&
      cautiously(
        {
          ...answered,
          scores,
          evidence: plain.evidence,
          held: await this.#heldApart(plain, params, context.signal),
          crossChecked: await this.#crossChecked(plain, params, context),
        },
        caution,
        await this.#parts.wordnet(),
      );
    const figures = measured(plain, found.targets, truths);
    const expected = expectedOf(found.targets, labels);
    const { targets, confidences } = withGiven(found, given);
    return {
      order,
      ...(params.known === order ? {} : { paths: images.map(({ path }) => path) }),
      targets,
      confidences,
      plainTargets,
      plainConfidences,
      given,
      truths,
      settled,
      kind: together?.kind ?? 'logits',
      information: together?.information ?? 0,
      evidence: together?.evidence ?? 0,
      guard: together?.guard ?? 0,
      changed: targets.reduce(
        (sum, target, i) => sum + Number(given[i] === GIVEN.nothing && target !== plainTargets[i]),
        0,
      ),
      shares: meanShares(answerScores, width, temperature),
      plainShares: meanShares(scores, width, 1),
      learned: learnedOf(labels).images.length,
      held: labels.held.reduce((sum, one) => sum + one, 0),
      doubtful: (together?.doubtful ?? []).map(({ image, target, probability }) => ({
        image,
        given: given[image],
        answer: target,
        confidence: probability,
      })),
      labelNotes: plain.labelNotes,
      cautious,
      ...(expected ? { expected } : {}),
      figures,
      plainFigures: measured(plain, plainTargets, truths),
      unseen,
      seconds: (performance.now() - started) / 1000,
    };
  }

  async propose(
    { count, random, ...params }: SettlingMethods['proposeImages']['params'],
    context: Context,
  ): Promise<SettlingMethods['proposeImages']['result']> {
    const plain = await this.#plain(params);
    const { images, scorer, labels, elsewhere } = plain;
    const left = Int32Array.from(images.keys()).filter(
      (i) => labels.given[i] === GIVEN.nothing && !elsewhere.has(i),
    );
    const comparable = images.length >= FEWEST_SETTLED && scorer.targets.length > 1;
    const chosen =
      random || !comparable
        ? drawn(images, left).slice(0, count)
        : await this.#asked(plain, params, { left, count }, context);
    return { paths: Array.from(chosen, (i) => images[i].path) };
  }

  async learn({ kind, perLabel, ...params }: LearnHeadParams, context: Context): Promise<LearnedHeadFile> {
    const alignment = withHead(params.alignment, undefined);
    const plain = await this.#plain({ ...params, alignment, mode: 'always' });
    const { images, scorer, backbone } = plain;
    if (images.length < FEWEST_SETTLED) throw tooFewToLearn(images.length);
    const features = await this.#features(plain, context);
    const placeOf = placesIn(features.images);
    const groups = await this.#groups(plain, context.signal);
    const lesson = lessonOf(images, scorer, { ...plain.labels, groups }, perLabel);
    const learn = withFeatures(lesson.learn, placeOf);
    const work = {
      ...workOf(plain, features, params.balanced === true),
      kind,
      labelled: learn,
      measure: withFeatures(lesson.measure, placeOf),
      seen: learn.images.filter((at) => {
        const image = images[features.images[at]];
        return scorer.isLearnedFrom(image) || scorer.isFromAgent(image);
      }),
      groups: features.images.map((at) => groups[at]),
    };
    const found = await this.#call('learn', work, features, context.signal, (share) =>
      context.report(settling(share, images.length)),
    );
    const { images: measured, accuracy } = found.validation;
    const learned = {
      images: learn.images.length,
      found: images.length,
      ...(lesson.splits && { splits: lesson.splits }),
      validation: { images: measured, accuracy: accuracy === null ? null : storedShare(accuracy) },
      learned: keysOf(
        images,
        learn.images.map((at) => features.images[at]),
      ),
    };
    const bytes = encodeHead({
      kind: found.kind,
      backbone: backbone.sha256,
      prompt: backbone.input.prompt?.sha256 ?? '',
      targets: scorer.targets,
      terms: found.terms,
      learned,
    });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { head: { kind: found.kind, sha256, learned }, bytes };
  }

  /** Ends the worker after the call in progress. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const thread = this.#thread;
    this.#thread = undefined;
    this.#last = undefined;
    await thread?.close();
  }

  /**
   * Undefined where images are too few, there is but one label, or the head is a mixture: it says what settling said, so
   * settling without labels would count that twice (1.9 points worse on folders that come later). Whoever asks for it
   * gets it.
   */
  async #together(
    plain: PlainFolder,
    { balanced = false, mode, alignment }: SettleParams,
    context: Context,
    doubts = false,
  ): Promise<Together | undefined> {
    const { images, scorer, scores } = plain;
    const T = scorer.targets.length;
    if (mode === 'auto' && alignment.head?.kind === 'mixture' && !isTaught(plain.labels)) return undefined;
    if (images.length < FEWEST_SETTLED || T < 2) return undefined;
    const features = await this.#features(plain, context);
    if (features.images.length < FEWEST_SETTLED) return undefined;
    const work = workOf(plain, features, balanced);
    const { signal } = context;
    const found = await this.#call('settle', { ...work, doubts }, features, signal, (share) =>
      context.report(settling(share, images.length)),
    );
    const doubtful = found.doubtful.map((doubt) => ({ ...doubt, image: features.images[doubt.image] }));
    if (features.images.length === images.length) return { ...found, doubtful, kind: features.kind };
    // Images without features keep what the mapping says.
    const all = scores.slice();
    for (const [from, to] of features.images.entries())
      all.set(found.scores.subarray(from * T, (from + 1) * T), to * T);
    return { ...found, scores: all, doubtful, kind: features.kind };
  }

  /**
   * Labels of persons, each judged by answers that did not learn from it: the folder is settled again without a part of
   * them, part by part (cross-conformal prediction). Proposed images are no fair sample.
   */
  async #crossChecked(
    plain: PlainFolder,
    params: SettleParams,
    context: Context,
  ): Promise<readonly Checked[] | undefined> {
    const { caution, mode, alignment } = params;
    const { images, scorer, scores, evidence, labels, proposed } = plain;
    if (!caution?.none) return undefined;
    const needed = checkedNeeded(caution.none.errorRate);
    const { given, held } = labels;
    const count = (isIt: (image: number) => boolean) => [...given.keys()].filter(isIt).length;
    if (count((i) => held[i] === 1) >= needed) return undefined;
    const fair = Int32Array.from(given.keys()).filter(
      (i) =>
        given[i] !== GIVEN.nothing && held[i] === 0 && !proposed.has(i) && !scorer.isLearnedFrom(images[i]),
    );
    // Nothing rests on them yet; how many there are is told.
    if (fair.length < needed) return Array.from(fair, () => ({ assurance: 0, wrong: true }));
    const groups = await this.#groups(plain, context.signal);
    const units = wholeGroups(drawn(images, fair), (i) => groups[i]);
    const checked: Checked[] = [];
    const parts = mode === 'never' ? 1 : Math.min(CROSS_PARTS, units.length);
    for (let part = 0; part < parts; part++) {
      const left = new Set(units.filter((_, at) => at % parts === part).flat());
      const without = {
        ...labels,
        given: given.map((target, i) => (left.has(i) ? GIVEN.nothing : target)),
      };
      const together =
        mode === 'never' ? undefined : await this.#together({ ...plain, labels: without }, params, context);
      const isSettled = together !== undefined && together.evidence > 0;
      const temperature = isSettled ? SHARPNESS : 1;
      const answerScores = isSettled ? together.scores : scores;
      const found = answers(answerScores, scorer.targets.length, temperature);
      const trust = together?.trust;
      const answered = { alignment, ...found, answerScores, temperature, scores, evidence, trust, given };
      checked.push(...checkedAnswers(answered, Int32Array.from(left), caution, await this.#parts.wordnet()));
    }
    return checked;
  }

  /** Images that only measure, without near-duplicates of those that are learned from. */
  async #heldApart(
    plain: PlainFolder,
    { caution, mode }: SettleParams,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { given, held } = plain.labels;
    const learned = learnedOf(plain.labels).images;
    if (!caution?.none || mode === 'never' || learned.length === 0 || !held.includes(1)) return held;
    const groups = await this.#groups(plain, signal);
    const measured = [...given.keys()].filter((i) => held[i] === 1);
    const apart = new Set(
      apartFrom(
        learned,
        measured,
        (i) => groups[i],
        (i) => given[i],
      ),
    );
    return held.map((one, i) => (apart.has(i) ? one : 0));
  }

  /** Per image the number of its group of near-duplicates, -1 for none. */
  async #groups({ backbone, caches, scored, order }: PlainFolder, signal: AbortSignal): Promise<Int32Array> {
    const tapped = usable(await caches.reading(backbone));
    const features = tapped && (await caches.openFeatures(backbone, tapped));
    const groups = await groupsOf({ scored, outputs: await caches.open(backbone), features }, signal);
    return Int32Array.from(order, (at) => groups[at]);
  }

  async #asked(
    plain: PlainFolder,
    { balanced = false }: SettleParams,
    { left, count }: { readonly left: Int32Array; readonly count: number },
    context: Context,
  ): Promise<readonly number[]> {
    const features = await this.#features(plain, context);
    const placeOf = placesIn(features.images);
    const known = Int32Array.from(plain.images.keys()).filter((i) => plain.labels.given[i] !== GIVEN.nothing);
    const pool = left.map(placeOf).filter((at) => at >= 0);
    const asking = {
      ...workOf(plain, features, balanced),
      pool,
      known: known.map(placeOf).filter((at) => at >= 0),
      count: Math.min(count, pool.length),
    };
    const found = await this.#call('propose', asking, features, context.signal, (share) =>
      context.report(settling(share, plain.images.length)),
    );
    return found.map((at) => features.images[at]);
  }

  #features(
    { backbone, caches, scored, order }: PlainFolder,
    { signal, report }: Context,
  ): Promise<FolderFeatures> {
    return folderFeatures(this.#parts, {
      backbone,
      caches,
      scored,
      order,
      signal,
      report: (done, total) => report({ step: 'features', done, total }),
    });
  }

  async #call<K extends keyof SettleApi & string>(
    method: K,
    params: SettleApi[K]['params'],
    features: FolderFeatures,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<SettleApi[K]['result']> {
    if (!this.#thread || this.#thread.ended) {
      this.#thread = new Thread<SettleApi, FeatureRowsApi>('settle/settleWorker', {
        handlers: { rows: (asked) => this.#rows(asked) },
      });
    }
    clearTimeout(this.#idle);
    const reader = this.#readers.get(features.key) ?? { features, calls: 0 };
    this.#readers.set(features.key, reader);
    reader.calls++;
    this.#calls++;
    try {
      return await this.#thread.call(method, params, {
        signal,
        onProgress: onProgress as (share: SettleApi[K]['progress']) => void,
      });
    } finally {
      if (--reader.calls === 0) this.#readers.delete(features.key);
      this.#calls--;
      this.#restLater();
    }
  }

  /** What folders were made into is let go of when nobody asks any more. */
  #restLater(): void {
    if (this.#calls > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), IDLE_MILLISECONDS);
    this.#idle.unref();
  }

  #rows({ key, from, to, into }: FeatureRowsApi['rows']['params']): undefined {
    const reader = this.#readers.get(key);
    if (!reader) throw new SemapError('internal', verbatim(`No features of ${key}.`));
    reader.features.read(from, to, new Float32Array(into));
    return undefined;
  }

  async #plain(params: SettleParams): Promise<PlainFolder> {
    const { folders, alignment, caution, job } = params;
    if (job === undefined) await Promise.all(folders.map(mustBeFolder));
    const prepared = await prepareAlignment(this.#parts, params);
    const { backbone, scorer, outputs, caches, features: tapped, truths } = prepared;
    if (caution) checkCaution(scorer.targets, caution);
    const { scored, unseen } = await this.#parts.scores.of(params, backbone, outputs, tapped);
    const [N, T] = [scored.images.length, scorer.targets.length];
    if (N * T > MOST_SCORES) throw tooMany(N, T);
    const text = decidingText(alignment);
    const last = this.#last;
    const same = last?.mapped.scored === scored && last.alignment === text ? last.mapped : undefined;
    const mapped = same ?? (await mappedImages(scored, scorer, tapped));
    this.#last = { alignment: text, mapped };
    this.#restLater();
    return { ...mapped, backbone, caches, scorer, unseen, ...labelsOf(mapped.images, scorer, truths) };
  }
}

function settling(share: number, total: number): SettleProgress {
  return { step: 'settling', done: Math.floor(share * total), total };
}

function tooMany(images: number, labels: number): SemapError {
  return new SemapError(
    'out-of-memory',
    phrase(
      'Settling keeps a score of each label for each image: {0} labels are too many for {1}.',
      labels,
      imageCount(images),
    ),
    { hint: phrase('Settle parts of the folder, or with fewer labels.') },
  );
}

function tooFewToLearn(images: number): SemapError {
  return invalidArgument(
    plural(
      images,
      'Learning takes at least {1} images, and there is {0}.',
      'Learning takes at least {1} images, and there are {0}.',
      FEWEST_SETTLED,
    ),
  );
}

function tooFew(images: number): SemapError {
  return invalidArgument(
    plural(
      images,
      'Settling compares the images of a folder: it needs at least {1}, and there is {0}.',
      'Settling compares the images of a folder: it needs at least {1}, and there are {0}.',
      FEWEST_SETTLED,
    ),
  );
}

/** The calls about the images of folders together, served by what `started` gives. */
export function settleHandlers(started: () => SettleService): Handlers<SettlingMethods & LearningMethods> {
  return {
    learnHead: (params, context) => started().learn(params, context),
    settle: (params, context) => started().settle(params, context),
    proposeImages: (params, context) => started().propose(params, context),
  };
}
