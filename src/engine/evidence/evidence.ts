import { type AlignmentDocument, withHead } from '../../core/alignments/alignment.ts';
import { decidingText } from '../../core/alignments/alignmentDifference.ts';
import { alignmentScorer } from '../../core/alignments/alignmentScorer.ts';
import { areSameBackbones } from '../../core/alignments/members.ts';
import { SemapError } from '../../core/errors.ts';
import { cellEvidence, decidingCells } from '../../core/evidence/cells.ts';
import { compareScored } from '../../core/evidence/comparison.ts';
import { earnedWeights } from '../../core/evidence/earnedWeights.ts';
import { type ScoredAlignment, scoreAlignment } from '../../core/evidence/figures.ts';
import { ImageScorer, type PlacedImage } from '../../core/evidence/imageScorer.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { looksOf } from '../../core/likeness/looks.ts';
import { decidedTarget } from '../../core/mapping/scoring.ts';
import { phrase } from '../../core/text/text.ts';
import type { ImageTruths } from '../../core/truths/imageTruths.ts';
import type { CachedImages, EvidenceMethods } from '../../protocol/evidence.ts';
import type { FolderScores, Scores } from '../classify/folderScores.ts';
import { type PreparedBackbone, prepareBackbone, truthsOf } from '../classify/preparedAlignment.ts';
import type { ScoredFolder } from '../classify/scoredFolder.ts';
import { usable } from '../features/features.ts';
import { compareFolder, groupsAtHand } from '../likeness/folderLikeness.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import type { BackboneServices } from '../services.ts';
import { learnedWeights } from './weighing.ts';

type Params<Method extends keyof EvidenceMethods> = EvidenceMethods[Method]['params'];
type Result<Method extends keyof EvidenceMethods> = Promise<EvidenceMethods[Method]['result']>;

/** Alignments whose predictions on one folder are remembered: the one before an edit, and some after. */
const REMEMBERED = 4;
const STRONGEST = 12;
/** Thumbnails that are asked for at once, at most. */
const MOST_STRONGEST = 100;

interface EvidenceParts extends BackboneServices {
  readonly cacheFolder: string;
  readonly scores: FolderScores;
}

/** Groups numbered as their first images come in the folders: images may have come in another order, each time another. */
function numbered(groups: Int32Array, images: readonly PlacedImage[]): Int32Array {
  const order = Array.from(groups.keys()).sort((a, b) => (images[a].place ?? a) - (images[b].place ?? b));
  const numbers = new Map<number, number>();
  const result = new Int32Array(groups.length).fill(-1);
  for (const at of order) {
    const group = groups[at];
    if (group < 0) continue;
    if (!numbers.has(group)) numbers.set(group, numbers.size);
    result[at] = numbers.get(group)!;
  }
  return result;
}

/** What cached outputs say about alignments. */
export class Evidence {
  readonly #parts: EvidenceParts;
  readonly #remembered = new WeakMap<ScoredFolder, Map<string, ScoredAlignment>>();

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
  }

  async liveScore({ alignment, before, ...images }: Params<'liveScore'>): Result<'liveScore'> {
    const after = await this.#prepare(images, alignment);
    // Outputs of other backbones say nothing of what these would have answered.
    const comparable = before && areSameBackbones(before, alignment) ? before : undefined;
    const earlier = comparable && (await this.#prepare(images, comparable));
    const { scored, unseen } = await this.#folder(images, after, after.features ?? earlier?.features);
    const truths = await truthsOf(this.#parts, images);
    // The one before first: from there the edited one costs the difference.
    const then = earlier && (await this.#score(comparable, earlier, scored, truths));
    const now = await this.#score(alignment, after, scored, truths);
    if (!then) return { now: now.figures, changed: 0, unseen };
    let changed = 0;
    for (let i = 0; i < now.predicted.length; i++) {
      if (now.labels[now.predicted[i]] !== then.labels[then.predicted[i]]) changed++;
    }
    return { now: now.figures, before: then.figures, changed, unseen };
  }

  async cellEvidence(params: Params<'cellEvidence'>): Result<'cellEvidence'> {
    const { alignment, target, source, strongest = STRONGEST } = params;
    const { scored } = await this.#folder(
      params,
      await this.#prepare(params, withHead(alignment, undefined)),
    );
    const labels = alignment.targets.map(({ label }) => label);
    const scorer = new ImageScorer(
      alignment,
      new FolderTargets(labels, await this.#parts.wordnet()),
      await truthsOf(this.#parts, params),
    );
    return cellEvidence(scored, scorer, { target, source, strongest: Math.min(MOST_STRONGEST, strongest) });
  }

  async decidingCells(params: Params<'decidingCells'>): Result<'decidingCells'> {
    const { alignment, path } = params;
    const { head, features, ...prepared } = await this.#prepare(params, alignment);
    const { scored: folder } = await this.#folder(params, prepared, features);
    const at = folder.images.findIndex((image) => image.path === path);
    if (at < 0) throw new SemapError('not-found', phrase('{0} has no output in the cache.', path));
    const logits = folder.row(at);
    const mapped = alignmentScorer(alignment).score(logits);
    const scores = head?.score({ logits, features: features && folder.features(at, features), mapped }, 1);
    return {
      ...decidingCells(alignment, decidedTarget(scores ?? mapped), logits),
      ...(head && { head: head.kind }),
    };
  }

  async examineImages(params: Params<'examineImages'>, signal: AbortSignal): Result<'examineImages'> {
    const prepared = await this.#prepare(params, withHead(params.alignment, undefined));
    const { backbone, outputs, caches } = prepared;
    const { scored } = await this.#folder(params, prepared);
    const tapped = usable(await caches.reading(backbone));
    const features = tapped && (await caches.openFeatures(backbone, tapped));
    const { groups, odd } = await compareFolder({ scored, outputs, features }, signal);
    const facts = Array.from(scored.states(), (state) => outputs.factsOf(state));
    return {
      paths: scored.images.map(({ path }) => path),
      groups: numbered(groups, scored.images),
      looks: looksOf(facts, odd),
      widths: Int32Array.from(facts, (one) => one?.width ?? 0),
      heights: Int32Array.from(facts, (one) => one?.height ?? 0),
    };
  }

  async memberWeights(params: Params<'memberWeights'>, signal: AbortSignal): Result<'memberWeights'> {
    const { alignment, ...images } = params;
    const prepared = await this.#prepare(images, withHead(alignment, undefined));
    const learned = await learnedWeights(this.#parts, { alignment, images, ...prepared }, signal);
    if (learned) return learned;
    const { scored } = await this.#folder(images, prepared);
    if (scored.images.length === 0)
      throw new SemapError('no-images', phrase('No image has an output of each backbone.'));
    return { weights: await earnedWeights(alignment, scored), images: scored.images.length };
  }

  async compareAlignments(
    { sides, ...images }: Params<'compareAlignments'>,
    signal: AbortSignal,
  ): Result<'compareAlignments'> {
    const truths = await truthsOf(this.#parts, images);
    const [first, second] = await Promise.all(
      sides.map(async ({ alignment, ...side }) => {
        const prepared = await this.#prepare(side, alignment);
        const { outputs, features } = prepared;
        const { scored } = await this.#folder(images, prepared, features);
        return {
          images: scored.images,
          scored: await this.#score(alignment, prepared, scored, truths),
          groups: await groupsAtHand({ scored, outputs, features }, signal),
        };
      }),
    );
    return compareScored(first, second);
  }

  async #score(
    alignment: AlignmentDocument,
    { head, features }: PreparedBackbone,
    folder: ScoredFolder,
    truths: ImageTruths,
  ): Promise<ScoredAlignment> {
    const known = this.#remembered.get(folder) ?? new Map<string, ScoredAlignment>();
    this.#remembered.set(folder, known);
    const key = decidingText(alignment);
    let scored = known.get(key);
    // Images may have joined the folder since.
    if (scored?.predicted.length !== folder.images.length || scored.told !== truths.version) {
      const wordnet = await this.#parts.wordnet();
      const alike = [...known.values()].filter(({ predicted }) => predicted.length === folder.images.length);
      scored = await scoreAlignment(
        alignment,
        folder.withFeatures(features),
        { wordnet, truths },
        alike,
        head,
      );
    }
    known.delete(key);
    known.set(key, scored);
    for (const oldest of [...known.keys()].slice(0, -REMEMBERED)) known.delete(oldest);
    return scored;
  }

  #prepare(
    { backbone, sidecar, job }: Omit<CachedImages, 'folders'>,
    alignment: AlignmentDocument,
  ): Promise<PreparedBackbone> {
    return prepareBackbone(this.#parts, { backbone, sidecar, alignment, job });
  }

  /** @param features that images must have */
  #folder(
    images: ImageFolders,
    { backbone, outputs }: Pick<PreparedBackbone, 'backbone' | 'outputs'>,
    features?: OutputStore,
  ): Promise<Scores> {
    return this.#parts.scores.of(images, backbone, outputs, features);
  }
}
