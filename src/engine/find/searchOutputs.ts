import { expectedAmong } from '../../core/estimates/expectedAccuracy.ts';
import type { ImageParts, SearchImage } from '../../core/find/parts.ts';
import type { ReuseFigure } from '../../core/reuse/reuse.ts';
import { phrase } from '../../core/text/text.ts';
import { runImages, type UsableBackbone } from './findBackbones.ts';
import type { FoundImages } from './findImages.ts';
import type { AskedRows } from './findWorker.ts';
import type { SearchTools } from './searchTools.ts';

/** How much of the images a way is asked: those of the first look, all that choose, or those held out as well. */
export type Look = 'first' | 'search' | 'all';

const WIDER: Readonly<Record<Look, number>> = { first: 0, search: 1, all: 2 };

/** What is loaded in the thread, and in which row an image stands. */
interface Loaded {
  readonly look: Look;
  readonly rowOf: ReadonlyMap<number, number>;
  /** Numbers of an image that heads read, and source labels. */
  readonly width: number;
  readonly sourceCount: number;
}

/** Images to learn from and images to answer, by their rows. */
export function askedRows(
  images: readonly SearchImage[],
  learn: readonly number[],
  ask: readonly number[],
  rowOf: ReadonlyMap<number, number>,
): AskedRows {
  const rows = (places: readonly number[]) => Int32Array.from(places, (at) => rowOf.get(at)!);
  const targets = Int32Array.from(learn, (at) => images[at].truth);
  return { learn: { images: rows(learn), targets }, ask: rows(ask) };
}

/** What backbones made of the images, in the thread of the search. */
export class SearchOutputs {
  readonly #tools: SearchTools;
  readonly #found: FoundImages;
  readonly #parts: ImageParts;
  /** By their keys; of a pair several. */
  readonly #members = new Map<string, readonly UsableBackbone[]>();
  readonly #loaded = new Map<string, Loaded>();
  readonly #plain = new Map<string, Int32Array>();
  readonly #rivals: { key: string; rival: Parameters<typeof expectedAmong>[0][number] }[] = [];

  constructor(tools: SearchTools, found: FoundImages, parts: ImageParts) {
    this.#tools = tools;
    this.#found = found;
    this.#parts = parts;
  }

  set(key: string, members: readonly UsableBackbone[]): void {
    this.#members.set(key, members);
  }

  membersOf(key: string): readonly UsableBackbone[] {
    return this.#members.get(key) ?? [];
  }

  loaded(key: string): Loaded | undefined {
    return this.#loaded.get(key);
  }

  /** Runs what is missing of the images through the backbones, and gives the outputs to the thread. */
  async load(key: string, look: Look): Promise<Loaded> {
    const before = this.#loaded.get(key);
    if (before && WIDER[before.look] >= WIDER[look]) return before;
    const members = this.membersOf(key);
    const loaded =
      members.length > 1 ? await this.#joined(key, members, look) : await this.#one(members[0], look);
    this.#loaded.set(key, loaded);
    return loaded;
  }

  async #joined(key: string, members: readonly UsableBackbone[], look: Look): Promise<Loaded> {
    const parts: Loaded[] = [];
    for (const member of members) parts.push(await this.load(member.key, look));
    // An image that one of them could not read is none of theirs.
    const places = [...parts[0].rowOf.keys()].filter((at) => parts.every(({ rowOf }) => rowOf.has(at)));
    const rows = parts.map(({ rowOf }) => Int32Array.from(places, (at) => rowOf.get(at)!));
    const joined = members.map((one, i) => ({ key: one.key, rows: rows[i] }));
    await this.#tools.thread.call('join', { key, members: joined });
    const sum = (of: (one: Loaded) => number) => parts.reduce((all, one) => all + of(one), 0);
    return {
      look,
      rowOf: new Map(places.map((place, row) => [place, row])),
      width: sum((one) => one.width),
      sourceCount: sum((one) => one.sourceCount),
    };
  }

  async #one(backbone: UsableBackbone, look: Look): Promise<Loaded> {
    const { services, signal, onChange, onSkipped, thread } = this.#tools;
    const what = phrase('running {0} on the images', backbone.name);
    const { outputs, places } = await runImages(services, backbone, this.#found.images, this.placesOf(look), {
      onDone: (done, total) => onChange({ what, done, total }),
      onSkipped,
      signal,
    });
    const rows = Math.max(1, places.length);
    await thread.call('load', { key: backbone.key, outputs });
    return {
      look,
      rowOf: new Map(places.map((place, row) => [place, row])),
      width: (outputs.features ?? outputs.logits).length / rows,
      sourceCount: outputs.semantic.sourceCount,
    };
  }

  /** Images that choose and images without a label; those held out only at the end. */
  placesOf(look: Look): number[] {
    const { search, unlabelled, heldOut } = this.#parts;
    const places = [...unlabelled, ...search, ...(look === 'all' ? heldOut : [])];
    return this.#seen(places, look).sort((a, b) => a - b);
  }

  /** The labeled images that choose, as far as a look goes. */
  searchOf(look: Look): number[] {
    return this.#seen([...this.#parts.search], look);
  }

  #seen(places: number[], look: Look): number[] {
    return look === 'first' ? places.filter((at) => at < this.#found.first) : places;
  }

  /** Whether there are more images than the first look takes. */
  get isPartial(): boolean {
    return this.searchOf('first').length < this.#parts.search.length;
  }

  /** Keeps what a backbone's answers by meaning show without a label. */
  async judge({ key, byLabels }: UsableBackbone): Promise<void> {
    if (this.#plain.has(key)) return;
    const { answers, signs } = await this.#tools.thread.call('plain', { key });
    const { rowOf } = this.#loaded.get(key)!;
    const byPlace = Int32Array.from(this.placesOf('first'), (at) => answers[rowOf.get(at) ?? -1] ?? -1);
    this.#plain.set(key, byPlace);
    if (signs) this.#rivals.push({ key, rival: { signs, byLabels, answers: byPlace } });
  }

  /** Answers by meaning on the images of the first look, -1 where nothing is decided. */
  plainAnswers(key: string): Int32Array | undefined {
    return this.#plain.get(key);
  }

  /** What is probably right of each backbone's answers by meaning, each judged beside the others. */
  expected(): ReadonlyMap<string, Pick<ReuseFigure, 'value' | 'low' | 'high'>> {
    const all = expectedAmong(this.#rivals.map(({ rival }) => rival));
    return new Map(
      this.#rivals.map(({ key }, at) => {
        const { accuracy: value, low, high } = all[at];
        return [key, { value, low, high }];
      }),
    );
  }
}
