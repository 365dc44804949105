import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { assurances } from '../../core/caution/assurance.ts';
import {
  type CautionSettings,
  type CautiousAnswers,
  cautiousAnswers,
  TRUTH,
} from '../../core/caution/cautiousAnswers.ts';
import { RollUp } from '../../core/caution/rollUp.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { softmax } from '../../core/mapping/scoring.ts';
import { GIVEN } from '../../protocol/settling.ts';

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
  readonly given: Int32Array;
  readonly truths: Int32Array;
}

/** What to say of each image instead of an answer that is not sure enough. */
export function cautiously(answered: Answered, settings: CautionSettings, wordnet: WordNet): CautiousAnswers {
  const { alignment, targets, confidences, answerScores, temperature, scores, given, truths } = answered;
  const labels = alignment.targets.map(({ label }) => label);
  // Other aggregations give no share of what the backbone says.
  const comparable = alignment.aggregation.kind === 'log-mean-exp';
  return cautiousAnswers(
    {
      labels,
      targets,
      confidences,
      assurances: assurances({
        targets,
        confidences,
        scores,
        evidence: comparable ? answered.evidence : undefined,
        trust: answered.trust,
      }),
      probabilities: (i) =>
        softmax(
          answerScores
            .subarray(i * labels.length, (i + 1) * labels.length)
            .map((score) => score / temperature),
        ),
      truths: truths.map((truth, i) => (given[i] === GIVEN.noneOfThese ? TRUTH.none : truth)),
      random: (i) => given[i] !== GIVEN.nothing,
    },
    settings,
    settings.rollUp
      ? new RollUp(
          wordnet,
          alignment.targets.map(({ sense }) => sense),
        )
      : undefined,
  );
}
