import { listed, phrase, plural, type Text } from '../text/text.ts';
import type { AlignmentDocument } from './alignment.ts';
import { alignmentWarnings, weakTargets } from './alignmentBuilding.ts';
import { recallOf } from './expectedRecall.ts';

/** Labels that a sentence names; the rest is counted. */
const NAMED = 5;

/** That zero-shot will be near chance; undefined where something fits. */
export function nothingFitsText(document: AlignmentDocument): Text | undefined {
  if (document.method.name === 'random' || !alignmentWarnings(document).nothingFits) return undefined;
  return phrase(
    'Most labels have no close match in this backbone. Accuracy may be near chance. Other labels, senses, hints, or another backbone may help.',
  );
}

/** What is amiss with the mapping itself, the worst first: that nothing fits, or labels that are never answered. */
export function mappingCautions(document: AlignmentDocument): readonly Text[] {
  const nothingFits = nothingFitsText(document);
  if (nothingFits) return [nothingFits];
  const { unmapped } = alignmentWarnings(document);
  if (unmapped.length === 0) return [];
  return [phrase('Labels without a source label are never predicted: {0}.', listed(unmapped, NAMED))];
}

/** The labels of which few images will be told, the weakest first; undefined where there are none. */
export function weakLabelsText(document: AlignmentDocument): Text | undefined {
  const { targets } = document;
  const weak = weakTargets(document)
    .toSorted((a, b) => recallOf(targets[a]) - recallOf(targets[b]))
    .map((target) => targets[target].label);
  if (weak.length === 0) return undefined;
  const count = plural(weak.length, '{0} label is weak', '{0} labels are weak');
  return phrase('{0}: {1}', count, listed(weak, NAMED));
}
