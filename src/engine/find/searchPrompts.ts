import path from 'node:path';
import { parseAlignment } from '../../core/alignments/alignmentText.ts';
import { withPaths } from '../../core/alignments/documentPaths.ts';
import { problemOf } from '../../core/errors.ts';
import { ImageScorer } from '../../core/evidence/imageScorer.ts';
import { type Candidate, candidateId } from '../../core/find/candidate.ts';
import { bestOf, referenceOf, searchedOf } from '../../core/find/choose.ts';
import type { Outcomes } from '../../core/find/outcomes.ts';
import { foldsOf } from '../../core/find/parts.ts';
import { packAnswers } from '../../core/find/searchLines.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { decidedTarget } from '../../core/mapping/scoring.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import type { TrainMapping, TrainParams, TrainSettings } from '../../core/runs/trainingSettings.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { type RunImages, stratifiedSplit } from '../../core/training/split.ts';
import { readOfRun } from '../../files/runFolders.ts';
import { prepareBackbone } from '../classify/preparedAlignment.ts';
import { sampleOutputs } from '../classify/sampleOutputs.ts';
import { readFeatures } from '../features/features.ts';
import type { UsableBackbone } from './findBackbones.ts';
import { answersOf } from './findFiles.ts';
import type { Search } from './search.ts';

/** The settings of a prompt that matter, the likeliest to win first. */
const PROMPTS: readonly { readonly kind: 'watermark' | 'low-rank'; readonly mapping: TrainMapping }[] = [
  { kind: 'watermark', mapping: 'linear-probe' },
  { kind: 'watermark', mapping: 'blm+' },
  { kind: 'low-rank', mapping: 'linear-probe' },
];
/** Epochs after which half of the prompts go on: one run each, whose rate follows the last of these all the way. */
const RUNGS = [3, 10, 20] as const;
const LAST_RUNG = RUNGS[RUNGS.length - 1];
/** Of the images that a prompt may learn from, the share that chooses its epoch. */
const VALIDATION = 0.2;
/** With less time left nothing is begun. */
const LEAST_SECONDS = 20;
/** Labeled images with which no prompt learns anything. */
const LEAST_IMAGES = 20;
const LARGEST_DOCUMENT = 256 << 20;

/**
 * Trains prompts on the backbone that is best by all labels: each for a few epochs, the better ones further, from where they
 * were. What judges them is the first of the parts that others were asked in turn: they learn from the same images, choose
 * their epoch by some of these, and answer the same ones.
 */
export async function trainPrompts(search: Search): Promise<void> {
  const { tools, parts } = search;
  const all = [...search.candidates.values()];
  const plain = all.filter(
    (one) => one.budget === 'all' && one.search && !one.problem && one.backbones.length === 1,
  );
  const best = bestOf(plain, referenceOf(all));
  if (!best || parts.search.length < LEAST_IMAGES || tools.params.withoutPrompts) return;
  const [backbone] = search.outputs.membersOf(best.key);
  if (!backbone) return;
  let left = PROMPTS.map((prompt) => candidateOf(backbone, best, prompt));
  for (const one of left) search.set(one);
  for (const [rung, epochs] of RUNGS.entries()) {
    for (const { id } of left) {
      const isKnown =
        tools.lines.find<'trained'>({ kind: 'trained', id, rung }) !== undefined ||
        tools.lines.find<'failed'>({ kind: 'failed', id }) !== undefined;
      if (!(await search.may(isKnown, tools.clock.left >= LEAST_SECONDS))) {
        const candidate = search.candidates.get(id)!;
        if (!candidate.search) search.set({ ...candidate, ended: NO_TIME });
        continue;
      }
      await trainTo(search, backbone, id, { rung, epochs });
    }
    left = better(search, left);
  }
}

const NO_TIME = phrase('Not trained: the search ended first.');

function candidateOf(
  { key, prepared }: UsableBackbone,
  best: Candidate,
  { kind, mapping }: (typeof PROMPTS)[number],
): Candidate {
  const { height, width } = prepared.backbone.input;
  const id = candidateId(`${kind}-${mapping}`, 'all', key);
  // Three channels; low-rank: two factors of rank 4 for each.
  const numbers = kind === 'watermark' ? 3 * height * width : 3 * 4 * (height + width);
  return {
    id,
    way: { prompt: { kind }, epochs: LAST_RUNG, scores: mapping },
    budget: 'all',
    backbones: best.backbones,
    key,
    cost: { ...best.cost, seconds: null, bytes: best.cost.bytes + 4 * numbers },
    round: 0,
    // Not its name, which may be longer than a folder's, or have only letters that no folder has.
    training: `${kind}-${mapping}-${prepared.backbone.sha256.slice(0, 8)}`,
  };
}

/** Those that go on: the better half, the first of equal ones. */
function better(search: Search, left: readonly Candidate[]): Candidate[] {
  const now = left.map(({ id }) => search.candidates.get(id)!);
  const reference = referenceOf([...search.candidates.values()]);
  const share = (one: Candidate) => searchedOf(one, reference) ?? -1;
  const tried = now.filter(({ search: found, problem }) => found && !problem);
  const sorted = tried.sort((a, b) => share(b) - share(a));
  const on = sorted.slice(0, Math.ceil(sorted.length / 2));
  for (const one of sorted.slice(on.length))
    search.set({ ...one, ended: phrase('Other prompts were right more often after as many epochs.') });
  return on;
}

/** The images that judge a prompt, and those that it learns from and chooses its epoch by. */
function partsOf({ found, parts, seed }: Search): {
  readonly judge: readonly number[];
  readonly images: RunImages;
} {
  const [judge] = foldsOf(found.images, parts.search, 0, seed);
  const judges = new Set(judge);
  const learnable = parts.search.filter((at) => !judges.has(at)).map((at) => found.images[at]);
  const groups = learnable.map(({ group }) => group);
  return { judge, images: stratifiedSplit(learnable, VALIDATION, seed, groups) };
}

/** Trains a prompt up to an epoch, from where it was, and asks it the images that judge. */
async function trainTo(
  search: Search,
  backbone: UsableBackbone,
  id: string,
  { rung, epochs }: { readonly rung: number; readonly epochs: number },
): Promise<void> {
  const { tools, seed } = search;
  const { lines, signal } = tools;
  const failed = lines.find<'failed'>({ kind: 'failed', id });
  if (failed) {
    search.set({ ...search.candidates.get(id)!, problem: failed.problem });
    return;
  }
  const { judge, images } = partsOf(search);
  const known = lines.find<'trained'>({ kind: 'trained', id, rung });
  let answers = answersOf(known, judge.length);
  let seconds = known?.seconds ?? 0;
  const before = lines.find<'trained'>({ kind: 'trained', id, rung: rung - 1 });
  if (before?.over && !answers) return;
  if (!answers || !known) {
    const candidate = search.candidates.get(id)!;
    const runFolder = path.join(tools.runFolder, candidate.training!);
    const settings: TrainSettings = {
      prompt: candidate.way.prompt!,
      mapping: candidate.way.scores as TrainMapping,
      epochs: LAST_RUNG,
      seed,
      validation: VALIDATION,
    };
    const { folders, layouts, split } = tools.params;
    const params: TrainParams = {
      folders,
      ...(layouts && { layouts }),
      ...(split && { split }),
      backbone: backbone.path,
      alignment: backbone.document,
      settings,
      runFolder,
    };
    try {
      const trained = await trainUntil(search, params, images, epochs);
      answers = await promptAnswers(search, { runFolder, backbone: backbone.path }, judge);
      seconds = trained.seconds;
      const line = { kind: 'trained', id, rung, epochs: trained.epoch, over: trained.over } as const;
      await lines.add({ ...line, answers: packAnswers(answers), seconds });
    } catch (error) {
      signal.throwIfAborted();
      const problem = problemOf(error);
      if (problem.reason === 'out-of-space' || problem.reason === 'not-writable') throw error;
      await lines.add({ kind: 'failed', id, problem });
      search.set({ ...candidate, problem });
      return;
    }
  }
  const outcomes: Outcomes = new Float64Array(search.parts.search.length).fill(Number.NaN);
  const placeOf = new Map(search.parts.search.map((at, i) => [at, i]));
  for (const [i, at] of judge.entries())
    outcomes[placeOf.get(at)!] = Number(answers[i] === search.found.images[at].truth);
  const candidate = search.candidates.get(id)!;
  const done = lines.find<'trained'>({ kind: 'trained', id, rung })?.epochs ?? epochs;
  search.set({
    ...candidate,
    way: { ...candidate.way, epochs: done },
    search: { once: outcomes, mean: outcomes },
    cost: { ...candidate.cost, seconds },
    round: rung + 1,
  });
  tools.onChange();
}

/** Runs a training until an epoch is done, where it is left with a checkpoint; or until the time is used up, which ends it. */
async function trainUntil(
  search: Search,
  params: TrainParams,
  images: RunImages,
  epochs: number,
): Promise<{ readonly seconds: number; readonly epoch: number; readonly over: boolean }> {
  const { clock, signal, services, onChange } = search.tools;
  const { runFolder } = params;
  const control = (wish: 'pause' | 'resume' | 'stop') => {
    // It may have ended just now.
    try {
      services.trainings.control(runFolder, wish);
    } catch {}
  };
  const unheard = clock.onWish((wish) => control(wish === 'go' ? 'resume' : wish));
  const what: Text = phrase('training a prompt on {0}', path.basename(params.backbone, '.onnx'));
  onChange({ what, done: 0, total: LAST_RUNG });
  try {
    const part = { images, ...(epochs < LAST_RUNG && { leaveAfter: epochs }) };
    const { seconds, epoch, status } = await services.trainings.trainWith(part, params, {
      signal,
      report: (progress) => {
        if (clock.left === 0) control('stop');
        if (progress.kind === 'step') onChange({ what, done: progress.epoch - 1, total: progress.epochs });
      },
    });
    signal.throwIfAborted();
    return { seconds, epoch, over: status !== 'paused' };
  } finally {
    unheard();
  }
}

/**
 * What a training's best epoch so far answers.
 * @param backbone the file that it was trained on: a document that anyone may have written could name another computer's
 * @param places in the list of the search
 */
export async function promptAnswers(
  { tools, found }: Search,
  { runFolder, backbone: file }: { readonly runFolder: string; readonly backbone: string },
  places: readonly number[],
): Promise<Int32Array> {
  const { services, signal, onSkipped } = tools;
  const text = String(await readOfRun(runFolder, RUN_FILES.alignment, LARGEST_DOCUMENT));
  // Its prompt and head lie beside it.
  const beside = (name: string) => path.join(runFolder, path.basename(name));
  const alignment = withPaths(parseAlignment(text), (name, what) =>
    what === 'prompt' || what === 'head' ? beside(name) : what === 'backbone' ? file : name,
  );
  const prepared = await prepareBackbone(services, { backbone: file, alignment });
  const { backbone, head, outputs } = prepared;
  const folderTargets = new FolderTargets(
    alignment.targets.map(({ label }) => label),
    await services.wordnet(),
  );
  const scorer = new ImageScorer(alignment, folderTargets, undefined, head);
  const { features } = await readFeatures(services.cacheFolder, backbone);
  const reads = head?.reads === 'features' ? features : undefined;
  const loan = services.pools.loan(false);
  try {
    const rows = await sampleOutputs({
      images: places.map((at) => found.images[at]),
      outputs,
      features: reads && {
        cache: await services.outputs.openFeatures(backbone, reads),
        sameLogits: reads.sameLogits,
      },
      open: (withFeatures) => loan.open(backbone, withFeatures ? reads?.tap : undefined),
      onImage: () => {},
      signal,
    });
    for (const image of rows.skipped) onSkipped(image);
    const T = scorer.targets.length;
    const scores = scorer.score(rows.logits, rows.images.length, rows.features);
    const answers = new Int32Array(places.length).fill(-1);
    for (const [row, at] of rows.images.entries()) answers[at] = decidedTarget(scores, row * T, T);
    return answers;
  } finally {
    loan.release();
  }
}
