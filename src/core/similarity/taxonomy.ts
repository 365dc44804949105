import type { WordNet } from '../labels/wordnet.ts';

/** Lin similarity over WordNet's noun hierarchy with intrinsic information content. */
export class Taxonomy {
  readonly wordnet: WordNet;
  /** Of the marked synset's ancestors their information content plus one; elsewhere zero. */
  readonly #mark: Float32Array;
  #marked = -1;
  #markedContent = 0;

  constructor(wordnet: WordNet) {
    this.wordnet = wordnet;
    this.#mark = new Float32Array(wordnet.size);
  }

  /** IC(c) = ln(N / number of synsets below c, itself included). */
  content(synset: number): number {
    return Math.log(this.wordnet.size / this.wordnet.hyponymCount(synset));
  }

  /** Lin(a, b) = 2 IC(lowest common subsumer) / (IC(a) + IC(b)), in [0, 1]. Cheap when `a` stays the same. */
  lin(a: number, b: number): number {
    if (a === b) return 1;
    this.#select(a);
    let best = 0;
    for (const ancestor of this.wordnet.ancestors(b)) best = Math.max(best, this.#mark[ancestor]);
    const total = this.#markedContent + this.content(b);
    return best > 1 && total > 0 ? (2 * (best - 1)) / total : 0;
  }

  /** Whether `above` is `below` or one of its ancestors. */
  covers(above: number, below: number): boolean {
    return above === below || this.wordnet.ancestors(below).includes(above);
  }

  /** The common ancestor with the highest information content; undefined when they share none. */
  commonAncestor(a: number, b: number): number | undefined {
    const others = new Set(this.wordnet.ancestors(b));
    const common = [...this.wordnet.ancestors(a)].filter((ancestor) => others.has(ancestor));
    return common.reduce<number | undefined>(
      (best, next) => (best === undefined || this.content(next) > this.content(best) ? next : best),
      undefined,
    );
  }

  /** The shortest chain of hypernyms from a synset up to an ancestor, both included. */
  chain(synset: number, ancestor: number): number[] {
    const cameFrom = new Map<number, number | undefined>([[synset, undefined]]);
    for (const current of cameFrom.keys()) {
      if (current === ancestor) break;
      for (const parent of this.wordnet.hypernyms(current)) {
        if (!cameFrom.has(parent)) cameFrom.set(parent, current);
      }
    }
    const path: number[] = [];
    for (let at: number | undefined = ancestor; at !== undefined; at = cameFrom.get(at)) path.unshift(at);
    return path;
  }

  #select(synset: number): void {
    if (synset === this.#marked) return;
    if (this.#marked >= 0) for (const old of this.wordnet.ancestors(this.#marked)) this.#mark[old] = 0;
    for (const ancestor of this.wordnet.ancestors(synset)) this.#mark[ancestor] = 1 + this.content(ancestor);
    this.#marked = synset;
    this.#markedContent = this.content(synset);
  }
}
