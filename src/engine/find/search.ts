import { type Problem, problemOf } from '../../core/errors.ts';
import { expectedAmong } from '../../core/expectation/expectedAccuracy.ts';
import { type Candidate, candidateId, learnedBytes, type Tried } from '../../core/find/candidate.ts';
import { referenceOf, searchedOf } from '../../core/find/choose.ts';
import type { FindParams } from '../../core/find/findRecord.ts';
import { type BudgetedWay, budgetedWays, ZERO_SHOT } from '../../core/find/findWays.ts';
import { ROUNDS, survivors } from '../../core/find/halving.ts';
import type { Outcomes } from '../../core/find/outcomes.ts';
import { drawnOf, foldsOf, type ImageParts, perClassOf, streamOf } from '../../core/find/parts.ts';
import { packAnswers } from '../../core/find/searchLines.ts';
import { worthwhilePair } from '../../core/ranking/pair.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { listed, phrase, type Text } from '../../core/text/text.ts';
import type { FindActivity } from '../../protocol/find.ts';
import type { Thread } from '../threads/thread.ts';
import {
  type FailedBackbone,
  type FindServices,
  type RunImages,
  runImages,
  speedOf,
  type UsableBackbone,
} from './findBackbones.ts';
import type { FindClock } from './findClock.ts';
import { answersOf, type SearchLines } from './findFiles.ts';
import type { FoundImages } from './findImages.ts';
import type { FindWorkerApi } from './findWorker.ts';

/** What a search works with. */
export interface SearchTools {
  readonly params: FindParams;
  readonly services: FindServices;
  readonly runFolder: string;
  readonly clock: FindClock;
  readonly lines: SearchLines;
  readonly thread: Thread<FindWorkerApi>;
  readonly signal: AbortSignal;
  readonly onChange: (activity?: FindActivity) => void;
  readonly onSkipped: (image: SkippedImage) => void;
}

/** How much of the images a way is asked: those of the first look, all that choose, or those held out as well. */
type Look = 'first' | 'search' | 'all';

/** What is loaded in the thread, and in which row an image stands. */
interface Loaded {
  readonly look: Look;
  readonly rowOf: ReadonlyMap<number, number>;
  readonly width: number;
  readonly sourceCount: number;
}

/** The share of the budget after which no further backbone is begun: what is there has to be compared. */
const BACKBONES_SHARE = 0.5;

/** The ways that answer from cached outputs, tried round by round. */
export class Search {
  readonly tools: SearchTools;
  readonly found: FoundImages;
  readonly parts: ImageParts;
  readonly candidates = new Map<string, Candidate>();
  /** Backbones that are in it, by their keys; of a pair several. */
  readonly members = new Map<string, readonly UsableBackbone[]>();
  readonly #loaded = new Map<string, Loaded>();
  readonly #first: ReadonlySet<number>;
  /** Answers by meaning of all backbones, for what they show without labels. */
  readonly #plain = new Map<string, { readonly answers: Int32Array; readonly expected: boolean }>();
  readonly #rivals: { key: string; rival: Parameters<typeof expectedAmong>[0][number] }[] = [];

  constructor(tools: SearchTools, found: FoundImages, parts: ImageParts) {
    this.tools = tools;
    this.found = found;
    this.parts = parts;
    this.#first = new Set(Array.from({ length: found.first }, (_, at) => at));
  }

  get seed(): number {
    return this.tools.params.seed ?? 0;
  }

  get targetCount(): number {
    return this.tools.params.targets.length;
  }

  /** Labeled images that a way learns from, by its budget: all of those that are known. */
  labelsOf(budget: BudgetedWay['budget']): number {
    const { search, heldOut } = this.parts;
    if (budget === 0) return 0;
    if (budget === 'all') return search.length + heldOut.length;
    const counts = perClassOf(this.found.images, search, this.targetCount);
    return counts.reduce((sum, count) => sum + Math.min(count, budget), 0);
  }

  set(candidate: Candidate): void {
    this.candidates.set(candidate.id, candidate);
  }

  /** The first round over every backbone, then the pair that is worth it, then fewer and fewer ways on more partings. */
  async rounds(backbones: readonly UsableBackbone[]): Promise<void> {
    const { clock, params } = this.tools;
    const budget = 60 * (params.budgetMinutes ?? 5);
    for (const [at, backbone] of backbones.entries()) {
      this.members.set(backbone.key, [backbone]);
      const isLate = at > 0 && clock.seconds > BACKBONES_SHARE * budget;
      if ((await clock.next()) === 'stop' || isLate) {
        this.#untried([backbone], phrase('Not tried: there was no time for this backbone.'));
        continue;
      }
      await this.#begin([backbone]);
    }
    await this.#pair(backbones);
    if (this.parts.search.length > 0) await this.#halve();
  }

  /** Tries every way on a backbone, or on several together. */
  async #begin(members: readonly UsableBackbone[]): Promise<void> {
    const key = keyOf(members);
    this.members.set(key, members);
    const ways = this.#waysOf(members);
    try {
      await this.load(key, 'first');
      if (members.length === 1) await this.#judge(members[0]);
    } catch (error) {
      this.tools.signal.throwIfAborted();
      this.#failed(members, problemOf(error));
      return;
    }
    const speed = await this.#speed(members);
    for (const { find, budget } of ways) {
      const candidate = this.#candidate(members, { find, budget }, speed);
      this.set(candidate);
      if ((await this.tools.clock.next()) === 'stop') this.#end(candidate, NO_TIME);
      else if (this.parts.search.length > 0) await this.#try(candidate.id, 0, 'first');
    }
    this.#expect();
    this.tools.onChange();
  }

  #waysOf(members: readonly UsableBackbone[]): BudgetedWay[] {
    const { images } = this.found;
    const ways = budgetedWays(perClassOf(images, this.parts.search, this.targetCount));
    if (members.length === 1) return ways;
    // Together where it may matter: without labels, and with all.
    return ways.filter(({ find, budget }) => find.together && (budget === 0 || budget === 'all'));
  }

  #candidate(
    members: readonly UsableBackbone[],
    { find, budget }: BudgetedWay,
    imagesPerSecond: number | null,
  ): Candidate {
    const key = keyOf(members);
    const loaded = this.#loaded.get(key);
    const learned = loaded ? learnedBytes(find, this.targetCount, loaded.width, loaded.sourceCount) : 0;
    return {
      id: candidateId(find.id, budget, key),
      way: find.way,
      find,
      budget,
      backbones: members.map(({ name, path, sha256 }) => ({ name, path, sha256 })),
      key,
      cost: {
        labels: this.labelsOf(budget),
        seconds: 0,
        imagesPerSecond,
        bytes: members.reduce((sum, { bytes }) => sum + bytes, learned),
      },
      round: 0,
    };
  }

  /** Runs what is missing of the images through the backbones, and gives the outputs to the thread. */
  async load(key: string, look: Look): Promise<Loaded> {
    const before = this.#loaded.get(key);
    if (before && placesIn(before.look) >= placesIn(look)) return before;
    const members = this.members.get(key)!;
    if (members.length > 1) {
      const parts: Loaded[] = [];
      for (const member of members) parts.push(await this.load(member.key, look));
      await this.tools.thread.call('join', { key, members: members.map((one) => one.key) });
      const { rowOf } = parts[0];
      const sum = (of: (one: Loaded) => number) => parts.reduce((all, one) => all + of(one), 0);
      const joined = {
        look,
        rowOf,
        width: sum((one) => one.width),
        sourceCount: sum((one) => one.sourceCount),
      };
      this.#loaded.set(key, joined);
      return joined;
    }
    const run = await this.#run(members[0], this.#placesOf(look));
    const { outputs, places } = run;
    const rows = Math.max(1, places.length);
    await this.tools.thread.call('load', { key, outputs });
    const loaded = {
      look,
      rowOf: new Map(places.map((place, row) => [place, row])),
      width: (outputs.features ?? outputs.logits).length / rows,
      sourceCount: outputs.semantic.sourceCount,
    };
    this.#loaded.set(key, loaded);
    return loaded;
  }

  async #run(backbone: UsableBackbone, places: readonly number[]): Promise<RunImages> {
    const { services, signal, onChange, onSkipped } = this.tools;
    const what = phrase('outputs of {0}', backbone.name);
    return runImages(services, backbone, this.found.images, places, {
      onDone: (done, total) => onChange({ what, done, total }),
      onSkipped,
      signal,
    });
  }

  /** Images that choose and images without a label; those held out only at the end. */
  #placesOf(look: Look): number[] {
    const { search, unlabelled, heldOut } = this.parts;
    const places = [...unlabelled, ...search, ...(look === 'all' ? heldOut : [])];
    const seen = look === 'first' ? places.filter((at) => this.#first.has(at)) : places;
    return seen.sort((a, b) => a - b);
  }

  /** The labeled images that choose, as far as a look goes. */
  #searchOf(look: Look): number[] {
    const { search } = this.parts;
    return look === 'first' ? search.filter((at) => this.#first.has(at)) : [...search];
  }

  /** What a backbone's answers show without a label: each is judged beside those before it. */
  async #judge({ key, byLabels }: UsableBackbone): Promise<void> {
    if (this.#plain.has(key)) return;
    const { answers, signs } = await this.tools.thread.call('plain', { key });
    const { rowOf } = this.#loaded.get(key)!;
    const byPlace = Int32Array.from(this.#placesOf('first'), (at) => answers[rowOf.get(at) ?? -1] ?? -1);
    this.#plain.set(key, { answers: byPlace, expected: signs !== undefined });
    if (signs) this.#rivals.push({ key, rival: { signs, byLabels, answers: byPlace } });
  }

  /** What is probably right of each backbone's answers by meaning. */
  #expect(): void {
    const all = expectedAmong(this.#rivals.map(({ rival }) => rival));
    for (const [at, { key }] of this.#rivals.entries()) {
      const candidate = this.candidates.get(candidateId('zero-shot', 0, key));
      const { accuracy: value, low, high } = all[at];
      if (candidate) this.set({ ...candidate, expected: { value, low, high } });
    }
  }

  /** Tries a way on one parting of the labels, unless that was done before. */
  async #try(id: string, repeat: number, look: Look): Promise<void> {
    const { lines, thread, signal } = this.tools;
    const candidate = this.candidates.get(id)!;
    const { find, key, budget } = candidate;
    if (!find || candidate.problem) return;
    const places = this.#searchOf(look);
    // Without labels every parting gives the same answers.
    const known = answersOf(lines.find<'tried'>({ kind: 'tried', id, repeat, look }), places.length);
    const failed = lines.find<'failed'>({ kind: 'failed', id });
    if (failed) {
      this.set({ ...candidate, problem: failed.problem });
      return;
    }
    let answers = known;
    let seconds = lines.find<'tried'>({ kind: 'tried', id, repeat, look })?.seconds ?? 0;
    if (!answers) {
      const { rowOf } = await this.load(key, look);
      const folds = find.least === 0 ? [places] : foldsOf(this.found.images, places, repeat, this.seed);
      const parts = folds.map((ask, fold) => {
        const asked = new Set(ask);
        const others = find.least === 0 ? [] : places.filter((at) => !asked.has(at) && rowOf.has(at));
        const learn = drawnOf(this.found.images, others, budget, streamOf(this.seed, repeat, fold + 1));
        return this.#part(
          learn,
          ask.filter((at) => rowOf.has(at)),
          rowOf,
        );
      });
      try {
        const asking = parts.filter(({ rows: { ask } }) => ask.length > 0);
        this.tools.onChange({ what: this.#trying(candidate), done: 0, total: asking.length });
        const told = await thread.call(
          'answers',
          { key, find, parts: asking.map(({ rows }) => rows) },
          { signal },
        );
        const byPlace = new Map<number, number>();
        for (const [at, { ask }] of asking.entries())
          for (const [i, place] of ask.entries()) byPlace.set(place, told.answers[at][i]);
        answers = Int32Array.from(places, (place) => byPlace.get(place) ?? -1);
        seconds = told.seconds;
        await lines.add({ kind: 'tried', id, repeat, look, answers: packAnswers(answers), seconds });
      } catch (error) {
        signal.throwIfAborted();
        const problem = problemOf(error);
        if (problem.reason === 'out-of-space' || problem.reason === 'not-writable') throw error;
        await lines.add({ kind: 'failed', id, problem });
        this.set({ ...candidate, problem });
        return;
      }
    }
    this.#add(candidate, { places, answers, repeat, seconds });
  }

  #part(learn: readonly number[], ask: readonly number[], rowOf: ReadonlyMap<number, number>) {
    const { images } = this.found;
    const rows = (places: readonly number[]) => Int32Array.from(places, (at) => rowOf.get(at)!);
    const targets = Int32Array.from(learn, (at) => images[at].truth);
    return { ask, rows: { learn: { images: rows(learn), targets }, ask: rows(ask) } };
  }

  /** Adds what was answered to what a way got right before, on as many images. */
  #add(
    candidate: Candidate,
    {
      places,
      answers,
      repeat,
      seconds,
    }: { places: readonly number[]; answers: Int32Array; repeat: number; seconds: number },
  ): void {
    const { search } = this.parts;
    const at = new Map(search.map((place, i) => [place, i]));
    const right: Outcomes = new Float64Array(search.length).fill(Number.NaN);
    for (const [i, place] of places.entries())
      right[at.get(place)!] = Number(answers[i] === this.found.images[place].truth);
    const before = repeat > 0 ? candidate.search : undefined;
    const tried: Tried = before
      ? { once: before.once, mean: before.mean.map((mean, i) => mean + (right[i] - mean) / (repeat + 1)) }
      : { once: right, mean: right };
    this.set({ ...candidate, search: tried, cost: withSeconds(candidate, seconds) });
  }

  /** Two backbones of about equal worth that err on different images. */
  async #pair(backbones: readonly UsableBackbone[]): Promise<void> {
    const measured = this.parts.search.length > 0;
    const reference = referenceOf([...this.candidates.values()]);
    const rivals = backbones.flatMap((backbone) => {
      const plain = this.#plain.get(backbone.key);
      if (!plain) return [];
      const own = [...this.candidates.values()].filter(
        ({ key, budget }) => key === backbone.key && budget === 'all',
      );
      const shares = own.map((one) => searchedOf(one, reference) ?? 0);
      const zeroShot = this.candidates.get(candidateId('zero-shot', 0, backbone.key));
      const accuracy = measured
        ? Math.max(...shares, (zeroShot && searchedOf(zeroShot, reference)) ?? 0)
        : (zeroShot?.expected?.value ?? 0);
      return [{ backbone, accuracy, answers: plain.answers }];
    });
    const pair = worthwhilePair(rivals, measured ? 'measured' : 'expected');
    if (!pair || (await this.tools.clock.next()) === 'stop') return;
    await this.#begin(pair.backbones.map(({ backbone }) => backbone));
  }

  /** Rounds of fewer ways on more partings of the labels. */
  async #halve(): Promise<void> {
    const { clock } = this.tools;
    const wider = this.#searchOf('first').length < this.parts.search.length;
    for (const [round, repeats] of ROUNDS.entries()) {
      const left = this.#survivors(round, round > 0 || wider);
      const looks: [number, Look][] = [];
      if (wider && round === 0) looks.push([0, 'search']);
      for (let repeat = ROUNDS[round - 1] ?? 1; repeat < repeats; repeat++)
        looks.push([repeat, wider ? 'search' : 'first']);
      for (const id of left) {
        const candidate = this.candidates.get(id)!;
        // Without labels there is one parting only.
        const own = candidate.find?.least === 0 ? looks.filter(([repeat]) => repeat === 0) : looks;
        for (const [repeat, look] of own) {
          if ((await clock.next()) === 'stop') return;
          await this.#try(id, repeat, look);
        }
        this.set({ ...this.candidates.get(id)!, round: round + 1 });
        this.tools.onChange();
      }
    }
  }

  #survivors(round: number, halved: boolean): string[] {
    const all = [...this.candidates.values()];
    const reference = referenceOf(all);
    const contenders = all
      .filter((one) => one.round === round && one.find && !one.problem)
      .map((one) => ({ id: one.id, searched: searchedOf(one, reference), bucket: String(one.budget) }));
    const tried = contenders.filter(({ searched }) => searched !== null);
    const left = halved ? survivors(tried) : new Set(tried);
    for (const one of tried) {
      if (left.has(one)) continue;
      this.#end(this.candidates.get(one.id)!, phrase('Others with as many labels were right more often.'));
    }
    return contenders.filter((one) => left.has(one)).map(({ id }) => id);
  }

  async #speed(members: readonly UsableBackbone[]): Promise<number | null> {
    let seconds = 0;
    for (const member of members) {
      try {
        seconds += 1 / (await speedOf(this.tools.services, member));
      } catch {
        this.tools.signal.throwIfAborted();
        return null;
      }
    }
    return 1 / seconds;
  }

  #trying({ find, backbones, budget }: Candidate): Text {
    const names = listed(backbones.map(({ name }) => name));
    return phrase('{0} on {1}', `${find?.id ?? ''}${budget === 0 ? '' : ` (${budget})`}`, names);
  }

  #end(candidate: Candidate, ended: Text): void {
    this.set({ ...candidate, ended });
  }

  #untried(members: readonly UsableBackbone[], ended: Text): void {
    const zeroShot = this.#waysOf(members)[0];
    this.set({ ...this.#candidate(members, zeroShot, null), ended });
  }

  /** Tells of backbones that cannot be used. */
  fail(backbones: readonly FailedBackbone[]): void {
    for (const { key, name, path, problem } of backbones) {
      this.set({
        id: candidateId(ZERO_SHOT.id, 0, key),
        way: ZERO_SHOT.way,
        find: ZERO_SHOT,
        budget: 0,
        backbones: [{ name, path, sha256: '' }],
        key,
        cost: { labels: 0, seconds: 0, imagesPerSecond: null, bytes: 0 },
        round: 0,
        problem,
      });
    }
  }

  #failed(members: readonly UsableBackbone[], problem: Problem): void {
    const zeroShot = this.#waysOf(members)[0];
    this.set({ ...this.#candidate(members, zeroShot, null), problem });
  }

  /** Answers of a way that learned from the search part, for the images that were held out. */
  async heldOut(id: string, draw: number): Promise<Int32Array> {
    const { lines, thread, signal } = this.tools;
    const { find, key, budget } = this.candidates.get(id)!;
    const { heldOut, search } = this.parts;
    const known = answersOf(lines.find<'held-out'>({ kind: 'held-out', id, draw }), heldOut.length);
    if (known) return known;
    const { rowOf } = await this.load(key, 'all');
    const learnable = search.filter((at) => rowOf.has(at));
    const learn =
      find!.least === 0 ? [] : drawnOf(this.found.images, learnable, budget, streamOf(this.seed, draw));
    const { ask, rows } = this.#part(
      learn,
      heldOut.filter((at) => rowOf.has(at)),
      rowOf,
    );
    const told = await thread.call('answers', { key, find: find!, parts: [rows] }, { signal });
    const byPlace = new Map(ask.map((place, i) => [place, told.answers[0][i]]));
    const answers = Int32Array.from(heldOut, (place) => byPlace.get(place) ?? -1);
    await lines.add({ kind: 'held-out', id, draw, answers: packAnswers(answers), seconds: told.seconds });
    return answers;
  }
}

const NO_TIME = phrase('Not tried: the time was used up.');

/** Names of a pair stand side by side, as its document has them. */
export function keyOf(members: readonly UsableBackbone[]): string {
  return members.map(({ key }) => key).join('+');
}

function placesIn(look: Look): number {
  return look === 'first' ? 0 : look === 'search' ? 1 : 2;
}

/** With what learning takes; by meaning there is nothing to learn. */
function withSeconds({ find, cost }: Candidate, seconds: number): Candidate['cost'] {
  return { ...cost, seconds: find?.id === 'zero-shot' ? 0 : Math.max(cost.seconds, seconds) };
}
