import { invalidArgument } from '../errors.ts';
import { closestName } from '../text/closestName.ts';
import { phrase } from '../text/text.ts';
import { plainText } from './labelText.ts';

/** One label of a label space. */
export interface Label {
  /** What people read: `Chihuahua`, `sports car`. */
  readonly name: string;
  /** The label's WordNet 3.0 id where it is a synset: `n02085620`. */
  readonly wnid?: string;
  /** Further names of the same thing. */
  readonly synonyms?: readonly string[];
}

/** An ordered set of labels: entry `i` is what output `i` of a backbone means. */
export interface LabelSpace {
  /** `imagenet-1k`, `imagenet-1k-background`, or the name of the file the labels came from. */
  readonly name: string;
  readonly labels: readonly Label[];
  /** Outputs that mean "nothing of these" (the background class of 1001-way models); never mapped. */
  readonly background: readonly number[];
}

/**
 * The source labels that a person names by wnid, name, synonym or index.
 * @returns indices into the label space, ascending, each once
 * @throws {SemapError} `invalid-argument` for one that is not there, or a name that several labels have
 */
export function findSources(references: readonly (string | number)[], labelSpace: LabelSpace): number[] {
  const found = references.map((reference) => findSource(String(reference).trim(), labelSpace));
  return [...new Set(found)].sort((a, b) => a - b);
}

function findSource(reference: string, { name: space, labels }: LabelSpace): number {
  const wanted = plainText(reference);
  const matches = [
    (s: number) => labels[s].wnid === reference,
    (s: number) => labels[s].name === reference,
    (s: number) => plainText(labels[s].name) === wanted,
    (s: number) => labels[s].synonyms?.some((synonym) => plainText(synonym) === wanted) === true,
    (s: number) => String(s) === reference,
  ];
  const all = [...labels.keys()];
  for (const matching of matches) {
    const hits = all.filter(matching);
    if (hits.length === 1) return hits[0];
    if (hits.length > 1) {
      const each = hits.map((s) => labels[s].wnid ?? String(s)).join(' or ');
      throw invalidArgument(phrase('"{0}" is the name of {1} source labels.', reference, hits.length), {
        hint: phrase('Say which: {0}.', each),
      });
    }
  }
  const near = closestName(
    reference,
    labels.map(({ name }) => name),
  );
  throw invalidArgument(phrase('There is no source label "{0}" in {1}.', reference, space), {
    hint: near
      ? phrase('Did you mean "{0}"?', near)
      : phrase('Name it as the backbone does, by its wnid, or by its index.'),
  });
}
