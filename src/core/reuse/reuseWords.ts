import { type HeadKind, headKinds, headNames } from '../alignments/alignment.ts';
import { type LearnedMethod, type MappingMethod, mappingMethods } from '../mapping/methods.ts';
import type { PromptKind, PromptSettings } from '../runs/trainingSettings.ts';
import { phrase, type Text, verbatim } from '../text/text.ts';
import type { Changes, LearnsFrom, ReuseScores, ReuseWay } from './reuse.ts';

/*
 * What ways of reuse are called, and what people are told of them: one table for the training page, the ranking, the
 * comparison, the search, the command line and the docs (docs/reference/ways-of-reuse.md).
 */

/** A word, and the sentence that explains it. */
export interface Explained {
  readonly word: Text;
  readonly meaning: Text;
}

/** From what needs least of a person to what needs most. */
export const learnsFromWords: Readonly<Record<LearnsFrom, Explained>> = {
  names: {
    word: phrase('label names'),
    meaning: phrase('Compares your labels with those of the backbone by name. No image is needed.'),
  },
  images: {
    word: phrase('images without labels'),
    meaning: phrase('Looks at all images of the folder together. Labels help, but are not needed.'),
  },
  labels: {
    word: phrase('labeled images'),
    meaning: phrase('Learns from images whose label is known.'),
  },
};

export const changesWords: Readonly<Record<Changes, Explained>> = {
  prompt: {
    word: phrase('image'),
    meaning: phrase('A visual prompt: learned pixels that every image gets before the backbone sees it.'),
  },
  mapping: {
    word: phrase('mapping'),
    meaning: phrase('Which source labels of the backbone count for each of your labels, and how much.'),
  },
  head: {
    word: phrase('last layer'),
    meaning: phrase('A head: a small layer for your labels in the place of the mapping.'),
  },
};

/** Names of prompts, as the middle of a sentence has them. */
const promptWords: Readonly<Record<PromptKind, Text>> = {
  padding: phrase('padding'),
  watermark: phrase('watermark'),
  'low-rank': phrase('low-rank'),
  mask: phrase('mask for each image'),
  none: phrase('no prompt'),
};

/** What a kind of prompt is called; settings come from files that anyone may have written. */
export function promptKindName(kind: PromptKind): Text {
  return Object.hasOwn(promptWords, kind) ? promptWords[kind] : verbatim(String(kind));
}

/** `watermark`, `low-rank, rank 8`, `padding, 28 pixels`, `3 x watermark`. */
export function promptName({ count = 1, ...prompt }: PromptSettings): Text {
  return count > 1 ? phrase('{0} x {1}', count, oneName(prompt)) : oneName(prompt);
}

function oneName({ kind, frame, rank }: PromptSettings): Text {
  const name = promptKindName(kind);
  if (kind === 'padding' && frame !== undefined) return phrase('{0}, {1} pixels', name, frame);
  if (kind === 'low-rank' && rank !== undefined) return phrase('{0}, rank {1}', name, rank);
  return name;
}

/** What a mapping or head is called: `BLM+`, `Linear probe`. */
export function scoresName(scores: ReuseScores): Text {
  // The optimal assignment, which only trainings use.
  if (scores === 'ilm') return verbatim('ILM');
  if (isHead(scores)) return headNames[scores];
  if (scores === 'linear') return headNames['linear-mapping'];
  return Object.hasOwn(mappingMethods, scores) ? mappingMethods[scores].title : verbatim(String(scores));
}

/** `Zero-shot (SeMap adaptive)`, `Learned mapping (BLM+)`, `Linear probe`, `Prompt (watermark) + BLM+`. */
export function wayName(way: ReuseWay): Text {
  const { scores, settled } = way;
  const prompt = way.prompt && way.prompt.kind !== 'none' ? way.prompt : undefined;
  const name = prompt
    ? phrase('Prompt ({0}) + {1}', promptName(prompt), scoresName(scores))
    : plainName(scores);
  return settled && scores !== 'mixture' ? phrase('{0}, settled', name) : name;
}

function plainName(scores: ReuseScores): Text {
  const name = scoresName(scores);
  if (isHead(scores) || scores === 'linear') return name;
  return learnsLabels(scores) ? phrase('Learned mapping ({0})', name) : phrase('Zero-shot ({0})', name);
}

/**
 * What a way learns from.
 * @param labels labeled images that it was given: settling takes them where there are some
 */
export function learnsFrom(way: ReuseWay, labels = 0): LearnsFrom {
  const { prompt, scores, settled } = way;
  if ((prompt && prompt.kind !== 'none') || learnsLabels(scores)) return 'labels';
  if (settled || scores === 'mixture') return labels > 0 ? 'labels' : 'images';
  return 'names';
}

/** What a way changes, in the order in which an image comes to it. */
export function changesOf({ prompt, scores, settled }: ReuseWay): readonly Changes[] {
  return [
    ...(prompt && prompt.kind !== 'none' ? (['prompt'] as const) : []),
    settled || isHead(scores) ? 'head' : 'mapping',
  ];
}

function isHead(scores: ReuseScores): scores is HeadKind {
  return headKinds.some((kind) => kind === scores);
}

/** Whether labeled images are what it learns from. */
function learnsLabels(scores: ReuseScores): scores is LearnedMethod | Exclude<HeadKind, 'mixture'> | 'ilm' {
  if (scores === 'mixture') return false;
  if (scores === 'ilm' || isHead(scores)) return true;
  return mappingMethods[scores as MappingMethod]?.needs === 'images';
}
