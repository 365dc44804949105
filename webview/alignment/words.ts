import { type AlignmentTarget, methodLabel } from '../../src/core/alignments/alignment.ts';
import { qualityName } from '../../src/core/alignments/expectedQuality.ts';
import { recallOf, rivalOf } from '../../src/core/alignments/expectedRecall.ts';
import { accuracyByLabels } from '../../src/core/estimates/byLabels.ts';
import { learnedSplitsText } from '../../src/core/folders/splitTexts.ts';
import type { Aggregation } from '../../src/core/mapping/mapping.ts';
import { shareRange } from '../../src/core/text/numbers.ts';
import { oneLine } from '../../src/core/text/plainText.ts';
import { plural, say, t } from '../common/language.ts';
import type { AlignmentModel } from './alignmentModel.ts';
import { groupOfSource, type JoinedDocument } from './joinedDocument.ts';

/** Similarity as people read it. */
export function formatSimilarity(value: number): string {
  return Number.isNaN(value) ? t('unknown') : value.toFixed(2);
}

/** The name of a source; with several backbones also whose it is. */
function sourceName({ groups, sources, sourceIndex }: AlignmentModel, source: number): string {
  const name = oneLine(sources[source]);
  if (groups.length === 1) return name;
  return t('{0} ({1})', name, oneLine(groupOfSource(groups, sourceIndex[source]).name));
}

/** `Source label Chihuahua` */
export function sourceInWords(model: AlignmentModel, source: number): string {
  return t('Source label {0}', sourceName(model, source));
}

/** `Chihuahua for dog: similarity 0.99, mapped`. */
export function cellInWords(model: AlignmentModel, target: number, source: number): string {
  const at = target * model.sources.length + source;
  return t(
    '{0} for {1}: similarity {2}, {3}',
    sourceName(model, source),
    oneLine(model.targets[target].label),
    formatSimilarity(model.values[at]),
    model.excluded.has(model.sourceIndex[source]) ? t('excluded') : weightInWords(model.weights[at]),
  );
}

export function weightInWords(weight: number): string {
  if (weight === 0) return t('not mapped');
  return weight === 1 ? t('mapped') : t('mapped with weight {0}', String(Number(weight.toPrecision(2))));
}

export function sourceCount(count: number): string {
  return count === 0 ? t('no source labels') : plural(count, '{0} source label', '{0} source labels');
}

/** `Target label dog: 118 source labels, expected good`. */
export function targetInWords({ label, sources, expected }: AlignmentTarget): string {
  return t(
    'Target label {0}: {1}, expected {2}',
    oneLine(label),
    sources.length === 0 && expected !== 'none' ? t('scored by what is left') : sourceCount(sources.length),
    say(qualityName(expected)),
  );
}

/** What to expect of a target, and why it is not more. */
export function expectation(targets: readonly AlignmentTarget[], index: number): string {
  const target = targets[index];
  const { sources, expected, measured, role } = target;
  // What it means says how it is found.
  if (sources.length === 0 && role && expected === 'none') return '';
  if (sources.length === 0 && !role)
    return t('No source labels are mapped to it, so it cannot be predicted.');
  if (measured) {
    return plural(
      measured.images,
      'Recall when it was learned: {1}%, measured on {0} image that the mapping did not learn from.',
      'Recall when it was learned: {1}%, measured on {0} images that the mapping did not learn from.',
      Math.round(100 * measured.recall),
    );
  }
  const recall = Math.round(100 * recallOf(target));
  const mark = t('Expected: {0}, about {1}% recall.', say(qualityName(expected)), recall);
  const reason = whyNotMore(targets, index);
  return reason === undefined ? mark : `${mark} ${reason}`;
}

function whyNotMore(targets: readonly AlignmentTarget[], index: number): string | undefined {
  const { expected, sources } = targets[index];
  // What the others leave has no source labels to speak of.
  if (expected === 'good' || sources.length === 0) return undefined;
  const rival = rivalOf(targets, index);
  if (rival !== undefined)
    return t('{0} wins most images of its source labels.', oneLine(targets[rival].label));
  if (sources.some(({ kind }) => kind)) return undefined;
  return expected === 'fair' || expected === 'weak'
    ? t('Its source labels are only related.')
    : t('Its source labels are distant.');
}

export function aggregationInWords(aggregation: Aggregation): string {
  return aggregation.kind === 'log-mean-exp' && aggregation.alpha !== 1
    ? t('{0}, alpha {1}', aggregation.kind, String(aggregation.alpha))
    : aggregation.kind;
}

/** What keys do in the grid. */
export function keysInWords(): string {
  return t('Arrow keys move, Enter or a double-click maps, 1 to 9 set weights, Space explains, / searches.');
}

/** Where the numbers come from. @param isMeasured whether an accuracy on images stands beside it */
export function originInWords(
  { document, groups }: Pick<JoinedDocument, 'document' | 'groups'>,
  shownSources: number,
  isMeasured: boolean,
): string {
  const { method, targets, head, weighed } = document;
  const sourceCount = groups.reduce((sum, { count }) => sum + count, 0);
  return [
    groups.map(({ name }) => name).join(' + '),
    say(methodLabel(method)),
    method.labelled
      ? plural(method.labelled.images, 'learned from {0} image', 'learned from {0} images')
      : method.similarity,
    ...(weighed && !method.labelled
      ? [plural(weighed.images, 'weights learned from {0} image', 'weights learned from {0} images')]
      : []),
    ...(method.labelled?.splits ? [say(learnedSplitsText(method.labelled.splits))] : []),
    plural(targets.length, '{0} target label', '{0} target labels'),
    shownSources === sourceCount
      ? t('all {0} source labels', shownSources)
      : t('{0} of {1} source labels', shownSources, sourceCount),
    // A guess beside what was measured only confuses.
    ...(isMeasured || method.labelled || head || targets.length === 0
      ? []
      : [t('{0} accuracy expected by labels alone', say(shareRange(accuracyByLabels(targets))))]),
  ].join(' · ');
}
