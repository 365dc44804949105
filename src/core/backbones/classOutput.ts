import type { OutputClues } from '../onnx/outputClues.ts';
import { closestName } from '../text/closestName.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import { type GraphFacts, type GraphValue, unsupported } from './backboneDescription.ts';
import { MOST_SCORES } from './scoreShape.ts';

/** A value that may be the class scores. */
export interface ScorePlace {
  readonly name: string;
  /** As the graph declares it; unknown of a value inside it. */
  readonly shape?: GraphValue['shape'] | undefined;
  readonly inner?: true | undefined;
}

/** Which output has the class scores. */
export interface OutputChoice {
  /** The likeliest where nothing decides. */
  readonly place: ScorePlace;
  /** All of which it may be one, where nothing decides. */
  readonly open: readonly ScorePlace[];
  /** Why it is the likeliest. */
  readonly why?: Text | undefined;
}

/** What decides it. */
export interface OutputSight {
  readonly facts: GraphFacts;
  /** Undefined where the outputs alone tell enough, or the graph cannot be read. */
  readonly clues?: OutputClues | undefined;
  /** What somebody said. */
  readonly named?: string | undefined;
  /** How many labels there are, where that is known. */
  readonly labelCount?: number | undefined;
}

/** Types of scores. Others are labels, or what is left of scores. */
const FLOATS: readonly string[] = ['float32', 'float16', 'float64'];

/** Whether an output's declared shape may be a class vector: unknown dimensions get the benefit of the doubt. */
function mayBeClassVector({ shape, type }: GraphValue): boolean {
  const wide = wideOf(shape);
  return (
    FLOATS.includes(type) && shape.length <= 4 && wide.length <= 1 && wide.every((d) => d <= MOST_SCORES)
  );
}

/** Dimensions beside that of the batch that are known to be more than one. */
function wideOf(shape: GraphValue['shape']): number[] {
  const rest = shape.length <= 1 ? shape : shape.slice(1);
  // [1, N, S] and [S, N] have the batch elsewhere.
  return rest.filter((d) => typeof d === 'number').filter((d) => d > 1);
}

/** Whether the graph itself must be read to know which output has the scores. */
export function needsClues({ outputs }: GraphFacts, named: string | undefined): boolean {
  if (named !== undefined) return !outputs.some(({ name, type }) => name === named && FLOATS.includes(type));
  return !(outputs.every(mayBeClassVector) && (outputs.length === 1 || byName(outputs)));
}

/** @throws {SemapError} `unsupported-model` when no output can be the class scores */
export function chooseOutput(sight: OutputSight, name: string): OutputChoice {
  const { facts, clues, named, labelCount } = sight;
  const candidates = candidatesOf(facts, clues);
  if (named !== undefined) return { place: placeNamed(named, candidates, sight, name), open: [] };
  if (candidates.length === 0) throw noScores(sight, name);
  const only = (some: readonly ScorePlace[]) => (some.length === 1 ? some[0] : undefined);
  const main = candidates.filter((one) => !/aux/i.test(one.name));
  const left = main.length > 0 ? main : candidates;
  const fitting = labelCount === undefined ? [] : left.filter((one) => countOf(one) === labelCount);
  const last = notMadeInto(left, clues);
  const place = only(left) ?? (only(fitting) || byName(left)) ?? only(last);
  if (place) return { place, open: [] };
  const likely = byName(last) ?? last[0] ?? left[0];
  return {
    place: likely,
    open: candidates,
    why: phrase('{0} of its outputs could be class scores.', candidates.length),
  };
}

/** The one with the telling name. */
function byName<T extends { readonly name: string }>(candidates: readonly T[]): T | undefined {
  for (const names of [/logit/i, /logit|prob|softmax/i]) {
    const found = candidates.filter(({ name }) => names.test(name) && !/aux/i.test(name));
    if (found.length === 1) return found[0];
  }
  return undefined;
}

/** Without features, of which scores are made, and probabilities of which the logits are there as well. */
function notMadeInto(among: readonly ScorePlace[], clues: OutputClues | undefined): readonly ScorePlace[] {
  const names = new Set(among.map(({ name }) => name));
  const known = (clues?.candidates ?? []).filter(({ name }) => names.has(name));
  const endings = known.filter(({ sameAs }) => sameAs !== undefined && names.has(sameAs));
  const features = known.flatMap(({ madeOf, sameAs }) => madeOf.filter((name) => name !== sameAs));
  const passed = new Set([...endings.map(({ name }) => name), ...features]);
  return among.filter(({ name }) => !passed.has(name));
}

/** How many scores an output declares; undefined where that is left open. */
export function countOf({ shape }: ScorePlace): number | undefined {
  return shape && wideOf(shape)[0];
}

function candidatesOf({ outputs }: GraphFacts, clues: OutputClues | undefined): ScorePlace[] {
  const declared = new Map(outputs.map((output) => [output.name, output]));
  if (!clues) return outputs.filter(mayBeClassVector).map(({ name, shape }) => ({ name, shape }));
  return clues.candidates.flatMap(({ name, inner }): ScorePlace[] => {
    const output = declared.get(name);
    if (!output) return inner ? [{ name, inner }] : [];
    return mayBeClassVector(output) ? [{ name, shape: output.shape }] : [];
  });
}

/** @throws {SemapError} `unsupported-model` where nothing has that name, or it is no class vector */
function placeNamed(
  named: string,
  candidates: readonly ScorePlace[],
  { facts, clues }: OutputSight,
  name: string,
): ScorePlace {
  const known = candidates.find((one) => one.name === named);
  if (known) return known;
  const output = facts.outputs.find((one) => one.name === named);
  if (output && FLOATS.includes(output.type)) return { name: named, shape: output.shape };
  if (clues?.candidates.some((one) => one.name === named)) return { name: named, inner: true };
  const names = facts.outputs.map((one) => one.name);
  const near = closestName(named, names);
  throw unsupported(
    output
      ? phrase('The output "{0}" of {1} has the type {2}, not numbers.', named, name, output.type)
      : phrase('{0} has no output or value called "{1}".', name, named),
    near && !output ? phrase('Did you mean "{0}"?', near) : phrase('Its outputs: {0}.', listed(names, 10)),
  );
}

function noScores({ facts, clues }: OutputSight, name: string) {
  const outputs = facts.outputs.map((o) => `${o.name} [${o.shape.join(', ')}]`).join('; ');
  if (clues?.picked) {
    const { op, from } = clues.picked;
    return unsupported(
      phrase('{0} gives only its best classes ({1}), not the scores of all classes.', name, op),
      phrase('Name the scores inside the graph that it takes: --output-name {0}', from),
    );
  }
  const map = facts.outputs.find(
    ({ shape, type }) => FLOATS.includes(type) && shape.length === 4 && wideOf(shape).length > 1,
  );
  if (map)
    return unsupported(
      phrase(
        'The output "{0}" of {1} has the shape [{2}]: scores for positions, not for the image.',
        map.name,
        name,
        map.shape.join(', '),
      ),
      phrase('Export the classifier with its pooling, or name a value with one score per class.'),
    );
  return unsupported(phrase('The output of {0} is not a class vector: {1}.', name, outputs));
}
