import { type Problem, problemOf } from '../../core/errors.ts';
import { type Candidate, candidateId, learnedBytes, type Tried } from '../../core/find/candidate.ts';
import { referenceOf, searchedOf } from '../../core/find/choose.ts';
import { type BudgetedWay, budgetedWays, ZERO_SHOT } from '../../core/find/findWays.ts';
import { ROUNDS, survivors } from '../../core/find/halving.ts';
import type { Outcomes } from '../../core/find/outcomes.ts';
import { drawnOf, foldsOf, type ImageParts, perClassOf, streamOf } from '../../core/find/parts.ts';
import { packAnswers } from '../../core/find/searchLines.ts';
import { worthwhilePair } from '../../core/ranking/pair.ts';
import { wayName } from '../../core/reuse/reuseWords.ts';
import { listed, phrase, type Text } from '../../core/text/text.ts';
import { anotherBackbone, type FailedBackbone, speedOf, type UsableBackbone } from './findBackbones.ts';
import { answersOf } from './findFiles.ts';
import type { FoundImages } from './findImages.ts';
import { askedRows, type Look, SearchOutputs } from './searchOutputs.ts';
import type { SearchTools } from './searchTools.ts';

/** The share of the budget after which no further backbone is begun: what is there has to be compared. */
const BACKBONES_SHARE = 0.5;

/** The ways that answer from cached outputs, tried round by round. */
export class Search {
  readonly tools: SearchTools;
  readonly found: FoundImages;
  readonly parts: ImageParts;
  readonly candidates = new Map<string, Candidate>();
  readonly outputs: SearchOutputs;
  #isHurried = false;
  #isReplayed = false;

  constructor(tools: SearchTools, found: FoundImages, parts: ImageParts) {
    this.tools = tools;
    this.found = found;
    this.parts = parts;
    this.outputs = new SearchOutputs(tools, found, parts);
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

  /**
   * Whether a piece of work may be done. What an earlier process did costs no time: it is taken from the lines, whatever is
   * left of the budget. Nothing else is begun once it is decided what reports. However little time there was, something is
   * tried: what near-duplicates are told by is there for the first backbone.
   * @param isTimely whether there is enough time for it, where it takes longer than most
   * @throws {SemapError} cancelled
   */
  async may(isKnown: boolean, isTimely = true): Promise<boolean> {
    const { clock, lines } = this.tools;
    const leave = await clock.next();
    if (isKnown) return true;
    if (lines.find<'reports'>({ kind: 'reports' })) return false;
    const may = isTimely && (leave === 'go' || (!clock.stopped && this.#isNothingTried));
    this.#isHurried ||= !may;
    this.#isReplayed ||= may;
    return may;
  }

  /** Whether something new was begun: all that an earlier process did has been taken from the lines before. */
  get isReplayed(): boolean {
    return this.#isReplayed;
  }

  /** Whether something was left out for lack of time, or because a person ended the search. */
  get isHurried(): boolean {
    return this.#isHurried;
  }

  #isTried(id: string, repeat: number, look: Look): boolean {
    const { lines } = this.tools;
    const tried = lines.find<'tried'>({ kind: 'tried', id, repeat, look });
    return tried !== undefined || lines.find<'failed'>({ kind: 'failed', id }) !== undefined;
  }

  get #isNothingTried(): boolean {
    return [...this.candidates.values()].every(({ search, expected }) => !search && !expected);
  }

  #begun(key: string) {
    return this.tools.lines.find<'begun'>({ kind: 'begun', id: key });
  }

  set(candidate: Candidate): void {
    this.candidates.set(candidate.id, candidate);
  }

  /** The first round over every backbone, then the pair that is worth it, then fewer and fewer ways on more partings. */
  async rounds(backbones: readonly UsableBackbone[]): Promise<void> {
    const { clock, params } = this.tools;
    const budget = 60 * (params.budgetMinutes ?? 5);
    for (const [at, backbone] of backbones.entries()) {
      this.outputs.set(backbone.key, [backbone]);
      const begun = this.#begun(backbone.key);
      if (begun && begun.sha256 !== backbone.sha256) {
        this.#failed([backbone], problemOf(anotherBackbone(backbone)));
        continue;
      }
      const isBegun = begun !== undefined;
      const isLate = at > 0 && clock.seconds > BACKBONES_SHARE * budget;
      if (!(await this.may(isBegun, !isLate))) {
        this.#untried(
          [backbone],
          isLate ? phrase('Not tried: there was no time for this backbone.') : NO_TIME,
        );
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
    this.outputs.set(key, members);
    const ways = this.#waysOf(members);
    try {
      await this.outputs.load(key, 'first');
      if (members.length === 1) await this.outputs.judge(members[0]);
    } catch (error) {
      this.tools.signal.throwIfAborted();
      this.#failed(members, problemOf(error));
      return;
    }
    const sha256 = members.map((member) => member.sha256).join('+');
    if (!this.#begun(key)) await this.tools.lines.add({ kind: 'begun', id: key, sha256 });
    const speed = await this.#speed(members);
    const isMeasured = this.parts.search.length > 0;
    for (const { find, budget } of ways) {
      const candidate = this.#candidate(members, { find, budget }, speed);
      this.set(candidate);
      if (!(await this.may(!isMeasured || this.#isTried(candidate.id, 0, 'first'))))
        this.#end(candidate, NO_TIME);
      else if (isMeasured) await this.#try(candidate.id, 0, 'first');
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
    const loaded = this.outputs.loaded(key);
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
        seconds: find.id === ZERO_SHOT.id ? 0 : null,
        imagesPerSecond,
        bytes: members.reduce((sum, { bytes }) => sum + bytes, learned),
      },
      round: 0,
    };
  }

  #expect(): void {
    for (const [key, expected] of this.outputs.expected()) {
      const candidate = this.candidates.get(candidateId(ZERO_SHOT.id, 0, key));
      if (candidate) this.set({ ...candidate, expected });
    }
  }

  /** Tries a way on one parting of the labels, unless that was done before. */
  async #try(id: string, repeat: number, look: Look): Promise<void> {
    const { lines, signal } = this.tools;
    const candidate = this.candidates.get(id)!;
    if (!candidate.find || candidate.problem) return;
    const failed = lines.find<'failed'>({ kind: 'failed', id });
    if (failed) {
      this.set({ ...candidate, problem: failed.problem });
      return;
    }
    const places = this.outputs.searchOf(look);
    const line = lines.find<'tried'>({ kind: 'tried', id, repeat, look });
    const known = answersOf(line, places.length);
    if (line && known) {
      this.#add(candidate, { places, answers: known, repeat, seconds: line.seconds });
      return;
    }
    try {
      const { answers, seconds } = await this.#ask(candidate, places, repeat, look);
      await lines.add({ kind: 'tried', id, repeat, look, answers: packAnswers(answers), seconds });
      this.#add(candidate, { places, answers, repeat, seconds });
    } catch (error) {
      signal.throwIfAborted();
      const problem = problemOf(error);
      if (problem.reason === 'out-of-space' || problem.reason === 'not-writable') throw error;
      await lines.add({ kind: 'failed', id, problem });
      this.set({ ...candidate, problem });
    }
  }

  /** Learns a way from all parts but one, in turn, and answers that one; without labels every image is answered at once. */
  async #ask(
    candidate: Candidate,
    places: readonly number[],
    repeat: number,
    look: Look,
  ): Promise<{ readonly answers: Int32Array; readonly seconds: number }> {
    const { thread, signal, onChange } = this.tools;
    const { key, budget } = candidate;
    const find = candidate.find!;
    const { rowOf } = await this.outputs.load(key, look);
    const folds = find.least === 0 ? [places] : foldsOf(this.found.images, places, repeat, this.seed);
    const parts = folds.flatMap((fold, at) => {
      const ask = fold.filter((place) => rowOf.has(place));
      const asked = new Set(fold);
      const others = find.least === 0 ? [] : places.filter((place) => !asked.has(place) && rowOf.has(place));
      const stream = streamOf(this.seed, repeat, at + 1);
      const learn = drawnOf(this.found.images, others, budget, stream);
      return ask.length === 0 ? [] : [{ ask, rows: askedRows(this.found.images, learn, ask, rowOf) }];
    });
    const what = this.#trying(candidate);
    onChange({ what, done: 0, total: parts.length });
    const told = await thread.call(
      'answers',
      { key, find, parts: parts.map(({ rows }) => rows) },
      {
        signal,
        onProgress: (share) =>
          onChange({ what, done: Math.round(share * parts.length), total: parts.length }),
      },
    );
    const byPlace = new Map(
      parts.flatMap(({ ask }, at) => ask.map((place, i) => [place, told.answers[at][i]])),
    );
    return { answers: Int32Array.from(places, (place) => byPlace.get(place) ?? -1), seconds: told.seconds };
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
      const answers = this.outputs.plainAnswers(backbone.key);
      if (!answers) return [];
      const own = [...this.candidates.values()].filter(
        ({ key, budget }) => key === backbone.key && budget === 'all',
      );
      const shares = own.map((one) => searchedOf(one, reference) ?? 0);
      const zeroShot = this.candidates.get(candidateId(ZERO_SHOT.id, 0, backbone.key));
      const accuracy = measured
        ? Math.max(...shares, (zeroShot && searchedOf(zeroShot, reference)) ?? 0)
        : (zeroShot?.expected?.value ?? 0);
      return [{ backbone, accuracy, answers }];
    });
    const pair = worthwhilePair(rivals, measured ? 'measured' : 'expected');
    const members = pair?.backbones.map(({ backbone }) => backbone);
    if (members && (await this.may(this.#begun(keyOf(members)) !== undefined))) await this.#begin(members);
  }

  /** Rounds of fewer ways on more partings of the labels. */
  async #halve(): Promise<void> {
    const wider = this.outputs.isPartial;
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
          if (!(await this.may(this.#isTried(id, repeat, look)))) return;
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

  /** `Linear probe on mobilenetv2`, with how many labels. */
  #trying({ way, backbones, budget }: Candidate): Text {
    const what = phrase('{0} on {1}', wayName(way), listed(backbones.map(({ name }) => name)));
    if (budget === 0 || budget === 'all') return what;
    return phrase('{0}, {1} labels of each class', what, budget);
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
}

const NO_TIME = phrase('Not tried: the search ended first.');

/** Names of a pair stand side by side, as its document has them. */
function keyOf(members: readonly UsableBackbone[]): string {
  return members.map(({ key }) => key).join('+');
}

/** With what learning takes; by meaning there is nothing to learn. */
function withSeconds({ find, cost }: Candidate, seconds: number): Candidate['cost'] {
  return { ...cost, seconds: find?.id === ZERO_SHOT.id ? 0 : Math.max(cost.seconds ?? 0, seconds) };
}
