import { createHash } from 'node:crypto';
import { mustFit } from '../../core/alignments/alignmentFit.ts';
import { logSumExp } from '../../core/caution/assurance.ts';
import { checkCaution } from '../../core/caution/checkCaution.ts';
import { invalidArgument } from '../../core/errors.ts';
import { answerOf, ImageScorer, Outcome, type PlacedImage } from '../../core/evidence/imageScorer.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { seededRandom } from '../../core/random.ts';
import type { AnswerFigures } from '../../core/runs/answerFigures.ts';
import { phrase } from '../../core/text/text.ts';
import { mustBeFolder } from '../../files/folders.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { SettleParams, SettleResult, SettlingMethods } from '../../protocol/settling.ts';
import { figuresOf } from '../classify/classifyService.ts';
import type { FolderScores } from '../classify/folderScores.ts';
import { promptedBackbone } from '../classify/promptedBackbone.ts';
import type { BackboneServices } from '../services.ts';
import { cautiously } from './caution.ts';

/** Fewer images say nothing about each other. */
const FEWEST = 3;

interface Parts extends BackboneServices {
  readonly scores: FolderScores;
}

/** Images of folders in their order, and what the mapping alone says of them. */
interface Plain {
  readonly images: readonly PlacedImage[];
  readonly scorer: ImageScorer;
  /** Row-major [N, T]. */
  readonly scores: Float32Array;
  /** Log-sum-exp of each image's logits. */
  readonly evidence: Float32Array;
  readonly unseen: number;
}

/** The answers for the images of a folder together, and what to ask a person about them. */
export class SettleService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async settle(params: SettleParams): Promise<SettleResult> {
    const started = performance.now();
    const plain = await this.#plain(params);
    const { images, scorer, scores, unseen } = plain;
    if (params.mode === 'always' && images.length < FEWEST) throw tooFew(images.length);
    const { targets, confidences } = answers(scores, scorer.targets.length);
    const order = orderOf(images);
    const truths = Int32Array.from(images, (image) => scorer.judgedBy(image));
    const figures = measured(plain, targets, truths);
    const shares = sharesOf(targets, scorer.targets.length);
    const given = Int32Array.from(images, (image) => scorer.givenOf(image));
    const { alignment, caution } = params;
    const answered = { alignment, targets, confidences, answerScores: scores, temperature: 1, given, truths };
    const cautious =
      caution &&
      cautiously({ ...answered, scores, evidence: plain.evidence }, caution, await this.#parts.wordnet());
    return {
      order,
      ...(params.known === order ? {} : { paths: images.map(({ path }) => path) }),
      targets,
      confidences,
      plainTargets: targets.slice(),
      plainConfidences: confidences.slice(),
      given,
      truths,
      settled: false,
      kind: 'logits',
      information: 0,
      evidence: 0,
      guard: 0,
      changed: 0,
      shares,
      plainShares: shares.slice(),
      learned: 0,
      held: 0,
      doubtful: [],
      cautious,
      figures,
      plainFigures: figures,
      unseen,
      seconds: (performance.now() - started) / 1000,
    };
  }

  async propose({
    count,
    ...params
  }: SettlingMethods['proposeImages']['params']): Promise<SettlingMethods['proposeImages']['result']> {
    const { images } = await this.#plain(params);
    const left = images.map(({ path }) => path);
    const random = seededRandom(left.length);
    const paths = Array.from({ length: Math.min(count, left.length) }, () => {
      return left.splice(Math.floor(random() * left.length), 1)[0];
    });
    return { paths };
  }

  async #plain({
    folders,
    backbone: ref,
    sidecar,
    alignment,
    truths: file,
    caution,
  }: SettleParams): Promise<Plain> {
    const { backbones, outputs, scores, truths, wordnet } = this.#parts;
    const bare = await backbones.describe(ref, sidecar);
    mustFit(alignment, bare);
    const backbone = await promptedBackbone(bare, alignment);
    await Promise.all(folders.map(mustBeFolder));
    const labels = alignment.targets.map(({ label }) => label);
    const told = await truths.of(folders, file);
    const scorer = new ImageScorer(alignment, new FolderTargets(labels, await wordnet()), told);
    if (caution) checkCaution(labels, caution);
    const { scored, unseen } = await scores.of(folders, backbone, await outputs.open(backbone));
    const all = new Float32Array(scored.images.length * labels.length);
    const S = backbone.labelSpace.labels.length;
    const evidence = new Float32Array(scored.images.length);
    const places = scored.images.map(({ place }, at) => place ?? at);
    const rank = new Uint32Array(places.length);
    const order = places.map((_, at) => at).sort((a, b) => places[a] - places[b]);
    for (const [to, at] of order.entries()) rank[at] = to;
    for await (const { from, images, logits } of scored.blocks()) {
      const block = scorer.score(logits, images.length);
      for (let i = 0; i < images.length; i++) {
        const row = block.subarray(i * labels.length, (i + 1) * labels.length);
        all.set(row, rank[from + i] * labels.length);
        evidence[rank[from + i]] = logSumExp(logits.subarray(i * S, (i + 1) * S));
      }
    }
    return { images: order.map((at) => scored.images[at]), scorer, scores: all, evidence, unseen };
  }
}

function tooFew(images: number) {
  return invalidArgument(
    phrase(
      'Settling compares the images of a folder: it needs at least {0}, and there are {1}.',
      FEWEST,
      images,
    ),
  );
}

function answers(scores: Float32Array, width: number): Pick<SettleResult, 'targets' | 'confidences'> {
  const count = scores.length / width;
  const targets = new Int32Array(count);
  const confidences = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const { target, confidence } = answerOf(scores.subarray(i * width, (i + 1) * width));
    targets[i] = target;
    confidences[i] = confidence;
  }
  return { targets, confidences };
}

function measured(
  { images, scorer }: Pick<Plain, 'images' | 'scorer'>,
  targets: Int32Array,
  truths: Int32Array,
): AnswerFigures {
  const outcome = new Outcome(scorer);
  for (const [i, image] of images.entries()) outcome.add(image, { target: targets[i], truth: truths[i] });
  const { images: _, ...figures } = figuresOf(outcome.report(), scorer);
  return figures;
}

function sharesOf(targets: Int32Array, width: number): Float64Array {
  const shares = new Float64Array(width);
  for (const target of targets) if (target >= 0) shares[target] += 1 / targets.length;
  return shares;
}

function orderOf(images: readonly PlacedImage[]): string {
  const hash = createHash('sha256');
  for (const { path } of images) hash.update(`${path}\0`);
  return hash.digest('hex').slice(0, 32);
}

/** The calls about the images of folders together, served by what `started` gives. */
export function settleHandlers(started: () => SettleService): Handlers<SettlingMethods> {
  return {
    settle: (params) => started().settle(params),
    proposeImages: (params) => started().propose(params),
  };
}
