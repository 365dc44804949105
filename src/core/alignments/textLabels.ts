import { TEXT_SPACE } from '../backbones/textSide.ts';
import { type EncodedLabel, promptedName } from '../encoders/templates.ts';
import { isDefinedByOthers, type LabelRole } from '../labels/labelRole.ts';
import { type Comparison, withRolesOf } from '../similarity/similarity.ts';
import { phrase } from '../text/text.ts';
import type { AlignmentDocument, AlignmentSource, ExcludedSource } from './alignment.ts';

/*
 * The source labels of a dual encoder are what its text tower is asked: of each target label its own text. Labels of before
 * keep their places, so that sources of a document that is aligned again stay what they are.
 */

/** The texts that a dual encoder answers, and which of them is whose. */
export interface OwnTexts {
  readonly labels: readonly string[];
  /** Per target the index of its text; undefined where a target is what the others are not. */
  readonly own: readonly (number | undefined)[];
}

/** The texts of target labels, behind those that were there `before`. @param roles per target, where any has one */
export function ownTexts(
  targets: readonly EncodedLabel[],
  roles: readonly (LabelRole | undefined)[] | undefined,
  before: readonly string[] = [],
): OwnTexts {
  const labels = [...before];
  const places = new Map(before.map((label, at) => [label, at] as const).toReversed());
  const own = targets.map((target, t) => {
    if (isDefinedByOthers(roles?.[t])) return undefined;
    const text = promptedName(target);
    const at = places.get(text) ?? labels.push(text) - 1;
    places.set(text, at);
    return at;
  });
  return { labels, own };
}

/** A comparison in which each target is its own text, and no other. */
export function comparedByOwnTexts({ labels, own }: OwnTexts, wordnet: Comparison): Comparison {
  const columns = labels.length;
  const values = new Float32Array(own.length * columns);
  for (const [t, at] of own.entries()) if (at !== undefined) values[t * columns + at] = 1;
  const { meanings } = wordnet;
  const comparison: Comparison = {
    name: TEXT_SPACE,
    rows: own.length,
    columns,
    values,
    meanings: meanings && {
      senses: meanings.senses,
      notes: [],
      descendants: own.map((at) => (at === undefined ? [] : [at])),
      kinds: own.map(() => 1),
    },
    explain: (t, s) =>
      own[t] === s
        ? [phrase('The text encoder reads the label itself.')]
        : [phrase('The text encoder reads another label.')],
  };
  const plain = wordnet.roles?.map((role) => (role?.kind === 'with' ? undefined : role));
  return withRolesOf(comparison, { ...wordnet, roles: plain, contexts: undefined });
}

/**
 * The document of a dual encoder without texts that no target uses any more. What was learned from rows of logits knows them
 * by their places: then all stay.
 */
export function withoutUnusedTexts(document: AlignmentDocument): AlignmentDocument {
  const { backbone, method, head, excluded = [], targets } = document;
  const { texts } = backbone;
  if (!texts || head || method.labelled) return document;
  const used = new Set(targets.flatMap(({ sources }) => sources.map(({ index }) => index)));
  for (const { index } of excluded) used.add(index);
  const kept = [...texts.labels.keys()].filter((index) => used.has(index));
  if (kept.length === texts.labels.length || kept.length === 0) return document;
  const places = new Map(kept.map((index, at) => [index, at]));
  const moved = <Of extends AlignmentSource | ExcludedSource>(source: Of): Of => ({
    ...source,
    index: places.get(source.index)!,
  });
  return {
    ...document,
    backbone: {
      ...backbone,
      sourceCount: kept.length,
      texts: { ...texts, labels: kept.map((index) => texts.labels[index]) },
    },
    ...(document.excluded && { excluded: excluded.map(moved) }),
    targets: targets.map((target) => ({ ...target, sources: target.sources.map(moved) })),
  };
}
