import { TEXT_SPACE } from '../backbones/textSide.ts';
import { largest } from '../largest.ts';
import { logistic } from '../logistic.ts';
import { massOf } from '../mapping/mapping.ts';
import { weighsAll } from '../mapping/methods.ts';
import { complementsOf, shadowsOf } from '../mapping/roles.ts';
import type { AlignmentDocument, AlignmentSource, AlignmentTarget } from './alignment.ts';
import { qualityOfRecall, recallOfMark } from './expectedQuality.ts';

/*
 * What share of a target's images a person may expect to be found, from the document alone: no image, no WordNet, no
 * encoder. So whoever edits a document leaves no stale mark behind.
 */

/** Recall of a target in [0, 1]: as it was measured, or else as it is expected. */
export function recallOf({ measured, expectedRecall, expected }: AlignmentTarget): number {
  return measured?.recall ?? expectedRecall ?? recallOfMark[expected] / 100;
}

/** The document with expected recalls and marks that are of its sources as they are now. Measured ones stay. */
export function withMarks(document: AlignmentDocument): AlignmentDocument {
  return withRecalls(document, expectedRecalls(document));
}

/** The document with these expected recalls and the marks of them. */
export function withRecalls(document: AlignmentDocument, recalls: readonly number[]): AlignmentDocument {
  return {
    ...document,
    targets: document.targets.map((target, t) => {
      if (target.measured) return target;
      const expectedRecall = Number(recalls[t].toFixed(3));
      return { ...target, expected: qualityOfRecall(expectedRecall), expectedRecall };
    }),
  };
}

/** The same for a document that was edited; one of an earlier version has not what they are made of. */
export function withMarksAgain(document: AlignmentDocument): AlignmentDocument {
  return hasRecalls(document) ? withMarks(document) : document;
}

/** Whether it says what to expect; documents of earlier versions have marks only. */
export function hasRecalls({ targets }: Pick<AlignmentDocument, 'targets'>): boolean {
  return targets.some(({ expectedRecall }) => expectedRecall !== undefined);
}

/** What speaks for a target's recall; all in [0, 1]. */
export interface RecallSigns {
  /** The whole label is known, and it uses source labels that are kinds of it. */
  readonly named: boolean;
  /** Share of its own images that it would win from the other targets. */
  readonly win: number;
  /** Share of its weights that is on kinds of it. */
  readonly own: number;
  /** Similarity of the nearest source label that it uses, by WordNet. */
  readonly best: number;
}

/** Weights of a logistic regression on recalls that were measured. */
interface RecallModel {
  readonly bias: number;
  readonly win: number;
  readonly own: number;
  readonly best: number;
}

/** `npm run bench:marks` fits them. */
const NAMED: RecallModel = { bias: -4, win: 0.8, own: 2, best: 2.8 };
const OTHER: RecallModel = { bias: -3.4, win: 2.2, own: 0, best: 2 };

/** Expected recall in [0, 1] per target. */
export function expectedRecalls(document: RecallDocument): number[] {
  return recallSigns(document).map((signs) => {
    if (typeof signs === 'number') return signs;
    const { bias, win, own, best } = signs.named ? NAMED : OTHER;
    return logistic(bias + win * signs.win + own * signs.own + best * signs.best);
  });
}

type RecallDocument = Pick<AlignmentDocument, 'targets' | 'method' | 'aggregation'>;

/** What speaks for the recall of each target, or its recall where nothing is to be weighed. */
export function recallSigns({ targets, method, aggregation }: RecallDocument): (RecallSigns | number)[] {
  const used = usedSources({ targets, method });
  const contest = contestOf(used, offsetsOf(targets));
  const complements = complementsOf(targets, aggregation);
  const shadows = shadowsOf(complements);
  return targets.map(({ label, match, role }, t) => {
    const sources = used[t];
    if (shadows[t] !== undefined) return OF_SHADOW;
    if (complements[t].length > 0) return role?.kind === 'not' ? NOT_RECALL : REST_RECALL;
    if (sources.length === 0) return 0;
    if (method.similarity === TEXT_SPACE) return OF_TEXT * winOf(t, sources, contest);
    // A sentence is no name: what was matched in it was matched by accident.
    if (match !== 'whole' && wordCount(label) >= SENTENCE) return OF_SENTENCE;
    const kinds = sources.filter(({ kind }) => kind);
    const named = match === 'whole' && kinds.length > 0;
    const best = largest(sources.map(({ similarity, wordnet = similarity }) => wordnet));
    return {
      named,
      win: winOf(t, sources, contest),
      own: massOf(kinds) / massOf(sources),
      best: named ? best : Math.min(NEAR, best),
    };
  });
}

/** Recalls seen of labels that are what another is not, and of those that are none of a few others. */
const NOT_RECALL = 0.8;
const REST_RECALL = 0.65;
/** Another complement gets all that it could get. */
const OF_SHADOW = 0.02;

/** What a dual encoder is asked by name it mostly finds; labels alone do not tell what it does not know. */
const OF_TEXT = 0.75;

/** What is no kind of the target is not found more often from here on. */
const NEAR = 0.5;

/** From so many words on a label that is no lemma is a sentence. */
const SENTENCE = 4;
const OF_SENTENCE = 0.02;

function wordCount(label: string): number {
  return label.split(/[^\p{L}\p{N}]+/u).filter(Boolean).length;
}

/** Per target the sources that decide: where a method weighs all of them, the heaviest. */
function usedSources({
  targets,
  method,
}: Pick<RecallDocument, 'targets' | 'method'>): (readonly AlignmentSource[])[] {
  const dense = weighsAll(method.name);
  return targets.map(({ sources }) => {
    const least = dense ? largest(sources.map(({ weight }) => weight)) / 2 : 0;
    return positive(sources).filter(({ weight }) => weight >= least);
  });
}

function positive(sources: readonly AlignmentSource[]): readonly AlignmentSource[] {
  return sources.filter(({ weight }) => weight > 0);
}

const offsetsOf = (targets: AlignmentDocument['targets']) => targets.map(({ offset = 0 }) => offset);

/** Targets that use a source, each with its share of the images that are that source and nothing else. */
type Contest = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** All targets that use a source compete for its images with their scores, doubled, since images are not pure. */
function contestOf(used: readonly (readonly AlignmentSource[])[], offsets: readonly number[]): Contest {
  const strengths = new Map<number, Map<number, number>>();
  for (const [t, sources] of used.entries()) {
    const mass = massOf(sources);
    for (const { index, weight } of sources) {
      const users = strengths.get(index) ?? new Map<number, number>();
      strengths.set(index, users.set(t, 2 * (Math.log(weight / mass) + offsets[t])));
    }
  }
  for (const users of strengths.values()) {
    const most = largest(users.values());
    let sum = 0;
    for (const strength of users.values()) sum += Math.exp(strength - most);
    for (const [t, strength] of users) users.set(t, Math.exp(strength - most) / sum);
  }
  return strengths;
}

/** Share of the images of a target that another one, or itself, wins: its sources are shown as often as they weigh. */
function winOf(winner: number, sources: readonly AlignmentSource[], contest: Contest): number {
  const mass = massOf(sources);
  return sources.reduce(
    (sum, { index, weight }) => sum + (weight / mass) * (contest.get(index)?.get(winner) ?? 0),
    0,
  );
}

/** The target that wins more images of another's sources than that one itself, the first of them; undefined: none does. */
export function rivalOf(targets: AlignmentDocument['targets'], t: number): number | undefined {
  const used = targets.map(({ sources }) => positive(sources));
  const contest = contestOf(used, offsetsOf(targets));
  const won = targets.map((_, winner) => winOf(winner, used[t], contest));
  const best = won.indexOf(largest(won));
  return best !== t && won[best] > won[t] ? best : undefined;
}
