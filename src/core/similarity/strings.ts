import type { LabelSpace } from '../labels/labelSpace.ts';
import { plainText } from '../labels/labelText.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import { largest } from '../largest.ts';
import { phrase } from '../text/text.ts';
import type { Comparison } from './similarity.ts';

/** The letter triples of a text, with a space at both ends. */
export function trigrams(text: string): Set<string> {
  return plainTrigrams(plainText(text));
}

/** {@link trigrams} of what {@link plainText} made. */
export function plainTrigrams(plain: string): Set<string> {
  const padded = ` ${plain} `;
  const triples = new Set<string>();
  if (!SURROGATE.test(padded)) {
    for (let i = 0; i + 3 <= padded.length; i++) triples.add(padded.slice(i, i + 3));
    return triples;
  }
  const letters = [...padded];
  for (let i = 0; i + 3 <= letters.length; i++) triples.add(letters.slice(i, i + 3).join(''));
  return triples;
}

/** Letters beyond the 16-bit ones, which are two code units. */
const SURROGATE = /[\ud800-\udfff]/;

/** Dice coefficient 2 |A and B| / (|A| + |B|) of two sets, 0 for two empty ones. */
function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const item of a) if (b.has(item)) shared++;
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size);
}

/** Compares labels by the trigram Dice of their spellings: what one has without any knowledge, as a baseline. */
export function comparedBySpelling(targets: readonly TargetLabel[], sources: LabelSpace): Comparison {
  const formsOf = (s: number) => [sources.labels[s].name, ...(sources.labels[s].synonyms ?? [])];
  const triples = sources.labels.map((_, s) => formsOf(s).map(trigrams));
  const columns = triples.length;
  const values = new Float32Array(targets.length * columns);
  targets.forEach((target, t) => {
    const own = trigrams(target.name);
    triples.forEach((forms, s) => {
      values[t * columns + s] = largest(forms.map((form) => dice(own, form)));
    });
  });
  return {
    name: 'strings',
    rows: targets.length,
    columns,
    values,
    explain: (t, s) => {
      const own = trigrams(targets[t].name);
      const scores = triples[s].map((form) => dice(own, form));
      const best = largest(scores);
      return [
        phrase(
          'The spellings of "{0}" and "{1}" share {2}% of their letter triples.',
          targets[t].name,
          formsOf(s)[scores.indexOf(best)],
          Math.round(100 * best),
        ),
      ];
    },
  };
}
