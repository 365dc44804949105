import type { LabelSpace } from '../labels/labelSpace.ts';
import { plainText } from '../labels/labelText.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import { largest } from '../largest.ts';
import type { Similarity, SimilarityMatrix } from './similarity.ts';

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

/** Trigram Dice of the spellings: what one has without any knowledge, as a baseline. */
export class StringSimilarity implements Similarity {
  readonly name = 'strings';

  compare(targets: readonly TargetLabel[], sources: LabelSpace): SimilarityMatrix {
    const names = sources.labels.map((label) => [label.name, ...(label.synonyms ?? [])].map(trigrams));
    const values = new Float32Array(targets.length * names.length);
    targets.forEach((target, t) => {
      const own = trigrams(target.name);
      names.forEach((forms, s) => {
        values[t * names.length + s] = largest(forms.map((form) => dice(own, form)));
      });
    });
    return {
      rows: targets.length,
      columns: names.length,
      values,
      descendants: targets.map(() => []),
      senses: targets.map(() => []),
    };
  }

  explain(targets: readonly TargetLabel[], sources: LabelSpace, t: number, s: number): string {
    const target = targets[t]!.name;
    const label = sources.labels[s]!;
    const own = trigrams(target);
    const forms = [label.name, ...(label.synonyms ?? [])];
    const scores = forms.map((form) => dice(own, trigrams(form)));
    const best = largest(scores);
    const form = forms[scores.indexOf(best)]!;
    return `The spellings of "${target}" and "${form}" share ${Math.round(best * 100)}% of their letter triples.`;
  }
}
