import { invalidArgument } from '../errors.ts';
import type { LabelSpace } from '../labels/labelSpace.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import type { WordNet } from '../labels/wordnet.ts';
import type { WordNetSimilarity } from '../similarity/wordnetSimilarity.ts';
import { listed, phrase } from '../text/text.ts';
import type { AlignmentDocument } from './alignment.ts';
import { targetLabelsOf } from './alignmentBuilding.ts';

/** One sense that a target label may have. */
export interface SenseOption {
  /** WordNet sense key. */
  readonly key: string;
  readonly gloss: string;
  /** All names of the sense. */
  readonly lemmas: readonly string[];
  /** Some source labels that are the sense or a kind of it, and how many there are. */
  readonly kinds: readonly string[];
  readonly kindCount: number;
}

/** The senses to choose from for one target. */
export interface SenseOptions {
  readonly senses: readonly SenseOption[];
  /** Key of the one that the method chooses by itself; absent where WordNet does not know the label. */
  readonly chosen?: string | undefined;
  /** Keys of all that it means at once, where its name or hint names several things. */
  readonly together?: readonly string[];
  /** Key of the one that was given. */
  readonly pinned?: string | undefined;
}

/** Kinds named for a sense; the rest is counted. */
const NAMED = 6;

/**
 * The senses that a target of a document may have, each with the source labels that would be its kinds.
 * @throws {SemapError} `invalid-argument` when there is no such target
 */
export function sensesOf(
  document: AlignmentDocument,
  target: number,
  labelSpace: LabelSpace,
  similarity: WordNetSimilarity,
  wordnet: WordNet,
): SenseOptions {
  const targets = targetLabelsOf(document);
  const given = targets[target];
  if (!given) throw invalidArgument(phrase('The alignment has no target {0}.', String(target)));
  const { sense: pinned, ...unpinned } = given;
  const parts = similarity.compare(targets.with(target, unpinned), labelSpace).meanings?.senses[target] ?? [];
  const keys = parts.flatMap(({ key, alternatives }) => [key, ...alternatives.map((other) => other.key)]);
  if (pinned !== undefined) keys.push(pinned);
  // One synset may go by several keys, one for each of its names: the first stands for all.
  const keyOf = new Map<number, string>();
  for (const key of keys) {
    const synset = wordnet.senseOfKey(key)?.synset;
    if (synset !== undefined && !keyOf.has(synset)) keyOf.set(synset, key);
  }
  const own = (key: string | undefined) => keyOf.get(wordnet.senseOfKey(key ?? '')?.synset ?? -1);
  const [chosen, fixed] = [own(parts[0]?.key), own(pinned)];
  const together = [...new Set(parts.flatMap(({ key }) => own(key) ?? []))];
  return {
    senses: [...keyOf].map(([synset, key]): SenseOption => {
      const kinds =
        similarity.compare([{ name: given.name, sense: key }], labelSpace).meanings?.descendants[0] ?? [];
      return {
        key,
        gloss: wordnet.gloss(synset),
        lemmas: wordnet.lemmas(synset),
        kinds: kinds.slice(0, NAMED).map((s) => labelSpace.labels[s].name),
        kindCount: kinds.length,
      };
    }),
    chosen,
    ...(together.length > 1 && { together }),
    pinned: fixed,
  };
}

/** @throws {SemapError} `invalid-argument` for a given sense that WordNet does not have */
export function checkSenses(targets: readonly TargetLabel[], wordnet: WordNet): void {
  for (const { name, sense } of targets) {
    if (sense === undefined || wordnet.senseOfKey(sense)) continue;
    const keys = wordnet.senses(name.toLowerCase()).map(({ key }) => key);
    throw invalidArgument(phrase('WordNet has no sense "{0}" for "{1}".', sense, name), {
      hint: phrase(
        'Use a sense key such as {0} instead.',
        listed(keys.length > 0 ? keys : ['crane%1:05:00::']),
      ),
    });
  }
}
