import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { assurances } from '../../core/caution/assurance.ts';
import {
  type CautionSettings,
  type CautiousAnswers,
  cautiousAnswers,
  checkedBy,
  TRUTH,
} from '../../core/caution/cautiousAnswers.ts';
import type { Checked } from '../../core/caution/conformal.ts';
import { RollUp } from '../../core/caution/rollUp.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { complementsOf } from '../../core/mapping/roles.ts';
import { softmax } from '../../core/mapping/scoring.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';

/** The answers for the images of a folder, and what they rest on. */
export interface Answered {
  readonly alignment: AlignmentDocument;
  readonly targets: Int32Array;
  readonly confidences: Float32Array;
  /** What the answers were read from, row-major [N, T]; confidences are the softmax of them divided by `temperature`. */
  readonly answerScores: Float32Array;
  readonly temperature: number;
  /** What the mapping alone gives, row-major [N, T]. */
  readonly scores: Float32Array;
  /** Log-sum-exp of each image's logits. */
  readonly evidence: Float32Array;
  readonly trust?: number | undefined;
  /** A target, or one of {@link GIVEN}. */
  readonly given: Int32Array;
  /** 1 where what is given only measures. */
  readonly held: Uint8Array;
  readonly truths: Int32Array;
  readonly crossChecked?: readonly Checked[] | undefined;
}

type Stated = Pick<
  Answered,
  'alignment' | 'targets' | 'confidences' | 'answerScores' | 'temperature' | 'scores' | 'evidence' | 'trust'
>;

/** Targets without sources in any of the backbones, those that are what the others leave among them. */
function unbackedOf({ targets, aggregation, members = [] }: AlignmentDocument): boolean[] {
  const backed = new Set(
    members.flatMap((one) => one.targets).flatMap((one) => (one.sources.length > 0 ? one.label : [])),
  );
  const complements = complementsOf(targets, aggregation);
  return targets.map(
    ({ label, sources }, t) => complements[t].length > 0 || (sources.length === 0 && !backed.has(label)),
  );
}

/** The answers, and how sure each of them is. */
function statedBy({ alignment, answerScores, temperature, evidence, ...answered }: Stated) {
  // Heads and other aggregations give no share of what the backbone says.
  const comparable =
    alignment.head === undefined &&
    [alignment, ...(alignment.members ?? [])].every(({ aggregation }) => aggregation.kind === 'log-mean-exp');
  const width = alignment.targets.length;
  return {
    targets: answered.targets,
    confidences: answered.confidences,
    assurances: assurances({
      ...answered,
      evidence: comparable ? evidence : undefined,
      unbacked: unbackedOf(alignment),
    }),
    probabilities: (i: number) =>
      softmax(answerScores.subarray(i * width, (i + 1) * width).map((score) => score / temperature)),
  };
}

function rollUpOf({ targets }: AlignmentDocument, { rollUp }: CautionSettings, wordnet: WordNet) {
  if (!rollUp) return undefined;
  return new RollUp(
    wordnet,
    targets.map(({ sense }) => sense),
  );
}

/** How right the answers are for images whose labels, `given`, they did not learn from. */
export function checkedAnswers(
  answered: Stated & Pick<Answered, 'given'>,
  images: Int32Array,
  settings: CautionSettings,
  wordnet: WordNet,
): Checked[] {
  const rollUp = rollUpOf(answered.alignment, settings, wordnet);
  return checkedBy(statedBy(answered), images, answered.given, rollUp);
}

/** What to say of each image instead of an answer that is not sure enough. */
export function cautiously(answered: Answered, settings: CautionSettings, wordnet: WordNet): CautiousAnswers {
  const { alignment, given, held, truths, crossChecked } = answered;
  return cautiousAnswers(
    {
      labels: alignment.targets.map(({ label }) => label),
      ...statedBy(answered),
      // Images that a person chose to call none of these are no fair sample.
      truths: truths.map((truth, i) =>
        held[i] === 1 && given[i] === GIVEN.noneOfThese ? TRUTH.none : truth,
      ),
      random: (i) => held[i] === 1,
      crossChecked,
      given,
    },
    settings,
    rollUpOf(alignment, settings, wordnet),
  );
}
