import { weightText } from '../../src/core/text/numbers.ts';
import { oneLine } from '../../src/core/text/plainText.ts';
import { count, plural, t } from '../common/language.ts';
import type { AlignmentModel } from './alignmentModel.ts';
import type { ShownGroup } from './joinedDocument.ts';

/** `inat-birds · weight 0.5 · 40 of 1,486`: the header of a backbone's sources. */
export function groupTitle({ name, weight, count: all }: ShownGroup, shown: number): string {
  return t('{0} · weight {1} · {2} of {3}', oneLine(name), weightText(weight), count(shown), count(all));
}

/** The same for those who hear it. */
export function groupInWords({ groups, targets }: AlignmentModel, at: number, shown: number): string {
  const { name, weight, carries, count: all } = groups[at];
  return t(
    'Backbone {0}, weight {1}. {2} of its {3} source labels shown. It has source labels for {4} of {5} target labels. Enter shows all of them, or those that matter.',
    oneLine(name),
    weightText(weight),
    count(shown),
    count(all),
    count(carries.length),
    count(targets.length),
  );
}

/** Which backbones have source labels for a target, where not all have; undefined where all or none have. */
export function carriersInWords({ groups }: AlignmentModel, target: number): string | undefined {
  const carriers = groups.filter(({ carries }) => carries.includes(target));
  if (carriers.length === 0 || carriers.length === groups.length) return undefined;
  if (carriers.length === 1) {
    return t(
      'Only {0} has source labels for it; the others say nothing about it.',
      oneLine(carriers[0].name),
    );
  }
  return plural(
    carriers.length,
    '{0} of {1} backbones has source labels for it.',
    '{0} of {1} backbones have source labels for it.',
    groups.length,
  );
}
